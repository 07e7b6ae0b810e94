"""Runs of many masks at once, against the runs of each one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from rvosbench.masks import rle
from rvosbench.masks.rle_pairs import pairs

Pixels = NDArray[np.bool_]

several_masks = hnp.array_shapes(min_dims=2, max_dims=2, max_side=20).flatmap(
    lambda shape: st.lists(hnp.arrays(np.bool_, shape), min_size=1, max_size=6)
)


def split_run(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same mask with an empty run of the other kind inside its first run."""
    return np.concatenate(([lengths[0], 0, 0], lengths[1:]))


@given(several_masks)
def test_each_mask_has_the_runs_it_has_alone(masks: list[Pixels]) -> None:
    counts = [rle.encode(mask) for mask in masks]
    found = pairs(counts, *masks[0].shape)
    for one, first, stop in zip(counts, found.first, found.stop, strict=True):
        alone = rle.runs(one)
        together = found.runs[first:stop].ravel()
        assert together[: alone.size].tolist() == alone.tolist()
        assert together[alone.size :].tolist() in ([], [0])
        assert found.edges[first:stop].ravel().tolist() == np.cumsum(together).tolist()


@given(several_masks)
def test_areas_are_those_of_the_pixels(masks: list[Pixels]) -> None:
    found = pairs([rle.encode(mask) for mask in masks], *masks[0].shape)
    assert found.areas.tolist() == [mask.sum() for mask in masks]


def test_long_runs_and_noise_are_read_in_one_batch() -> None:
    generator = np.random.default_rng(3)
    blob = np.zeros((1080, 1920), np.bool_)
    blob[200:900, 300:1500] = True
    masks = [blob, generator.random(blob.shape) < 0.5, ~blob, np.zeros_like(blob), np.ones_like(blob)]
    found = pairs([rle.encode(mask) for mask in masks], *blob.shape)
    assert found.areas.tolist() == [mask.sum() for mask in masks]


def test_empty_runs_inside_a_mask_are_kept_as_they_are() -> None:
    counts = [rle.compress(split_run(np.array([3, 4, 5], np.int64))), rle.encode(np.ones((3, 4), np.bool_))]
    found = pairs(counts, 3, 4)
    assert found.areas.tolist() == [4, 12]
    assert found.runs.tolist() == [[3, 0], [0, 4], [5, 0], [0, 12]]


WHOLE = rle.encode(np.ones((4, 4), np.bool_))


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
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_false_mask_among_others_is_refused_with_its_reason(
    counts: bytes, reason: str, place: int
) -> None:
    batch = [WHOLE, WHOLE]
    batch.insert(place, counts)
    with pytest.raises(rle.RleError, match=reason):
        pairs(batch, 4, 4)


@pytest.mark.parametrize("beyond", [64, 128])
def test_a_character_beyond_the_alphabet_is_no_other_writing_of_one_in_it(beyond: int) -> None:
    """Its low bits are those of a whole mask, so the runs would fit."""
    counts = rle.encode(np.random.default_rng(8).random((40, 50)) < 0.5)
    for place in (0, len(counts) // 2, len(counts) - 1):
        odd = bytearray(counts)
        odd[place] += beyond
        with pytest.raises(rle.RleError, match="alphabet"):
            pairs([counts, bytes(odd)], 40, 50)


def areas_alone(batch: list[bytes]) -> list[int] | None:
    """None if one of the counts is refused when it is read by itself."""
    try:
        return [int(rle.checked_runs(one, 8, 8)[1::2].sum()) for one in batch]
    except rle.RleError:
        return None


text = st.lists(st.integers(48, 111), min_size=1, max_size=8).map(bytes)
whole = hnp.arrays(np.bool_, (8, 8)).map(rle.encode)


@given(st.lists(st.one_of(st.binary(max_size=12), text, whole), min_size=1, max_size=4))
def test_any_bytes_are_refused_if_and_only_if_one_of_them_is_alone(batch: list[bytes]) -> None:
    expected = areas_alone(batch)
    if expected is None:
        with pytest.raises(rle.RleError):
            pairs(batch, 8, 8)
    else:
        assert pairs(batch, 8, 8).areas.tolist() == expected
