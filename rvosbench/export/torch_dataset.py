"""A converted split as a `torch.utils.data.Dataset`. The only module of the core that imports torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypedDict

import numpy as np

from rvosbench.errors import PartNotInstalled
from rvosbench.splits.split import Expression, Split, Video

try:
    import torch
    from torch import Tensor
    from torch.utils.data import Dataset
except ImportError as error:
    raise PartNotInstalled("torch", "baselines") from error

Sampling = Callable[[Expression], Sequence[int]]
"""Which frames of its video an expression is shown with. With workers that are spawned it must be picklable:
a function of a module, not a lambda."""


class Clip(TypedDict):
    """One expression."""

    frames: Tensor  # uint8 [T, 3, H, W]
    masks: Tensor | None  # bool [T, H, W]; None where the release hides the objects
    text: str
    video: str
    expression: str
    indices: Tensor  # int64 [T], of the frames in the video
    stems: list[str]  # their names
    size: tuple[int, int]  # height, width


class Clips(TypedDict):
    """Several expressions, padded with zeros to the longest clip and the largest frame."""

    frames: Tensor  # uint8 [B, T, 3, H, W]
    masks: Tensor | None  # bool [B, T, H, W]; None if any of them has none
    padding: Tensor  # bool [B, T]: true where a frame is made up
    text: list[str]
    video: list[str]
    expression: list[str]
    indices: Tensor  # int64 [B, T]; -1 in the padding
    stems: list[list[str]]
    size: Tensor  # int64 [B, 2]


class TorchDataset(Dataset[Clip]):
    """One item per expression, in the order of the release.

    `frames`: None for all frames of the video, a number for that many at even distances (all of them if the
    video has fewer), or a function of the expression, such as `lambda expression: expression.scored`.
    Nothing is opened before the first item is asked for, in whichever process that happens.
    """

    def __init__(self, split: Split, frames: int | Sampling | None = None) -> None:
        if isinstance(frames, int) and frames < 1:
            raise ValueError(f"frames={frames}: a clip has at least one frame")
        self.split = split
        self.frames = frames
        self._open: tuple[int, Video] | None = None

    def __len__(self) -> int:
        return len(self.split.expressions)

    def __getitem__(self, item: int) -> Clip:
        listed = self.split.expressions[item]
        video = self._video(listed.video)
        one = video.expressions[listed.name]
        indices = [video.index(index) for index in self._indices(one)]
        pictures = np.stack(video.read_frames(indices))
        masks = None
        if one.objects is not None and self.split.manifest.ground_truth:
            masks = torch.from_numpy(np.stack([one.mask(index) for index in indices]))
        return Clip(
            frames=torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(),
            masks=masks,
            text=one.text,
            video=video.name,
            expression=one.name,
            indices=torch.tensor(indices, dtype=torch.int64),
            stems=[video.frames[index] for index in indices],
            size=(pictures.shape[1], pictures.shape[2]),
        )

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_open": None}

    def _indices(self, one: Expression) -> Sequence[int]:
        if not callable(self.frames):
            return evenly_spaced(len(one.video.frames), self.frames)
        chosen = self.frames(one)
        if not chosen:
            raise ValueError(f"{one.video.name}, expression {one.name}: a clip has at least one frame")
        return chosen

    def _video(self, listed: Video) -> Video:
        """The last video stays open, since its expressions follow each other; its files are opened anew after
        a fork, where two processes would share one position in them."""
        if self._open is None or self._open[0] != os.getpid() or self._open[1].name != listed.name:
            self._open = (os.getpid(), replace(listed))
        return self._open[1]


def evenly_spaced(length: int, count: int | None) -> list[int]:
    """`count` of `length` frames, the first and the last among them; of one the middle."""
    if count is None or count >= length:
        return list(range(length))
    if count == 1:
        return [length // 2]
    return [round(place * (length - 1) / (count - 1)) for place in range(count)]


def collate(clips: Sequence[Clip]) -> Clips:
    """For `DataLoader(..., collate_fn=collate)`: clips of any length and size in one batch."""
    length = max(len(clip["indices"]) for clip in clips)
    height = max(clip["size"][0] for clip in clips)
    width = max(clip["size"][1] for clip in clips)
    frames = torch.zeros((len(clips), length, 3, height, width), dtype=torch.uint8)
    masks = torch.zeros((len(clips), length, height, width), dtype=torch.bool)
    padding = torch.ones((len(clips), length), dtype=torch.bool)
    indices = torch.full((len(clips), length), -1, dtype=torch.int64)
    for place, clip in enumerate(clips):
        count, (high, wide) = len(clip["indices"]), clip["size"]
        frames[place, :count, :, :high, :wide] = clip["frames"]
        padding[place, :count] = False
        indices[place, :count] = clip["indices"]
        if clip["masks"] is not None:
            masks[place, :count, :high, :wide] = clip["masks"]
    return Clips(
        frames=frames,
        masks=None if any(clip["masks"] is None for clip in clips) else masks,
        padding=padding,
        text=[clip["text"] for clip in clips],
        video=[clip["video"] for clip in clips],
        expression=[clip["expression"] for clip in clips],
        indices=indices,
        stems=[clip["stems"] for clip in clips],
        size=torch.tensor([clip["size"] for clip in clips], dtype=torch.int64),
    )
