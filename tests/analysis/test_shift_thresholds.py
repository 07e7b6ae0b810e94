"""When masks are believed to be late: on each threshold of docs/anatomy.md, and just beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from rvosbench.analysis.anatomy.shift import best_shift
from rvosbench.masks.planes import Plane

Mask = NDArray[np.bool_]


def rows(count: int) -> list[Mask]:
    """A hundred pixels in each frame, none of which is in another one."""
    masks = np.zeros((count, count, 100), np.bool_)
    masks[np.arange(count), np.arange(count)] = True
    return list(masks)


def late(truths: Sequence[Mask], shift: int) -> list[Mask]:
    """Each mask so many frames later; the first one until then."""
    return [truths[max(0, frame - shift)] for frame in range(len(truths))]


def found(truths: Sequence[Mask], masks: Sequence[Mask]) -> int:
    return best_shift([Plane.from_array(one) for one in truths], [Plane.from_array(one) for one in masks])


@pytest.mark.parametrize(
    ("frames", "shift", "expected"),
    [(60, 10, 10), (60, 11, 0), (40, 10, 10), (39, 10, 0), (12, 3, 3), (12, 4, 0), (4, 1, 1), (3, 1, 0)],
)
def test_ten_frames_and_a_quarter_of_the_video_are_the_most(frames: int, shift: int, expected: int) -> None:
    truths = rows(frames)
    assert found(truths, late(truths, shift)) == expected


@pytest.mark.parametrize("width", [200, 180])
@pytest.mark.parametrize(("step", "expected"), [(6, 1), (5, 0)])
def test_a_twentieth_is_the_least_by_which_j_must_rise(step: int, width: int, expected: int) -> None:
    """A bar of 200 pixels that moves by 6 has J of 194/206 with itself a frame later; by 5, 195/205. The same
    where masks lack the last 20 pixels, so that J does not become 1: 0.9 after 174/206, or 175/205."""
    truths, masks = ([np.zeros((1, 400), np.bool_) for _ in range(20)] for _ in range(2))
    for frame, (truth, mask) in enumerate(zip(truths, masks, strict=True)):
        truth[:, step * frame : step * frame + 200] = True
        mask[:, step * frame : step * frame + width] = True
    assert found(truths, late(masks, 1)) == expected


@pytest.mark.parametrize(("pixels", "expected"), [(50, 1), (49, 0)])
def test_a_half_is_the_least_that_j_must_become(pixels: int, expected: int) -> None:
    truths = rows(20)
    parts = [mask.copy() for mask in truths]
    for mask in parts:
        mask[:, pixels:] = False
    assert found(truths, late(parts, 1)) == expected


@pytest.mark.parametrize(("before", "expected"), [(14, 1), (13, 0)])
def test_three_quarters_of_the_frames_that_change_must_get_better(before: int, expected: int) -> None:
    """Late masks at first, then five that are right, of which four would get worse: of the late ones twelve
    would get better, or eleven."""
    truths = rows(before + 5)
    masks = late(truths, 1)[:before] + truths[before:]
    assert found(truths, masks) == expected


def test_of_two_shifts_the_one_that_gains_more_is_taken() -> None:
    truths = rows(24)
    masks = late(truths, 2)
    masks[18:] = late(truths, 3)[18:]
    assert found(truths, masks) == 2
    assert found(truths, [truths[min(23, frame + 2)] for frame in range(24)]) == -2
