"""Intersections of masks on runs, against pixels and against pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from rvosbench.masks import rle
from rvosbench.metrics import mask_overlaps
from rvosbench.metrics.mask_overlaps import overlaps

Pixels = NDArray[np.bool_]


def masks_of(shape: tuple[int, ...]) -> st.SearchStrategy[list[Pixels]]:
    return st.lists(hnp.arrays(np.bool_, shape), max_size=4)


truths_and_detections = hnp.array_shapes(min_dims=2, max_dims=2, max_side=16).flatmap(
    lambda shape: st.tuples(st.just(shape), masks_of(shape), masks_of(shape))
)


@given(truths_and_detections)
def test_counts_are_those_of_the_pixels(
    case: tuple[tuple[int, int], list[Pixels], list[Pixels]],
) -> None:
    size, truths, detections = case
    found = overlaps([rle.encode(one) for one in truths], [rle.encode(one) for one in detections], *size)
    assert found.truth_areas.tolist() == [one.sum() for one in truths]
    assert found.detection_areas.tolist() == [one.sum() for one in detections]
    assert found.intersections.tolist() == [[(d & t).sum() for t in truths] for d in detections]
    assert found.unions.tolist() == [[(d | t).sum() for t in truths] for d in detections]


def test_detections_that_are_too_many_at_once_are_taken_apart_in_portions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noise = np.random.default_rng(4)
    masks = noise.random((12, 20, 30)) < 0.4
    truths, detections = [rle.encode(one) for one in masks[:2]], [rle.encode(one) for one in masks[2:]]
    whole = overlaps(truths, detections, 20, 30)
    for most in (1, 2 * len(detections[0]), 5 * len(detections[0])):
        monkeypatch.setattr(mask_overlaps, "_AT_ONCE", most)
        found = overlaps(truths, detections, 20, 30)
        assert found.detection_areas.tolist() == whole.detection_areas.tolist()
        assert found.truth_areas.tolist() == whole.truth_areas.tolist()
        assert found.intersections.tolist() == whole.intersections.tolist()


@given(truths_and_detections)
def test_ious_are_those_of_pycocotools(case: tuple[tuple[int, int], list[Pixels], list[Pixels]]) -> None:
    size, truths, detections = case
    if not truths or not detections:
        return
    coco_truths, coco_detections = (
        [coco_mask.encode(np.asfortranarray(one.astype(np.uint8))) for one in these]
        for these in (truths, detections)
    )
    found = overlaps(
        [one["counts"] for one in coco_truths], [one["counts"] for one in coco_detections], *size
    )
    expected = coco_mask.iou(coco_detections, coco_truths, [0] * len(truths))
    assert found.ious.tolist() == expected.tolist()


def test_a_mask_of_another_size_is_refused() -> None:
    small, large = rle.encode(np.ones((4, 4), np.bool_)), rle.encode(np.ones((4, 5), np.bool_))
    with pytest.raises(rle.RleError, match="runs of 20 pixels"):
        overlaps([small], [small, large], 4, 4)
