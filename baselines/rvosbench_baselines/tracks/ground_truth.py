"""Where ground truth is looked at, and the only place: to start tracks from it, and to label tracks by it.

Both are for training. No predictor imports this; what it finds goes into a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.masks import rle
from rvosbench.schema import Role
from rvosbench.splits.split import Video, VideoObject
from rvosbench_baselines.tracks.candidates import Candidate
from rvosbench_baselines.tracks.tracker import Track

LABEL_SIZE = (540, 960)  # at which the authors compare masks
SAME = 0.7  # of greater IoU: a track of the object


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a track and an object are: means over the frames in which either can be seen."""

    object: str
    precision: float
    recall: float
    iou: float

    @property
    def same(self) -> bool:
        return self.iou > SAME


def check_training(split: str) -> None:
    if split != "train":
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--prompts gt",
                expected="the split train: tracks that start from ground truth are for training alone",
                found=f"the split {split}",
                fix="take --prompts grid or gdino for this split",
            )
        )


def candidates(video: Video) -> Iterator[Candidate]:
    """Each object that a sentence names, where it is largest."""
    for thing in video.objects.values():
        masks = video.masks.get(thing.name, {})
        if thing.role is Role.TARGET and masks:
            areas = {frame: rle.measure(counts, *video.size)[0] for frame, counts in masks.items()}
            frame = max(sorted(areas), key=lambda frame: areas[frame])
            yield Candidate(frame, masks[frame], areas[frame])


def likenesses(video: Video, tracks: list[Track]) -> list[list[Likeness]]:
    """Of each track with every object of the video that is not void."""
    things = [thing for thing in video.objects.values() if thing.role is not Role.VOID]
    if not tracks or not things:
        return [[] for _ in tracks]
    sums = np.zeros((3, len(tracks), len(things)))
    frames = np.zeros((len(tracks), len(things)), np.int64)
    for frame in range(len(video.frames)):
        of_tracks = _stacked([track.counts[frame] for track in tracks], video.size)
        of_things = _stacked([_counts(thing, frame) for thing in things], video.size)
        both = (of_tracks @ of_things.T).numpy().astype(np.float64)  # exact: fewer than 2**24 pixels
        ours, theirs = (one.sum(1).numpy().astype(np.float64) for one in (of_tracks, of_things))
        union = ours[:, None] + theirs[None] - both
        frames += union > 0
        for place, whole in enumerate((ours[:, None], theirs[None], union)):
            sums[place] += both / np.maximum(whole, 1)
    means = sums / np.maximum(frames, 1)
    return [
        [Likeness(thing.name, *map(float, means[:, row, column])) for column, thing in enumerate(things)]
        for row in range(len(tracks))
    ]


def _counts(thing: VideoObject, frame: int) -> bytes | None:
    return thing.video.masks.get(thing.name, {}).get(frame)


def _stacked(counts: list[bytes | None], size: tuple[int, int]) -> torch.Tensor:
    """[N, pixels] of zeros and ones, at the size for labels."""
    rows, columns = (np.arange(new) * old // new for new, old in zip(LABEL_SIZE, size, strict=True))
    masks: NDArray[np.float32] = np.zeros((len(counts), LABEL_SIZE[0] * LABEL_SIZE[1]), np.float32)
    for place, one in enumerate(counts):
        if one is not None:
            masks[place] = rle.decode(one, *size)[np.ix_(rows, columns)].ravel()
    return torch.from_numpy(masks)
