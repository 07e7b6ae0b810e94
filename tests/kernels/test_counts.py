"""COCO run lengths to planes and back."""

from __future__ import annotations

import numpy as np
import pytest
import random_masks
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pycocotools import mask as coco

from rvosbench._kernels.interface import Kernel
from rvosbench._kernels.reasons import KernelError, Reason
from rvosbench.masks import rle

Mask = NDArray[np.bool_]
small_masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=70))


def coco_counts(mask: Mask) -> bytes:
    counts: bytes = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]
    return counts


def assert_round_trip(kernel: Kernel, mask: Mask) -> None:
    plane = kernel.plane_from_pixels(mask.tobytes(), *mask.shape)
    counts = coco_counts(mask)
    assert kernel.rle_counts(plane, *mask.shape) == counts
    assert kernel.rle_plane(counts, *mask.shape) == plane
    assert kernel.plane_to_pixels(plane, *mask.shape) == mask.tobytes()


@given(small_masks)
def test_planes_and_counts_are_those_of_pycocotools(kernel: Kernel, mask: Mask) -> None:
    assert_round_trip(kernel, mask)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (480, 854), (1080, 1920)])
def test_masks_of_every_kind(kernel: Kernel, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(4)
    for make in random_masks.KINDS:
        assert_round_trip(kernel, make(random, shape))


@given(st.integers(0, 2**32 - 1))
def test_counts_that_are_not_canonical_are_read(kernel: Kernel, seed: int) -> None:
    """With empty runs between others, as some tools write them."""
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 40, 2).tolist()
    cuts = np.sort(random.integers(0, height * width + 1, random.integers(0, 30)))
    lengths = np.diff(np.concatenate(([0], cuts, [height * width])))
    values = np.repeat(np.arange(lengths.size) % 2, lengths).astype(np.uint8)
    plane = kernel.plane_from_pixels(values.reshape((height, width), order="F").tobytes(), height, width)
    assert kernel.rle_plane(rle.compress(lengths), height, width) == plane


REFUSED = {
    b"": Reason.BAD_COUNTS,
    b"04 ": Reason.BAD_COUNTS,
    b"0p": Reason.BAD_COUNTS,
    b"0\xff": Reason.BAD_COUNTS,
    b"0P": Reason.BAD_COUNTS,
    b"PPPPPPPP0": Reason.BAD_COUNTS,
    b"O ": Reason.BAD_COUNTS,  # false from the first run on, but then not even a number
    b"O0": Reason.BAD_RUNS,
    b"05": Reason.BAD_RUNS,
    b"PPPP1": Reason.BAD_RUNS,
    b"oooooo?" * 40: Reason.BAD_RUNS,
}


@pytest.mark.parametrize("counts", REFUSED)
def test_what_is_refused_and_why(kernel: Kernel, counts: bytes) -> None:
    with pytest.raises(KernelError) as caught:
        kernel.rle_plane(counts, 4, 4)
    assert caught.value.reason is REFUSED[counts]


@given(st.binary(max_size=12) | st.text("0123456789:;<=>?@ABCDEFOPQRo", max_size=12).map(str.encode))
def test_any_bytes_are_a_mask_for_both_kernels_or_for_neither(kernel: Kernel, counts: bytes) -> None:
    """And for the reader that conversion uses, which came first."""
    try:
        pixels = rle.decode(counts, 4, 5)
    except rle.RleError:
        with pytest.raises(KernelError):
            kernel.rle_plane(counts, 4, 5)
    else:
        assert kernel.rle_plane(counts, 4, 5) == kernel.plane_from_pixels(pixels.tobytes(), 4, 5)
