"""Masks from which tracks may start, and which of them are followed next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rvosbench.masks import rle

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidate:
    """`expression` and `phrase` are those that GroundingDINO found it for."""

    frame: int
    counts: bytes  # COCO compressed RLE, of the size of the video
    area: int
    stability: float | None = None
    expression: str | None = None
    phrase: str | None = None


class Waiting:
    """Candidates of one video that are not followed yet: largest first, of equal ones the earlier found."""

    def __init__(
        self, candidates: Iterable[Candidate], size: tuple[int, int], *, duplicate: float | None, limit: int
    ) -> None:
        self._waiting = sorted(candidates, key=lambda one: -one.area)
        self._size = size
        self._duplicate = duplicate
        self._left = limit

    def next_batch(self, at_a_time: int) -> list[Candidate]:
        """The largest one and the next ones of its frame; [] if nothing is left or the limit is reached."""
        if not self._waiting or self._left <= 0:
            return []
        frame = self._waiting[0].frame
        here = [one for one in self._waiting if one.frame == frame][: min(at_a_time, self._left)]
        taken = set(map(id, here))
        self._waiting = [one for one in self._waiting if id(one) not in taken]
        self._left -= len(here)
        return here

    def drop_found(self, counts: list[bytes | None]) -> None:
        """Forget what a finished track covers already, given its masks in all frames."""
        if self._duplicate is not None:
            self._waiting = [one for one in self._waiting if not self._covered(one, counts[one.frame])]

    def _covered(self, candidate: Candidate, counts: bytes | None) -> bool:
        if counts is None or self._duplicate is None:
            return False
        area, _ = rle.measure(counts, *self._size)
        small, large = sorted((area, candidate.area))
        if small <= self._duplicate * large:  # the IoU cannot be more than this; most end here, undecoded
            return False
        return (
            iou(rle.decode(counts, *self._size), rle.decode(candidate.counts, *self._size)) > self._duplicate
        )


def iou(one: Mask, other: Mask) -> float:
    """0 of two empty masks."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 0.0


def without_parts(masks: list[Mask], threshold: float) -> list[int]:
    """Which masks remain, largest first, when those go that lie mostly within a larger one that remains."""
    areas = [int(mask.sum()) for mask in masks]
    remaining: list[int] = []
    for index in sorted(range(len(masks)), key=lambda index: -areas[index]):
        if areas[index]:
            place = _around(masks[index])  # most masks are small: the rest of the picture does not matter
            small = masks[index][place]
            shared = (int((small & masks[whole][place]).sum()) for whole in remaining)
            if all(one <= threshold * areas[index] for one in shared):
                remaining.append(index)
    return remaining


def _around(mask: Mask) -> tuple[slice, slice]:
    """The bounding box of a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
