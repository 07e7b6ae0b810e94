"""Planes as Python code meets them."""

from __future__ import annotations

import io
import pickle

import numpy as np
import png_files
import pytest
import random_masks
import score_oracle as oracle
from numpy.typing import NDArray
from PIL import Image

from rvosbench.masks import planes, rle
from rvosbench.masks.planes import KernelError, Plane, Reason

Mask = NDArray[np.bool_]


def masks(number: int, shape: tuple[int, int] = (30, 70)) -> list[Mask]:
    random = np.random.default_rng(number)
    return [random_masks.mask(random, shape) for _ in range(number)]


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int64, np.float32])
def test_an_array_of_any_kind_is_foreground_where_it_is_not_zero(kind: type[np.generic]) -> None:
    for mask in masks(5):
        values = (mask * 3).astype(kind)
        assert np.array_equal(Plane.from_array(values).to_array(), mask)
        assert Plane.from_array(np.asfortranarray(values)) == Plane.from_array(values[:, ::-1][:, ::-1])


def test_small_fractions_are_foreground_too() -> None:
    assert Plane.from_array(np.array([[0.0, 0.25]])).to_array().tolist() == [[False, True]]


def test_only_two_dimensions_make_a_mask() -> None:
    with pytest.raises(ValueError, match="two dimensions, not 3"):
        Plane.from_array(np.zeros((2, 2, 2)))


def test_counts_come_and_go() -> None:
    for mask in masks(8):
        counts = rle.encode(mask)
        assert Plane.from_counts(counts, *mask.shape) == Plane.from_array(mask)
        assert Plane.from_array(mask).to_counts() == counts


def test_planes_are_measured_joined_and_compared() -> None:
    a, b, void = masks(3)
    plane, other = Plane.from_array(a), Plane.from_array(b)
    assert plane.area == a.sum()
    assert (plane | other) == Plane.from_array(a | b)
    assert plane.intersection_union(other) == ((a & b).sum(), (a | b).sum())
    outside = ((a & b & ~void).sum(), ((a | b) & ~void).sum())
    assert plane.intersection_union(other, Plane.from_array(void)) == outside
    assert plane.boundary() == Plane.from_array(oracle.boundary(a))
    assert plane.dilated(3) == Plane.from_array(oracle.near(a, 3))
    assert Plane.empty(30, 70) == Plane.from_array(np.zeros((30, 70)))


def test_planes_of_different_sizes_have_nothing_to_do_with_each_other() -> None:
    """Even where they take the same number of bytes."""
    a, b = Plane.empty(4, 10), Plane.empty(4, 11)
    truth = planes.prepare(a)
    for call in (
        lambda: a | b,
        lambda: a.intersection_union(b),
        lambda: a.intersection_union(a, b),
        lambda: planes.prepare(a, void=b),
        lambda: planes.score(truth, b),
        lambda: planes.score_planes([truth], [b]),
    ):
        with pytest.raises(ValueError, match=r"1[01]x4"):
            call()


def test_scores_use_the_radius_of_davis_unless_told_otherwise() -> None:
    for truth, prediction in zip(masks(9), masks(9)[::-1], strict=True):
        plane = Plane.from_array(prediction)
        found = planes.score(planes.prepare(Plane.from_array(truth)), plane)
        assert found == oracle.score(truth, prediction)
        wide = planes.score(planes.prepare(Plane.from_array(truth), radius=6), plane)
        assert wide == oracle.score(truth, prediction, 6)


def test_a_void_does_not_count() -> None:
    truth, prediction, void = masks(3)
    prepared = planes.prepare(Plane.from_array(truth), void=Plane.from_array(void))
    assert prepared.area == (truth & ~void).sum()
    assert planes.score(prepared, Plane.from_array(prediction)) == oracle.score(truth, prediction, void=void)


def png(mask: Mask) -> bytes:
    return png_files.png(np.where(mask, np.uint8(255), np.uint8(0)), filters=(0, 2))


@pytest.mark.parametrize("threads", [1, 2, 3, 50])
def test_the_number_of_threads_changes_nothing(threads: int) -> None:
    truths = [planes.prepare(Plane.from_array(mask)) for mask in masks(11)]
    predictions = masks(11)[::-1]
    expected = [oracle.score(a, b) for a, b in zip(masks(11), predictions, strict=True)]
    files = [png(mask) for mask in predictions]
    files[4] = b"damaged"
    result = planes.score_pngs(truths, files, threads=threads, keep=True)
    assert result.frames["reason"].tolist() == [Reason.NOT_PNG if i == 4 else 0 for i in range(11)]
    scores = list(zip(result.frames["J"].tolist(), result.frames["F"].tolist(), strict=True))
    assert scores[:4] + scores[5:] == expected[:4] + expected[5:]
    assert result.planes == tuple(
        None if i == 4 else Plane.from_array(mask) for i, mask in enumerate(predictions)
    )
    counts = [rle.encode(mask) for mask in predictions]
    by_counts = planes.score_counts(truths, counts, threads=threads)
    by_planes = planes.score_planes(truths, [Plane.from_array(mask) for mask in predictions], threads=threads)
    assert by_counts.planes is None
    for frames in (by_counts.frames, by_planes.frames):
        assert list(zip(frames["J"].tolist(), frames["F"].tolist(), strict=True)) == expected


def test_no_predictions_are_no_scores() -> None:
    assert planes.score_pngs([], [], threads=4).frames.size == 0


def test_a_prediction_for_each_truth_is_needed() -> None:
    with pytest.raises(ValueError, match="as many"):
        planes.score_pngs([], [b""])


def test_a_png_is_a_mask_and_facts() -> None:
    mask = masks(3)[2]
    plane, facts = planes.read_png(png(mask), *mask.shape)
    assert plane == Plane.from_array(mask)
    assert (facts.largest, facts.distinct, facts.palette) == (
        255 if mask.any() else 0,
        int(mask.any()),
        False,
    )
    assert planes.read_header(png(mask)) == (30, 70, 8, 0, 0)


def test_a_label_map_is_its_values() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (20, 30)).astype(np.uint8)
    image = Image.fromarray(labels)
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    file = io.BytesIO()
    image.save(file, "PNG")
    found, facts = planes.read_labels(file.getvalue(), 20, 30)
    assert np.array_equal(found, labels)
    assert (facts.largest, facts.distinct, facts.palette, facts.dark) == (2, 2, True, False)
    assert Plane.from_label(found, 2) == Plane.from_array(labels == 2)


def test_an_error_survives_the_way_back_from_a_worker() -> None:
    with pytest.raises(KernelError) as caught:
        planes.read_png(b"no image", 3, 3)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.reason, str(again)) == (Reason.NOT_PNG, str(caught.value))
