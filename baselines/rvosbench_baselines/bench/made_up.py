"""Files for the way from files to files: what they show changes nothing in what a model does with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench.masks import rle
from rvosbench_baselines.tracks.table import TRACKS, WIDTH, TrackRow, as_table, write_tables


def write_frames(folder: Path, stems: Sequence[str], size: tuple[int, int]) -> None:
    """JPEG files of noise."""
    random = np.random.default_rng(0)
    for stem in stems:
        pixels = random.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{stem}.jpg")


def write_tracks(
    path: Path, dataset: str, video: str, *, tracks: int, frames: int, size: tuple[int, int]
) -> None:
    """As `rvosbench baseline tracks` writes those of one video: boxes that move, with tokens of noise."""
    random = np.random.default_rng(0)
    rows = [_track(number, random, frames, size) for number in range(tracks)]
    about = {"dataset": dataset, "prompts": "grid", "videos": [video]}
    write_tables(path, TRACKS, [as_table(video, rows)], about)


def _track(number: int, random: np.random.Generator, frames: int, size: tuple[int, int]) -> TrackRow:
    return TrackRow(
        number,
        expression=None,
        phrase=None,
        prompt_frame=0,
        stability=None,
        size=size,
        tokens=random.standard_normal((frames, WIDTH), np.float32),
        counts=_moving_box(random, frames, size),
    )


def _moving_box(random: np.random.Generator, frames: int, size: tuple[int, int]) -> tuple[bytes, ...]:
    """A quarter as high and as wide as the frame, on a straight way from one place to another."""
    box = np.array(size) // 4
    start, end = random.integers(0, np.array(size) - box, (2, 2))
    places = np.linspace(start, end, frames).astype(int)
    return tuple(_box(place, place + box, size) for place in places)


def _box(first: NDArray[np.int64], last: NDArray[np.int64], size: tuple[int, int]) -> bytes:
    mask = np.zeros(size, np.bool_)
    mask[first[0] : last[0], first[1] : last[1]] = True
    return rle.encode(mask)
