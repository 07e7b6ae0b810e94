"""COCO polygons as masks, with the very pixels of COCO's own tool.

Its rule is not that of a drawing library. Corners are put on a grid five times as fine, and edges are walked
there point by point. Wherever the walk crosses the middle of a column of the picture, that column changes
between background and foreground from this height down. Written by hand because the tool trusts what it is
given; it is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINE = 5  # points of the fine grid to a pixel
BEYOND = 2  # how far outside corners may lie, in widths and heights of the picture


class PolygonError(ValueError):
    """The numbers are no polygon on a picture of the stated size."""


def fill(polygons: Iterable[NDArray[np.float64]], height: int, width: int) -> NDArray[np.bool_]:
    """The pixels in any of the polygons, each a flat array x, y, x, y, ..."""
    whole = np.zeros((height, width), np.bool_)
    for polygon in polygons:
        whole |= _filled(_checked(polygon, height, width), height, width)
    return whole


def _checked(polygon: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    if polygon.ndim != 1 or polygon.size < 6 or polygon.size % 2:
        raise PolygonError(f"{polygon.size} numbers where three corners or more have two each")
    corners = polygon.reshape(-1, 2)
    if not np.isfinite(corners).all() or (np.abs(corners) > BEYOND * np.array([width, height])).any():
        raise PolygonError(f"a corner far outside of {width}x{height} pixels")
    return corners


def _filled(corners: NDArray[np.float64], height: int, width: int) -> NDArray[np.bool_]:
    columns, rows = _walk((FINE * corners + 0.5).astype(np.int64))
    crossing = np.flatnonzero(columns[1:] != columns[:-1])
    place = (np.minimum(columns[crossing], columns[crossing + 1]) + 0.5) / FINE - 0.5
    down = (np.minimum(rows[crossing], rows[crossing + 1]) + 0.5) / FINE - 0.5
    middle = (place == np.floor(place)) & (place >= 0) & (place <= width - 1)
    start = np.ceil(np.clip(down[middle], 0, height)).astype(np.int64)
    turns = np.bincount(place[middle].astype(np.int64) * height + start, minlength=height * width + 1)
    inside: NDArray[np.bool_] = (np.cumsum(turns[: height * width]) & 1).astype(np.bool_)
    return inside.reshape((height, width), order="F")


def _walk(corners: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All points of the fine grid on the way around, column and row. An edge is walked along its longer
    side, from the end that has the lesser coordinate there, and turned around if that is not its start."""
    start, end = corners, np.roll(corners, -1, axis=0)
    along = (np.abs(end - start)[:, 0] < np.abs(end - start)[:, 1]).astype(np.int64)  # 0: x, 1: y
    edge = np.arange(len(corners))
    turned = start[edge, along] > end[edge, along]
    low, high = np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)
    length = high[edge, along] - low[edge, along]
    rise = high[edge, 1 - along] - low[edge, 1 - along]
    of = np.repeat(edge, length + 1)
    step = np.arange(len(of)) - np.repeat(np.cumsum(length + 1) - length - 1, length + 1)
    step = np.where(turned[of], length[of] - step, step)
    slope = rise / np.maximum(length, 1)
    long = low[edge, along][of] + step
    short = (low[edge, 1 - along][of] + slope[of] * step + 0.5).astype(np.int64)
    return np.where(along[of] == 0, long, short), np.where(along[of] == 0, short, long)
