"""J and F of the compiled kernel, its twin and the oracle: equal to the last bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import random_masks
import score_oracle as oracle
from numpy.typing import NDArray

from rvosbench._kernels import twin
from rvosbench._kernels.disk import boundary_radius, spans
from rvosbench._kernels.interface import Kernel

Mask = NDArray[np.bool_]

# (height, width, pairs); most of them small, because it is edges and the borders of words that go wrong.
SIZES = (
    *((1, width, 200) for width in (1, 2, 63, 64, 65, 129)),
    *((height, 1, 200) for height in (2, 7, 64)),
    *((3, 5, 600), (2, 2, 400), (5, 3, 400), (7, 64, 500), (7, 65, 500), (9, 127, 500), (9, 128, 500)),
    *((9, 129, 500), (16, 63, 500), (31, 33, 500), (33, 70, 700), (40, 192, 600), (48, 64, 600)),
    *((50, 50, 600), (64, 130, 500), (100, 100, 300), (128, 96, 200), (90, 160, 100), (240, 320, 24)),
    *((480, 854, 24), (480, 910, 6), (720, 1280, 9), (1080, 1920, 9)),
)


def plane(kernel: Kernel, mask: Mask) -> bytes:
    return kernel.plane_from_pixels(mask.tobytes(), *mask.shape)


def score(
    kernel: Kernel, truth: Mask, prediction: Mask, radius: float, void: Mask | None = None
) -> tuple[float, float]:
    left_out = None if void is None else plane(kernel, void)
    height, width = truth.shape
    prepared = kernel.prepare(plane(kernel, truth), height, width, spans(radius), left_out)
    return kernel.score(prepared, plane(kernel, prediction))


def test_there_are_ten_thousand_pairs_in_sizes_from_1x1_to_1080p() -> None:
    assert sum(number for _, _, number in SIZES) >= 10_000
    assert {(1, 1), (3, 5), (1080, 1920)} <= {(height, width) for height, width, _ in SIZES}


@pytest.mark.parametrize(("height", "width", "pairs"), SIZES)
def test_kernel_twin_and_oracle_agree(native: Kernel, height: int, width: int, pairs: int) -> None:
    """Every third pair has a void, every third another radius than that of DAVIS."""
    random = np.random.default_rng([height, width])
    for number in range(pairs):
        truth, prediction = random_masks.pair(random, (height, width))
        radius = int(random.integers(0, 14)) if number % 3 == 1 else boundary_radius(height, width)
        void = random_masks.mask(random, (height, width)) if number % 3 == 2 else None
        expected = oracle.score(truth, prediction, radius, void)
        found = [score(kernel, truth, prediction, radius, void) for kernel in (native, twin)]
        assert found == [expected, expected], f"pair {number}, radius {radius}"


def rectangle(rows: slice, columns: slice, size: int = 100) -> Mask:
    mask = np.zeros((size, size), np.bool_)
    mask[rows, columns] = True
    return mask


TRUTH = rectangle(slice(40, 60), slice(30, 60))
EMPTY, FULL = np.zeros((100, 100), np.bool_), np.ones((100, 100), np.bool_)
GOLDEN = {
    "the same": (TRUTH, TRUTH, 1.0, 1.0),
    "one to the right": (TRUTH, np.roll(TRUTH, 1, 1), 0.9354838709677419, 1.0),
    "two to the right": (TRUTH, np.roll(TRUTH, 2, 1), 0.875, 1.0),
    "three to the right": (TRUTH, np.roll(TRUTH, 3, 1), 0.8181818181818182, 0.64),
    "three right and down": (TRUTH, np.roll(TRUTH, (3, 3), (0, 1)), 0.6194331983805668, 0.10000000000000002),
    "empty": (TRUTH, EMPTY, 0.0, 0.0),
    "five more on each side": (TRUTH, rectangle(slice(35, 65), slice(25, 65)), 0.5, 0.0),
    "the full frame": (TRUTH, FULL, 0.06, 0.0),
    "both empty": (EMPTY, EMPTY, 1.0, 1.0),
    "something where nothing is": (EMPTY, TRUTH, 0.0, 0.0),
    "both full": (FULL, FULL, 1.0, 1.0),
    "full where nothing is: no boundary at all": (EMPTY, FULL, 0.0, 1.0),
    "in the lower right corner": (
        rectangle(slice(80, 100), slice(80, 100)),
        rectangle(slice(82, 100), slice(82, 100)),
        0.81,
        0.9620253164556963,
    ),
    "in the upper left corner": (
        rectangle(slice(0, 20), slice(0, 20)),
        rectangle(slice(0, 18), slice(0, 18)),
        0.81,
        0.9600000000000001,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_scores(kernel: Kernel, name: str) -> None:
    truth, prediction, j, f = GOLDEN[name]
    assert score(kernel, truth, prediction, 2) == oracle.score(truth, prediction, 2) == (j, f)


def test_what_is_void_is_taken_out_before_boundaries_are_drawn(kernel: Kernel) -> None:
    """The unit test of DAVIS: the prediction is wrong only where the void is."""
    truth = rectangle(slice(100, 150), slice(100, 150), 200)
    prediction = rectangle(slice(50, 150), slice(100, 150), 200)
    void = rectangle(slice(50, 100), slice(0, 200), 200)
    assert score(kernel, truth, prediction, boundary_radius(200, 200), void) == (1.0, 1.0)
    assert score(kernel, truth, prediction, boundary_radius(200, 200)) != (1.0, 1.0)


def test_the_void_of_the_truth_counts_for_predictions_too(kernel: Kernel) -> None:
    prepared = kernel.prepare(plane(kernel, EMPTY), 100, 100, spans(2), plane(kernel, FULL))
    assert kernel.score(prepared, plane(kernel, TRUTH)) == (1.0, 1.0)
    assert prepared.area == 0


@pytest.mark.parametrize(
    ("height", "width", "radius"),
    [
        (480, 854, 8),
        (480, 910, 9),
        (480, 1152, 10),
        (720, 1280, 12),
        (1080, 1920, 18),
        (360, 640, 6),
        (240, 320, 4),
    ],
)
def test_the_radius_is_that_of_davis(height: int, width: int, radius: int) -> None:
    assert boundary_radius(height, width) == radius


def test_the_radius_is_rounded_as_the_official_script_rounds_it() -> None:
    """Without its detour through a norm."""
    random = np.random.default_rng(0)
    for height, width in random.integers(1, 5000, (20_000, 2)).tolist():
        assert boundary_radius(height, width) == oracle.radius(height, width)


@pytest.mark.parametrize("radius", [62, 63, 64, 65, 70, 130])
def test_radii_of_more_than_a_word(kernel: Kernel, radius: int) -> None:
    """Beyond 63 pixels another way is taken to the same scores."""
    random = np.random.default_rng(radius)
    for _ in range(12):
        truth, prediction = random_masks.pair(random, (150, 260))
        assert score(kernel, truth, prediction, radius) == oracle.score(truth, prediction, radius)


def test_radii_that_are_not_whole(native: Kernel) -> None:
    """MOSEv2 has them: the disk is then off its centre, and nearness not mutual."""
    random = np.random.default_rng(3)
    for number in range(300):
        truth, prediction = random_masks.pair(random, (40, 90))
        radius = float(random.random() * 12)
        assert score(native, truth, prediction, radius) == score(twin, truth, prediction, radius), number


def test_a_disk_without_pixels_is_near_to_nothing(kernel: Kernel) -> None:
    assert spans(0.3) == b""
    assert score(kernel, TRUTH, TRUTH, 0.3) == (1.0, 0.0)


def test_a_single_pixel_is_enough_to_score(kernel: Kernel) -> None:
    one = np.ones((1, 1), np.bool_)
    assert score(kernel, one, one, 1) == (1.0, 1.0)
    assert score(kernel, one, ~one, 1) == (0.0, 1.0)


@pytest.mark.parametrize("radius", [1, 5, math.pi])
def test_scores_do_not_depend_on_predictions_scored_before(kernel: Kernel, radius: float) -> None:
    """Memory is kept between them."""
    random = np.random.default_rng(11)
    shapes = [(30, 40), (7, 200), (30, 41)]
    pairs = [random_masks.pair(random, shapes[i % 3]) for i in range(60)]
    alone = [score(kernel, truth, prediction, radius) for truth, prediction in pairs]
    again = [score(kernel, truth, prediction, radius) for truth, prediction in reversed(pairs)]
    assert alone == again[::-1]
