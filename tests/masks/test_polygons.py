"""Polygons become the pixels that COCO's own tool makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco

from rvosbench.masks.polygons import PolygonError, fill

# Of pycocotools, which is a little behind NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIDES = st.integers(1, 40)
COORDINATES = st.one_of(
    st.floats(-0.2, 1.2, allow_nan=False), st.integers(0, 8).map(lambda eighth: eighth / 8)
)


def by_the_tool(polygons: list[NDArray[np.float64]], height: int, width: int) -> NDArray[np.bool_]:
    parts = coco.frPyObjects([one.tolist() for one in polygons], height, width)
    decoded: NDArray[np.uint8] = coco.decode(coco.merge(parts))
    return decoded.astype(np.bool_)


@given(SIDES, SIDES, st.lists(st.lists(COORDINATES, min_size=6, max_size=24), min_size=1, max_size=3))
def test_any_polygons_have_the_pixels_of_the_tool(height: int, width: int, shapes: list[list[float]]) -> None:
    polygons = [
        np.array(one[: len(one) // 2 * 2]).reshape(-1, 2) * np.array([width, height]) for one in shapes
    ]
    flat = [one.ravel() for one in polygons]
    assert np.array_equal(fill(flat, height, width), by_the_tool(flat, height, width))


def test_a_corner_said_twice_changes_nothing() -> None:
    """Many polygons of COCO end where they begin."""
    open_one = np.array([1.0, 1, 9, 2, 7, 8, 2, 6])
    closed = np.concatenate((open_one, open_one[:2]))
    assert np.array_equal(fill([closed], 10, 12), by_the_tool([closed], 10, 12))
    assert np.array_equal(fill([closed], 10, 12), fill([open_one], 10, 12))
    assert fill([open_one], 10, 12).any()


def test_a_rectangle_along_pixels_is_these_pixels() -> None:
    expected = np.zeros((6, 9), np.bool_)
    expected[1:4, 2:7] = True
    assert np.array_equal(fill([np.array([2.0, 1, 7, 1, 7, 4, 2, 4])], 6, 9), expected)


@pytest.mark.parametrize(
    "numbers",
    [[], [1, 1, 2, 2], [1, 1, 2, 2, 3], [0, 0, 5, 0, 5, np.nan], [0, 0, 1e9, 0, 5, 5], [0, 0, 5, 0, 5, -99]],
    ids=["nothing", "two corners", "odd", "not a number", "far right", "far above"],
)
def test_what_is_no_polygon_on_the_picture_is_refused(numbers: list[float]) -> None:
    with pytest.raises(PolygonError):
        fill([np.array(numbers, np.float64)], 20, 30)
