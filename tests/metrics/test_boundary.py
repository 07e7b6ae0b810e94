"""F from counts of outline pixels; the counts come from a slow and simple reading of the rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from rvosbench.metrics.boundary import adaptive_radii, boundary_accuracy, radius

Pixels = NDArray[np.bool_]

pairs_of_masks = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9).flatmap(
    lambda shape: st.tuples(hnp.arrays(np.bool_, shape), hnp.arrays(np.bool_, shape))
)


def outline(mask: Pixels) -> set[tuple[int, int]]:
    """Pixels that differ from the one to the right, below, or below to the right, inside the image."""
    height, width = mask.shape
    return {
        (y, x)
        for y in range(height)
        for x in range(width)
        if any(
            y + dy < height and x + dx < width and mask[y, x] != mask[y + dy, x + dx]
            for dy, dx in ((0, 1), (1, 0), (1, 1))
        )
    }


def near(these: set[tuple[int, int]], those: set[tuple[int, int]], distance: float) -> int:
    return sum(any(math.dist(one, other) <= distance for other in those) for one in these)


def accuracy(truth: Pixels, predicted: Pixels, distance: float) -> float:
    ours, theirs = outline(predicted), outline(truth)
    counts = (len(ours), len(theirs), near(ours, theirs, distance), near(theirs, ours, distance))
    return float(boundary_accuracy(*counts))


def rectangle(rows: tuple[int, int], columns: tuple[int, int]) -> Pixels:
    """100x100; first and last row and column are inside."""
    mask = np.zeros((100, 100), np.bool_)
    mask[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
    return mask


TRUTH = rectangle((40, 59), (30, 59))
EMPTY, FULL = np.zeros((100, 100), np.bool_), np.ones((100, 100), np.bool_)


@pytest.mark.parametrize(
    ("truth", "predicted", "expected"),
    [
        (TRUTH, TRUTH, 1.0),
        (TRUTH, rectangle((40, 59), (31, 60)), 1.0),
        (TRUTH, rectangle((40, 59), (32, 61)), 1.0),
        (TRUTH, rectangle((40, 59), (33, 62)), 0.64),
        (TRUTH, rectangle((43, 62), (33, 62)), 0.1),
        (TRUTH, rectangle((35, 64), (25, 64)), 0.0),
        (TRUTH, FULL, 0.0),
        (TRUTH, EMPTY, 0.0),
        (EMPTY, TRUTH, 0.0),
        (EMPTY, EMPTY, 1.0),
        (FULL, FULL, 1.0),
        (EMPTY, FULL, 1.0),
        (rectangle((80, 99), (80, 99)), rectangle((82, 99), (82, 99)), 0.9620253164556963),
        (rectangle((0, 19), (0, 19)), rectangle((0, 17), (0, 17)), 0.96),
    ],
)
def test_rectangles_at_a_radius_of_two(truth: Pixels, predicted: Pixels, expected: float) -> None:
    assert accuracy(truth, predicted, radius(100, 100)) == pytest.approx(expected, rel=1e-14)


@given(pairs_of_masks, st.integers(0, 4))
def test_it_is_twice_precision_times_recall_over_their_sum(pair: tuple[Pixels, Pixels], within: int) -> None:
    truth, predicted = pair
    ours, theirs = outline(predicted), outline(truth)
    precision = near(ours, theirs, within) / len(ours) if ours else 1.0
    recall = near(theirs, ours, within) / len(theirs) if theirs else 1.0
    both = precision + recall
    assert accuracy(truth, predicted, within) == (2 * precision * recall / both if both else 0.0)


def test_many_frames_are_taken_at_once() -> None:
    found = boundary_accuracy([0, 10, 0, 10], [0, 10, 5, 20], [0, 10, 0, 5], [0, 10, 0, 5])
    assert found.tolist() == [1.0, 1.0, 0.0, 2 * 0.5 * 0.25 / 0.75]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((480, 854), 8),
        ((480, 910), 9),
        ((480, 1152), 10),
        ((720, 1280), 12),
        ((1080, 1920), 18),
        ((360, 640), 6),
        ((240, 320), 4),
        ((100, 100), 2),
        ((1, 1), 1),
    ],
)
def test_the_radius_is_eight_thousandths_of_the_diagonal_rounded_up(
    size: tuple[int, int], expected: int
) -> None:
    assert radius(*size) == expected


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_the_radius_is_the_one_that_numpy_gives_the_official_script(height: int, width: int) -> None:
    assert radius(height, width) == np.ceil(0.008 * np.linalg.norm((height, width)))


def test_a_small_target_has_a_small_radius_of_its_own() -> None:
    assert adaptive_radii(480, 854, target_area=400) == (2.0, 8.0)
    assert adaptive_radii(480, 854, target_area=401) == (3.0, 8.0)


@pytest.mark.parametrize("area", [0, 6401, 100_000])
def test_a_large_target_and_an_empty_one_have_that_of_the_image_not_rounded_up(area: int) -> None:
    tolerance = 0.008 * math.sqrt(480**2 + 854**2)
    assert adaptive_radii(480, 854, area) == (tolerance, tolerance)


@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(0, 1))
def test_the_adaptive_radius_is_never_the_larger_one(height: int, width: int, share: float) -> None:
    radii = adaptive_radii(height, width, int(share * height * width))
    assert 0 < radii.adaptive <= radii.classical <= radius(height, width)
