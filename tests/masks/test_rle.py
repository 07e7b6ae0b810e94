"""COCO run lengths, against pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pycocotools import mask as coco

from rvosbench.masks import rle

Pixels = NDArray[np.bool_]

small_masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))
label_maps = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24), elements=st.integers(0, 3)
)


def coco_counts(mask: Pixels) -> bytes:
    counts: bytes = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]
    return counts


def large_masks() -> list[Pixels]:
    """What small random masks do not reach: runs of five and more groups, long differences."""
    generator = np.random.default_rng(7)
    blob = np.zeros((1080, 1920), np.bool_)
    blob[200:900, 300:1500] = True
    sparse = np.zeros((1080, 1920), np.bool_)
    sparse[0, 0] = sparse[1079, 1919] = sparse[500, 1000] = True
    return [blob, ~blob, sparse, np.ones((2000, 3000), np.bool_), generator.random((480, 854)) < 0.5]


@given(small_masks)
def test_counts_are_those_of_pycocotools(mask: Pixels) -> None:
    assert rle.encode(mask) == coco_counts(mask)


@pytest.mark.parametrize("mask", large_masks())
def test_counts_of_large_masks_are_those_of_pycocotools(mask: Pixels) -> None:
    assert rle.encode(mask) == coco_counts(mask)


@given(small_masks)
def test_decoding_gives_the_pixels_back(mask: Pixels) -> None:
    assert np.array_equal(rle.decode(rle.encode(mask), *mask.shape), mask)


@pytest.mark.parametrize("mask", large_masks())
def test_decoding_large_masks_gives_the_pixels_back(mask: Pixels) -> None:
    assert np.array_equal(rle.decode(coco_counts(mask), *mask.shape), mask)


@given(small_masks)
def test_area_and_box_are_those_of_the_pixels(mask: Pixels) -> None:
    area, box = rle.measure(rle.encode(mask), *mask.shape)
    assert area == mask.sum()
    if area:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert box == (
            columns[0],
            rows[0],
            columns[-1] - columns[0] + 1,
            rows[-1] - rows[0] + 1,
        )
    else:
        assert box == (0, 0, 0, 0)


@given(label_maps)
def test_every_label_of_a_map_becomes_its_own_mask(labels: NDArray[np.uint8]) -> None:
    masks = rle.labels_to_masks(5, labels)
    assert set(masks) == set(np.unique(labels).tolist()) - {0}
    for label, mask in masks.items():
        assert mask == rle.array_to_mask(5, labels == label)


@given(st.lists(hnp.arrays(np.bool_, (6, 9)), max_size=4))
def test_a_union_holds_the_pixels_of_all_parts(parts: list[Pixels]) -> None:
    expected = np.any([np.zeros((6, 9), np.bool_), *parts], axis=0)
    assert np.array_equal(rle.union(map(rle.encode, parts), 6, 9), expected)


def test_an_empty_mask_has_no_row() -> None:
    assert rle.array_to_mask(0, np.zeros((4, 4), np.bool_)) is None
    assert rle.to_mask(0, rle.encode(np.zeros((4, 4), np.bool_)), 4, 4) is None


def test_empty_runs_inside_are_written_away() -> None:
    """Two encodings of one mask must not make two fingerprints."""
    split_run = rle.compress(np.array([3, 2, 0, 2, 5], np.int64))
    whole_run = rle.compress(np.array([3, 4, 5], np.int64))
    assert split_run != whole_run
    row = rle.to_mask(0, split_run, 4, 3)
    assert row is not None
    assert (row.counts, row.area) == (whole_run, 4)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (b"", "empty"),
        (b"04 ", "alphabet"),
        (b"0p", "alphabet"),
        (b"0P", "inside a number"),
        (b"PPPPPPPP0", "longer than any image"),
        (b"00O", "negative"),
        (b"05", "runs of 5 pixels for a mask of 4x4 = 16"),
        (b"PPPP1", "runs of"),
    ],
)
def test_false_counts_are_refused_and_not_decoded(counts: bytes, reason: str) -> None:
    with pytest.raises(rle.RleError, match=reason):
        rle.decode(counts, 4, 4)


@given(st.binary(min_size=1, max_size=30))
def test_any_bytes_are_either_a_mask_or_refused(counts: bytes) -> None:
    try:
        mask = rle.decode(counts, 8, 8)
    except rle.RleError:
        return
    assert np.array_equal(mask, coco.decode({"size": [8, 8], "counts": counts}).astype(np.bool_))
