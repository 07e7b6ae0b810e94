"""Many masks at once have the outcome of each mask alone, which pycocotools vouches for elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from rvosbench.masks import rle
from rvosbench.masks.rle_batch import to_masks

HEIGHT, WIDTH = 9, 7
PIXELS = HEIGHT * WIDTH

masks = hnp.arrays(np.bool_, (HEIGHT, WIDTH))
run_lengths = st.lists(st.integers(0, 9), max_size=12).map(lambda lengths: filled_up(lengths, PIXELS))
any_counts = st.one_of(
    run_lengths.map(lambda lengths: rle.compress(np.array(lengths))),
    st.binary(max_size=6),
    st.text("0123456789OPQ_`mno", max_size=8).map(str.encode),
)


def filled_up(lengths: list[int], total: int) -> list[int]:
    """Any runs, empty ones among them, made to fill a mask."""
    kept: list[int] = []
    for length in lengths:
        kept.append(min(length, total - sum(kept)))
    return [*kept, total - sum(kept)]


@given(st.lists(masks, min_size=1, max_size=6))
def test_each_mask_is_what_it_is_alone(pixels: list[NDArray[np.bool_]]) -> None:
    counts = [rle.encode(mask) for mask in pixels]
    alone = [rle.to_mask(frame, one, HEIGHT, WIDTH) for frame, one in enumerate(counts)]
    assert to_masks(range(len(counts)), counts, HEIGHT, WIDTH) == alone


@given(st.lists(any_counts, min_size=1, max_size=5))
def test_whatever_strangers_write_is_read_or_refused_as_alone(counts: list[bytes]) -> None:
    try:
        alone = [rle.to_mask(frame, one, HEIGHT, WIDTH) for frame, one in enumerate(counts)]
    except rle.RleError:
        with pytest.raises(rle.RleError):
            to_masks(range(len(counts)), counts, HEIGHT, WIDTH)
    else:
        assert to_masks(range(len(counts)), counts, HEIGHT, WIDTH) == alone


def test_large_masks_with_long_runs_are_read_as_alone() -> None:
    generator = np.random.default_rng(5)
    blob = np.zeros((1080, 1920), np.bool_)
    blob[200:900, 300:1500] = True
    corners = np.zeros_like(blob)
    corners[0, 0] = corners[-1, -1] = True
    noise = generator.random(blob.shape) < 0.3
    counts = [
        rle.encode(mask) for mask in (blob, ~blob, corners, noise, noise & blob, blob & False, blob | True)
    ]
    alone = [rle.to_mask(frame, one, 1080, 1920) for frame, one in enumerate(counts)]
    assert to_masks(range(len(counts)), counts, 1080, 1920) == alone
    assert alone[5] is None


def test_no_masks_are_no_masks() -> None:
    assert to_masks([], [], HEIGHT, WIDTH) == []


def test_runs_whose_sum_wraps_around_are_refused() -> None:
    """Numbers of seven groups, again and again: the sum of the runs leaves 64 bits."""
    counts = b"0" + b"oooooo?" * 3000
    with pytest.raises(rle.RleError):
        to_masks([0], [counts], HEIGHT, WIDTH)
    with pytest.raises(rle.RleError):
        rle.to_mask(0, counts, HEIGHT, WIDTH)


@given(run_lengths)
def test_a_mask_in_odd_runs_becomes_the_one_of_its_pixels(lengths: list[int]) -> None:
    counts = rle.compress(np.array(lengths))
    expected = rle.array_to_mask(0, rle.decode(counts, HEIGHT, WIDTH))
    assert rle.to_mask(0, counts, HEIGHT, WIDTH) == expected
