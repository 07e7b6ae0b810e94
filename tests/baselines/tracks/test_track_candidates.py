"""Which candidates are followed, in which order, and which are not because they were found already."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rvosbench_baselines.tracks.candidates import Candidate, Waiting, iou, without_parts
from rvosbench_baselines.tracks.settings import DEFAULTS, Prompts, at_a_time

from rvosbench.masks import rle

SIZE = (10, 20)
Mask = NDArray[np.bool_]


def box(top: int, left: int, bottom: int, right: int) -> Mask:
    mask = np.zeros(SIZE, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def candidate(frame: int, mask: Mask, expression: str | None = None) -> Candidate:
    return Candidate(frame, rle.encode(mask), int(mask.sum()), expression=expression)


def column(frame: int, width: int) -> Candidate:
    return candidate(frame, box(0, 0, 10, width))


def areas(batch: list[Candidate]) -> list[int]:
    return [one.area for one in batch]


def waiting(*candidates: Candidate, limit: int = 64) -> Waiting:
    return Waiting(candidates, SIZE, duplicate=0.7, limit=limit)


def test_the_largest_comes_first_with_others_of_its_frame() -> None:
    line = waiting(*(column(frame, width) for frame, width in ((0, 3), (4, 9), (0, 8), (4, 2), (4, 5))))
    assert areas(line.next_batch(4)) == [90, 50, 20]
    assert areas(line.next_batch(4)) == [80, 30]
    assert line.next_batch(4) == []


def test_no_more_at_a_time_than_asked_for() -> None:
    line = waiting(*(column(0, width) for width in (9, 7, 5, 3, 1)))
    assert [areas(line.next_batch(4)) for _ in range(2)] == [[90, 70, 50, 30], [10]]


def test_four_at_a_time_but_two_of_long_videos() -> None:
    assert [at_a_time(frames) for frames in (1, 200, 201)] == [4, 4, 2]


def test_the_limit_cuts_a_batch_short() -> None:
    line = waiting(*(column(0, width) for width in range(1, 15)), limit=6)
    assert [len(line.next_batch(4)) for _ in range(3)] == [4, 2, 0]


def test_what_a_track_covers_in_its_own_frame_is_dropped() -> None:
    line = waiting(column(0, 10), column(2, 10), column(2, 7), column(2, 8))
    assert areas(line.next_batch(1)) == [100]
    line.drop_found([None, None, rle.encode(box(0, 0, 10, 10)), None])
    assert areas(line.next_batch(4)) == [70]  # IoU 0.7 is not above 0.7


def test_nothing_is_dropped_for_tracks_that_are_elsewhere_or_unseen() -> None:
    line = waiting(column(1, 10))
    line.drop_found([rle.encode(box(0, 0, 10, 10)), rle.encode(box(0, 10, 10, 20))])
    line.drop_found([None, None])
    assert areas(line.next_batch(4)) == [100]


def test_without_a_threshold_nothing_is_a_duplicate() -> None:
    line = Waiting([column(0, 10)], SIZE, duplicate=None, limit=64)
    line.drop_found([rle.encode(box(0, 0, 10, 10))])
    assert areas(line.next_batch(4)) == [100]


MASKS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 19), st.integers(0, 10), st.integers(0, 20)).map(
        lambda corners: box(*corners)
    ),
    max_size=12,
)


@given(MASKS)
def test_parts_of_larger_masks_go(masks: list[Mask]) -> None:
    """As a person would do it: sets of pixels, each against each."""
    pixels = [set(zip(*np.nonzero(mask), strict=True)) for mask in masks]
    remaining: list[int] = []
    for place in sorted(range(len(masks)), key=lambda place: -len(pixels[place])):
        own = pixels[place]
        if own and not any(len(own & pixels[whole]) / len(own) > 0.7 for whole in remaining):
            remaining.append(place)
    assert without_parts(masks, 0.7) == remaining


@given(MASKS)
def test_dropping_agrees_with_the_iou_of_pixels(masks: list[Mask]) -> None:
    """Most candidates are told apart by their areas alone; that must change nothing."""
    found = box(2, 3, 8, 15)
    line = Waiting([candidate(0, mask) for mask in masks], SIZE, duplicate=0.7, limit=64)
    line.drop_found([rle.encode(found)])
    kept = [mask for mask in masks if (mask & found).sum() <= 0.7 * (mask | found).sum()]
    assert sorted(areas(line.next_batch(64))) == sorted(int(mask.sum()) for mask in kept)


def test_the_iou_of_nothing_is_zero() -> None:
    assert iou(box(0, 0, 0, 0), box(0, 0, 0, 0)) == 0.0


@pytest.mark.parametrize(
    ("prompts", "split", "length", "frames"),
    [
        (Prompts.GRID, "train", 10, [0, 4, 8]),
        (Prompts.GRID, "valid_u", 10, [0, 5]),
        (Prompts.GRID, "valid", 11, [0, 5, 10]),
        (Prompts.GRID, "valid", 1, [0]),
        (Prompts.GDINO, "valid_u", 10, [0, 4, 8]),
    ],
)
def test_the_frames_that_are_looked_at(prompts: Prompts, split: str, length: int, frames: list[int]) -> None:
    assert list(DEFAULTS[prompts].frames(length, split)) == frames
