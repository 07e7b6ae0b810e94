"""What is learnt from: some frames of a video, a sentence, and the masks of what the sentence means there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.splits.split import Expression, Split

SIDES = {"left": "right", "right": "left"}
_SIDE = re.compile(r"\b(left|right)", re.IGNORECASE)

Size = tuple[int, int]
"""Height and width."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sample is taken: around a frame in which the target can be seen."""

    video: str
    expression: str
    frame: int


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """`frames` RGB [T, height, width, 3]; `masks` [objects, T, height, width], one for each object that the
    sentence means, in all frames alike."""

    text: str
    frames: NDArray[np.uint8]
    masks: NDArray[np.bool_]

    @property
    def union(self) -> NDArray[np.bool_]:
        """[T, height, width]"""
        return np.asarray(self.masks.any(0))

    @property
    def size(self) -> Size:
        return self.frames.shape[1], self.frames.shape[2]


def places(split: Split, stride: int) -> list[Place]:
    """For every sentence with a target one place in each window of `stride` frames in which it can be seen;
    windows without it are left out."""
    found = []
    for expression in split.expressions:
        shown = _frames_with(expression)
        starts = sorted({frame // stride * stride for frame in shown})
        found += [
            Place(expression.video.name, expression.name, next(one for one in shown if one >= start))
            for start in starts
        ]
    if not found:
        raise DatasetError(
            Problem(
                Code.NOTHING_TO_LEARN,
                f"{split.manifest.dataset}:{split.manifest.split}",
                expected="a split with sentences whose targets can be seen",
                found="none",
                fix="train on a split with ground truth, such as `train`",
            )
        )
    return found


def together(places: Sequence[Place], stride: int, most: int) -> list[tuple[Place, ...]]:
    """Places of one window of a video, at most so many: what is then read and seen once for all of them."""
    windows: dict[tuple[str, int], list[Place]] = {}
    for place in places:
        windows.setdefault((place.video, place.frame // stride), []).append(place)
    return [
        tuple(window[start : start + most])
        for window in windows.values()
        for start in range(0, len(window), most)
    ]


def window(frame: int, count: int, length: int) -> list[int]:
    """The frames of the window of `count` that `frame` is in; where the video ends, its last one repeats."""
    start = frame // count * count
    return [min(place, length - 1) for place in range(start, start + count)]


def around(frame: int, count: int, reach: int, length: int, random: np.random.Generator) -> list[int]:
    """`frame` and others, at most `reach` away from it, in order; frames repeat where there are too few."""
    near = [one for one in range(frame - reach, frame + reach + 1) if 0 <= one < length and one != frame]
    others = random.choice(near or [frame], count - 1, replace=len(near) < count - 1)
    return sorted([frame, *others.tolist()])


def read(split: Split, place: Place, frames: Sequence[int]) -> Sample:
    (sample,) = read_together(split, [place], frames)
    return sample


def read_together(split: Split, places: Sequence[Place], frames: Sequence[int]) -> list[Sample]:
    """What several sentences mean in the same frames of their video."""
    video = split.videos[places[0].video]
    pictures = np.stack(video.read_frames(frames))
    found = []
    for place in places:
        expression = video.expressions[place.expression]
        masks = [[video.union((name,), frame) for frame in frames] for name in expression.objects or ()]
        found.append(Sample(expression.text, pictures, np.array(masks, np.bool_)))
    return found


def mirrored(sample: Sample) -> Sample:
    """Seen in a mirror, where left is right."""
    text = _SIDE.sub(lambda found: _as_written(found[0], SIDES[found[0].lower()]), sample.text)
    return Sample(text, sample.frames[:, :, ::-1], sample.masks[..., ::-1])


def resized(sample: Sample, size: Size) -> Sample:
    """Pictures smoothly, masks by nearest pixels."""
    if sample.size == size:
        return sample
    height, width = size
    pictures = [
        np.asarray(Image.fromarray(one).resize((width, height), Image.Resampling.BILINEAR))
        for one in np.ascontiguousarray(sample.frames)
    ]
    return replace(sample, frames=np.stack(pictures), masks=masks_at(sample.masks, size))


def masks_at(masks: NDArray[np.bool_], size: Size) -> NDArray[np.bool_]:
    """[..., height, width] at another size, by nearest pixels."""
    rows, columns = (
        ((np.arange(side) + 0.5) * whole / side).astype(np.intp)
        for side, whole in zip(size, masks.shape[-2:], strict=True)
    )
    return masks[..., rows[:, None], columns]


def cropped(sample: Sample, low: int, high: int, random: np.random.Generator) -> Sample:
    """A window of random size, its sides between `low` and `high` pixels where the picture has so many, at a
    random place, the same in all frames."""
    sides = [int(random.integers(min(side, low), min(side, high) + 1)) for side in sample.size]
    top, left = (
        int(random.integers(0, whole - side + 1)) for whole, side in zip(sample.size, sides, strict=True)
    )
    rows, columns = slice(top, top + sides[0]), slice(left, left + sides[1])
    return replace(sample, frames=sample.frames[:, rows, columns], masks=sample.masks[..., rows, columns])


def recoloured(sample: Sample, random: np.random.Generator) -> Sample:
    """Brightness, contrast and the three colours changed by up to a fifth, the same in all frames."""
    brightness, contrast = random.uniform(-32, 32), random.uniform(0.8, 1.2)
    colours = random.uniform(0.9, 1.1, 3)
    frames = (sample.frames.astype(np.float32) - 128) * contrast * colours + 128 + brightness
    return replace(sample, frames=frames.clip(0, 255).astype(np.uint8))


def _frames_with(expression: Expression) -> list[int]:
    objects = expression.video.objects
    return sorted({frame for name in expression.objects or () for frame in objects[name].present})


def _as_written(found: str, other: str) -> str:
    if found.isupper():
        return other.upper()
    return other.capitalize() if found[0].isupper() else other
