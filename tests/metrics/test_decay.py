"""Recall and decay of a sequence of frames, against the arithmetic of the DAVIS evaluation."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rvosbench.metrics.decay import decay, quarters, recall, same_as_uint8

scores = st.floats(0, 1, allow_subnormal=False)


def decay_with_bytes(values: NDArray[np.float64]) -> float:
    """Quarters whose ends are kept in bytes, as in the official evaluation."""
    ends = (np.round(np.linspace(1, len(values), 5) + 1e-10) - 1).astype(np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an empty quarter has no mean
        first = np.nanmean(values[int(ends[0]) : int(ends[1]) + 1])
        last = np.nanmean(values[int(ends[3]) : int(ends[4]) + 1])
    return float(first - last)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (1, [1, 1, 1, 1]),
        (5, [2, 2, 2, 2]),
        (8, [3, 3, 2, 3]),
        (20, [6, 6, 5, 6]),
        (66, [17, 18, 17, 17]),
        (104, [27, 27, 26, 27]),
    ],
)
def test_quarters_share_the_frame_between_them(frames: int, expected: list[int]) -> None:
    assert [len(one) for one in quarters(np.zeros(frames))] == expected


@given(st.lists(scores, min_size=1, max_size=255))
def test_up_to_255_frames_decay_is_that_of_the_davis_evaluation(values: list[float]) -> None:
    assert same_as_uint8(len(values))
    assert decay(np.array(values)) == decay_with_bytes(np.array(values))


def test_beyond_that_the_quarters_stay_quarters_and_it_is_known_that_they_differ() -> None:
    falling = np.linspace(1, 0, 300)
    assert not same_as_uint8(300)
    assert np.isnan(decay_with_bytes(falling))
    assert decay(falling) == pytest.approx(0.75, abs=0.01)
    assert [len(one) for one in quarters(falling)] == [76, 76, 75, 76]


@given(st.integers(1, 600))
def test_the_quarters_cover_every_frame_in_order(frames: int) -> None:
    parts = quarters(np.arange(float(frames)))
    assert parts[0][0] == 0
    assert parts[-1][-1] == frames - 1
    assert all(one[-1] == following[0] for one, following in pairwise(parts))


def test_recall_counts_frames_above_one_half_not_at_it() -> None:
    assert recall(np.array([0.5, 0.5000001, 1.0, 0.0])) == 0.5


@given(st.lists(scores, min_size=1, max_size=60))
def test_recall_and_decay_stay_in_their_ranges(values: list[float]) -> None:
    assert 0 <= recall(np.array(values)) <= 1
    assert -1 <= decay(np.array(values)) <= 1
    assert decay(np.full(len(values), values[0])) == pytest.approx(0)


def test_taking_frames_away_can_improve_decay() -> None:
    whole, holed = np.array([0.8] * 4 + [0.2] * 4), np.array([0.0] * 4 + [0.2] * 4)
    assert decay(holed) < decay(whole)
