"""Areas, unions, boundaries and dilations of planes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import random_masks
import score_oracle as oracle
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy import ndimage

from rvosbench._kernels import twin
from rvosbench._kernels.disk import spans
from rvosbench._kernels.interface import Kernel

Mask = NDArray[np.bool_]
shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=140)


def plane(kernel: Kernel, mask: Mask) -> bytes:
    return kernel.plane_from_pixels(mask.tobytes(), *mask.shape)


def disk(radius: float) -> Mask:
    """As scikit-image makes it: the grid begins at -radius, whether or not that is whole."""
    steps = np.arange(-radius, radius + 1)
    x, y = np.meshgrid(steps, steps)
    inside: Mask = x**2 + y**2 <= radius**2
    return inside


def dilated(mask: Mask, element: Mask) -> Mask:
    """As OpenCV does it: the anchor is at half the size, rounded down; beyond the image nothing is set."""
    anchor = element.shape[0] // 2
    around = np.pad(mask, element.shape[0])
    found = np.zeros_like(mask)
    for y, x in np.argwhere(element) - anchor + element.shape[0]:
        found |= around[y : y + mask.shape[0], x : x + mask.shape[1]]
    return found


@given(st.integers(0, 2**32 - 1), shapes)
def test_areas_and_unions(kernel: Kernel, seed: int, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    a, b, void = (random_masks.mask(random, shape) for _ in range(3))
    planes = [plane(kernel, one) for one in (a, b, void)]
    assert kernel.area(planes[0]) == a.sum()
    assert kernel.union(planes[0], planes[1]) == plane(kernel, a | b)
    assert kernel.intersection_union(planes[0], planes[1]) == ((a & b).sum(), (a | b).sum())
    assert kernel.intersection_union(*planes) == ((a & b & ~void).sum(), ((a | b) & ~void).sum())


@given(st.integers(0, 2**32 - 1), shapes)
def test_boundaries(kernel: Kernel, seed: int, shape: tuple[int, int]) -> None:
    mask = random_masks.mask(np.random.default_rng(seed), shape)
    assert kernel.boundary(plane(kernel, mask), *shape) == plane(kernel, oracle.boundary(mask))


def test_a_pixel_has_four_pixels_of_boundary_and_three_in_the_last_corner(kernel: Kernel) -> None:
    for place, expected in (
        ((50, 50), [(49, 49), (49, 50), (50, 49), (50, 50)]),
        ((99, 99), [(98, 98), (98, 99), (99, 98)]),
    ):
        mask = np.zeros((100, 100), np.bool_)
        mask[place] = True
        found = kernel.plane_to_pixels(kernel.boundary(plane(kernel, mask), 100, 100), 100, 100)
        edge = np.frombuffer(found, np.uint8).reshape(100, 100)
        assert [tuple(place) for place in np.argwhere(edge).tolist()] == expected


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 8, 9, 18, 32, 63, 64, 65, 100])
def test_dilation_by_a_whole_radius_reaches_all_that_is_so_near(kernel: Kernel, radius: int) -> None:
    random = np.random.default_rng(radius)
    for make in (random_masks.pixels, random_masks.blobs, random_masks.border):
        mask = make(random, (45, 150))
        expected = oracle.near(mask, radius)
        assert kernel.dilate(plane(kernel, mask), 45, 150, spans(radius)) == plane(kernel, expected)
        if radius < 10:
            assert np.array_equal(expected, ndimage.binary_dilation(mask, disk(radius)))


@given(st.floats(0, 20), st.integers(0, 2**32 - 1))
def test_dilation_by_any_radius_is_that_of_scikit_image_and_opencv(
    kernel: Kernel, radius: float, seed: int
) -> None:
    mask = random_masks.mask(np.random.default_rng(seed), (23, 70))
    expected = dilated(mask, disk(radius))
    assert kernel.dilate(plane(kernel, mask), 23, 70, spans(radius)) == plane(kernel, expected)


def rows_of(radius: float) -> list[tuple[int, int, int]]:
    return sorted(struct.iter_unpack("=3i", spans(radius)))


def test_disks_as_scikit_image_has_them() -> None:
    """As version 0.26 gives them: for the radius of 854x480, not rounded, and with an even number of rows."""
    assert rows_of(7.837) == [
        (-7, -3, 3),
        (-6, -5, 5),
        (-5, -6, 6),
        (-4, -6, 6),
        (-3, -7, 7),
        (-2, -7, 7),
        (-1, -7, 7),
        (0, -7, 7),
        (1, -7, 7),
        (2, -7, 7),
        (3, -7, 7),
        (4, -6, 6),
        (5, -6, 5),
        (6, -5, 4),
        (7, -3, 3),
    ]
    assert rows_of(1.25) == [(-1, -1, 0), (0, -1, 0)]


def test_any_disk_is_that_of_the_grid() -> None:
    random = np.random.default_rng(0)
    for radius in [*range(40), *(random.random(300) * 40).tolist()]:
        wanted = disk(radius)
        drawn = np.zeros_like(wanted)
        anchor = wanted.shape[0] // 2
        for y, first, last in rows_of(radius):
            drawn[y + anchor, first + anchor : last + anchor + 1] = True
        assert np.array_equal(drawn, wanted), radius


@pytest.mark.parametrize(
    "false", [b"\0" * 11, struct.pack("=3i", 0, 2, 1), struct.pack("=6i", 0, -1, 1, 1, 0, 1)]
)
def test_spans_that_are_no_disk_are_an_error_of_the_caller(kernel: Kernel, false: bytes) -> None:
    with pytest.raises(ValueError, match="narrowest first"):
        kernel.dilate(bytes(8), 1, 64, false)


def test_planes_that_do_not_fit_are_an_error_of_the_caller(kernel: Kernel) -> None:
    for call in (
        lambda: kernel.union(bytes(8), bytes(16)),
        lambda: kernel.intersection_union(bytes(8), bytes(16)),
        lambda: kernel.intersection_union(bytes(8), bytes(8), bytes(16)),
        lambda: kernel.boundary(bytes(8), 1, 65),
        lambda: kernel.rle_counts(bytes(8), 2, 3),
        lambda: kernel.plane_to_pixels(bytes(8), 2, 3),
        lambda: kernel.plane_from_pixels(bytes(8), 2, 3),
        lambda: kernel.prepare(bytes(8), 1, 65, spans(1)),
        lambda: kernel.prepare(bytes(8), 1, 64, spans(1), bytes(16)),
    ):
        with pytest.raises(ValueError, match="are needed"):
            call()


def test_any_buffer_will_do(kernel: Kernel) -> None:
    """Also one that begins at an odd address."""
    mask = random_masks.blobs(np.random.default_rng(8), (20, 100))
    words = plane(kernel, mask)
    shifted = memoryview(bytearray(b"?" + words))[1:]
    assert kernel.boundary(shifted, 20, 100) == kernel.boundary(words, 20, 100)
    assert kernel.rle_counts(bytearray(words), 20, 100) == kernel.rle_counts(words, 20, 100)
    prepared = kernel.prepare(shifted, 20, 100, spans(2), shifted)
    assert kernel.score(prepared, shifted) == (1.0, 1.0)


def test_a_label_is_told_from_others(kernel: Kernel) -> None:
    labels = np.random.default_rng(0).integers(0, 4, (9, 130)).astype(np.uint8)
    for label in range(5):
        found = kernel.plane_from_pixels(labels.tobytes(), 9, 130, label)
        assert found == twin.plane_from_pixels((labels == label).tobytes(), 9, 130)
