"""Pictures with objects that move over a busy ground, and their masks: what a camera and an annotator would
give, made of noise. Masks can be given a wrong time, or be moved aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scoring import video

from rvosbench.io.frames import folder_uri
from rvosbench.schema import ExpressionRecord, VideoRecord

HEIGHT, WIDTH = 96, 128


def film(seed: int, frames: int, step: int) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.bool_]]]:
    """[frames, height, width, 3], and two disks that go their way; `step` pixels from frame to frame."""
    noise = np.random.default_rng(seed)
    ground, first, second = (_texture(noise, middle) for middle in (90, 150, 60))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pictures = np.empty((frames, HEIGHT, WIDTH, 3), np.uint8)
    masks = {name: np.zeros((frames, HEIGHT, WIDTH), np.bool_) for name in ("1", "2")}
    for frame in range(frames):
        way = step * frame
        masks["1"][frame] = np.hypot(y - 34, x - (24 + way % 80)) < 15
        masks["2"][frame] = np.hypot(y - (24 + way % 48), x - 94) < 13
        masks["2"][frame] &= ~masks["1"][frame]
        pictures[frame] = ground
        for name, texture in (("1", first), ("2", second)):
            pictures[frame][masks[name][frame]] = texture[masks[name][frame]]
    return pictures, masks


def record(
    folder: Path,
    split: Path,
    name: str,
    *,
    seed: int = 1,
    frames: int = 20,
    step: int = 4,
    late: int = 0,
    aside: tuple[int, int] = (0, 0),
) -> VideoRecord:
    """A video of a converted split in `split`, with its pictures in `folder`. A mask of frame t shows where
    the object is in frame t + `late`, moved by `aside` in x and y."""
    pictures, masks = film(seed, frames + abs(late), step)
    start = max(0, -late)
    place = folder / name
    place.mkdir(parents=True)
    for frame in range(frames):
        Image.fromarray(pictures[start + frame]).save(place / f"{frame:05d}.png")
    shown = {
        key: np.roll(one[start + late : start + late + frames], aside[::-1], (1, 2))
        for key, one in masks.items()
    }
    made = video(name, shown, [ExpressionRecord("0", "the disk", ("1",))])
    return VideoRecord(
        made.video,
        made.height,
        made.width,
        made.frames,
        folder_uri(place, split),
        objects=made.objects,
        expressions=made.expressions,
    )


def _texture(noise: np.random.Generator, middle: int) -> NDArray[np.uint8]:
    grains = noise.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    smooth = np.asarray(Image.fromarray(grains).filter(ImageFilter.GaussianBlur(2)), np.float64)
    found: NDArray[np.uint8] = np.clip(middle + (smooth - 127) * 1.5, 0, 255).astype(np.uint8)
    return found
