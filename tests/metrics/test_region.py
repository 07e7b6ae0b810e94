"""J from counts of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from rvosbench.metrics.region import region_similarity

Pixels = NDArray[np.bool_]

pairs_of_masks = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12).flatmap(
    lambda shape: st.tuples(hnp.arrays(np.bool_, shape), hnp.arrays(np.bool_, shape))
)


def rectangle(rows: tuple[int, int], columns: tuple[int, int]) -> Pixels:
    """100x100; first and last row and column are inside."""
    mask = np.zeros((100, 100), np.bool_)
    mask[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
    return mask


def similarity(truth: Pixels, predicted: Pixels) -> float:
    return float(region_similarity((truth & predicted).sum(), (truth | predicted).sum()))


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        (rectangle((40, 59), (30, 59)), 1.0),
        (rectangle((40, 59), (31, 60)), 0.9354838709677419),
        (rectangle((40, 59), (32, 61)), 0.875),
        (rectangle((40, 59), (33, 62)), 0.8181818181818182),
        (rectangle((43, 62), (33, 62)), 0.6194331983805668),
        (rectangle((35, 64), (25, 64)), 0.5),
        (np.ones((100, 100), np.bool_), 0.06),
        (np.zeros((100, 100), np.bool_), 0.0),
    ],
)
def test_a_rectangle_against_shifted_and_grown_ones(predicted: Pixels, expected: float) -> None:
    assert similarity(rectangle((40, 59), (30, 59)), predicted) == expected


def test_two_empty_masks_agree_and_an_empty_one_agrees_with_nothing_else() -> None:
    assert region_similarity(0, 0) == 1.0
    assert region_similarity(0, 7) == 0.0


@given(pairs_of_masks)
def test_it_is_the_share_of_common_pixels_and_the_same_both_ways(pair: tuple[Pixels, Pixels]) -> None:
    truth, predicted = pair
    common = sum(bool(a and b) for a, b in zip(truth.flat, predicted.flat, strict=True))
    either = sum(bool(a or b) for a, b in zip(truth.flat, predicted.flat, strict=True))
    assert similarity(truth, predicted) == (common / either if either else 1.0)
    assert similarity(truth, predicted) == similarity(predicted, truth)


def test_many_frames_are_taken_at_once() -> None:
    assert region_similarity([0, 3, 0], [0, 4, 5]).tolist() == [1.0, 0.75, 0.0]
