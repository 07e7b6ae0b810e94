"""Whether the masks of a video are right, but late or early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.anatomy.kinds import HALF, LONGEST_SHIFT, MOSTLY, SHIFT_GAIN

if TYPE_CHECKING:
    from rvosbench.masks.planes import Plane


def best_shift(truths: Sequence[Plane], masks: Sequence[Plane | None]) -> int:
    """How many frames later the masks come than they should: negative if they are early, 0 if no shift makes
    them fit clearly better."""
    count = len(truths)
    longest = min(LONGEST_SHIFT, count // 4)
    if longest < 1:
        return 0
    there = np.array([mask is not None for mask in masks], np.bool_)
    empty_truth = np.array([not truth.area for truth in truths], np.bool_)
    empty_mask = np.array([mask is None or not mask.area for mask in masks], np.bool_)
    now = np.array([_j(truths, masks, frame, frame) for frame in range(count)])
    best, most = 0, 0.0
    for shift in sorted(range(-longest, longest + 1), key=abs):
        frames = np.arange(max(0, -shift), min(count, count - shift))
        frames = frames[there[frames] & there[frames + shift]]
        # Even if everything fitted after the shift, it must gain enough, and more than the best so far.
        room = float(np.sum(1 - now[frames]))
        if not shift or not frames.size or room < SHIFT_GAIN * frames.size or room <= most:
            continue
        moved = np.array([_j(truths, masks, frame, frame + shift) for frame in frames.tolist()])
        change = moved - now[frames]
        gain = float(np.sum(change))
        to_be_seen = ~(empty_truth[frames] & empty_mask[frames + shift])
        fits = to_be_seen.any() and float(moved[to_be_seen].mean()) >= HALF
        steady = np.count_nonzero(change > 0) >= MOSTLY * np.count_nonzero(change)
        if fits and steady and gain >= SHIFT_GAIN * frames.size and gain > most:
            best, most = shift, gain
    return best


def _j(truths: Sequence[Plane], masks: Sequence[Plane | None], frame: int, other: int) -> float:
    """J of the mask of another frame."""
    mask = masks[other]
    if mask is None:
        return 0.0
    shared, either = truths[frame].intersection_union(mask)
    return shared / either if either else 1.0
