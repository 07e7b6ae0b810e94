"""mAP with weights is mAP of images that are really there several times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.metrics.average_precision import ImageDetections
from rvosbench.metrics.mask_overlaps import Overlaps
from rvosbench.metrics.summary import image_figures
from rvosbench.metrics.weighted_precision import WeightedPrecision

SIZES = (200, 900, 1500, 8000, 9000, 40_000)  # of all ranges of areas


def image(noise: np.random.Generator, name: str, *, tied: bool) -> ImageDetections:
    truth = int(noise.choice(SIZES))
    queries = int(noise.integers(1, 4)) if not tied else 1
    areas = noise.integers(truth // 3 + 1, 2 * truth, queries)
    shared = (np.minimum(areas, truth) * noise.choice([0.0, 0.6, 0.9, 1.0], queries)).astype(np.int64)
    scores = noise.integers(0, 3, queries) / 4 if tied else noise.random(queries)
    overlaps = Overlaps(areas.astype(np.int64), np.array([truth], np.int64), shared[:, None])
    return ImageDetections(name, scores.astype(np.float64), overlaps)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 3), min_size=1, max_size=8).filter(any), st.booleans())
def test_weights_are_copies(seed: int, times: list[int], tied: bool) -> None:
    """Also where scores of different images are equal, which then stand in the order of their names."""
    noise = np.random.default_rng(seed)
    images = [image(noise, f"v_{place}", tied=tied) for place in range(len(times))]
    copies = [
        ImageDetections(f"{one.image}_{copy}", one.scores, one.overlaps)
        for one, count in zip(images, times, strict=True)
        for copy in range(count)
    ]
    found = WeightedPrecision(images).figures(np.array(times, np.int64))
    expected = image_figures(copies)
    assert found == {key: figure for key, figure in expected.items() if "AP" in key}


def test_the_order_in_which_images_come_does_not_matter() -> None:
    noise = np.random.default_rng(1)
    images = [image(noise, f"v_{place}", tied=True) for place in range(9)]
    times = noise.integers(0, 3, 9)
    order = noise.permutation(9)
    moved = WeightedPrecision([images[place] for place in order]).figures(times[order])
    assert moved == WeightedPrecision(images).figures(times)


def test_of_a_size_that_is_not_drawn_there_is_no_figure() -> None:
    small = image(np.random.default_rng(2), "v_0", tied=False)
    whole = WeightedPrecision([small]).figures(np.array([2]))
    assert len({"AP_S", "AP_M", "AP_L"} & whole.keys()) == 1
    assert WeightedPrecision([small]).figures(np.array([0])) == pytest.approx({})
