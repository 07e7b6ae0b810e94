"""mAP, against pycocotools on all twelve figures, by `==`."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rvosbench.masks import rle
from rvosbench.metrics.average_precision import AveragePrecision, ImageDetections, average_precision
from rvosbench.metrics.mask_overlaps import Overlaps, overlaps

Pixels = NDArray[np.bool_]


@dataclass(frozen=True)
class Image:
    """Masks of one size; detections are scores and masks in the order of the submission."""

    name: str
    truths: Sequence[Pixels]
    detections: Sequence[tuple[float, Pixels]]
    size: tuple[int, int]


def by_rvosbench(images: Sequence[Image]) -> AveragePrecision:
    return average_precision(
        ImageDetections(
            image.name,
            np.array([score for score, _ in image.detections], np.float64),
            overlaps(
                [rle.encode(one) for one in image.truths],
                [rle.encode(one) for _, one in image.detections],
                *image.size,
            ),
        )
        for image in images
    )


def by_pycocotools(images: Sequence[Image]) -> tuple[float, ...]:
    def encoded(mask: Pixels) -> dict[str, object]:
        found: dict[str, object] = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        return found

    truth = COCO()
    truths = [(image, one) for image in images for one in image.truths]
    truth.dataset = {
        "images": [{"id": image.name, "height": image.size[0], "width": image.size[1]} for image in images],
        "categories": [{"id": 1, "name": "any"}],
        "annotations": [
            {
                "id": number,
                "image_id": image.name,
                "category_id": 1,
                "segmentation": encoded(one),
                "area": float(one.sum()),
                "iscrowd": 0,
            }
            for number, (image, one) in enumerate(truths, start=1)
        ],
    }
    results = [
        {"image_id": image.name, "category_id": 1, "segmentation": encoded(one), "score": score}
        for image in images
        for score, one in image.detections
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "segm")
        evaluation.params.useCats = 0
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return tuple(evaluation.stats.tolist())


def box(size: tuple[int, int], top: int, left: int, height: int, width: int) -> Pixels:
    mask = np.zeros(size, np.bool_)
    mask[top : top + height, left : left + width] = True
    return mask


SIZE = (110, 120)  # room for small, medium and large targets
boxes = st.builds(
    lambda top, left, side: box(SIZE, top, left, side, side),
    st.integers(0, 40),
    st.integers(0, 40),
    st.sampled_from((0, 8, 31, 32, 33, 60, 95, 96, 97, 110)),
)
near_boxes = st.builds(lambda top, left: box(SIZE, top, left, 60, 60), st.integers(0, 20), st.integers(0, 20))
masks = st.one_of(boxes, near_boxes)
tied_scores = st.integers(0, 4).map(lambda tenths: tenths / 10)
scores = st.one_of(tied_scores, st.floats(0, 1))
names = st.sampled_from([f"v_{video}_f_{frame}" for video in ("a", "B", "ab") for frame in (1, 2, 10, 25)])


def images(truths: st.SearchStrategy[list[Pixels]], at_least: int) -> st.SearchStrategy[list[Image]]:
    one = st.builds(
        Image, names, truths, st.lists(st.tuples(scores, masks), min_size=at_least, max_size=6), st.just(SIZE)
    )
    listed = st.lists(one, min_size=1, max_size=6, unique_by=lambda image: image.name)
    # pycocotools cannot read an empty list of results
    return listed.filter(lambda chosen: any(image.detections for image in chosen))


@settings(max_examples=60)
@given(images(st.lists(masks, min_size=1, max_size=1), at_least=0))
def test_with_one_target_per_image_it_equals_pycocotools(chosen: list[Image]) -> None:
    assert by_rvosbench(chosen).as_coco() == by_pycocotools(chosen)


@settings(max_examples=60)
@given(images(st.lists(masks, max_size=4), at_least=0))
def test_with_any_number_of_targets_per_image_it_equals_pycocotools(chosen: list[Image]) -> None:
    assert by_rvosbench(chosen).as_coco() == by_pycocotools(chosen)


def crowd_of_queries(seed: int) -> list[Image]:
    """Thirty images of up to 130 queries, with scores of two digits."""
    generator = np.random.default_rng(seed)
    size, found = (64, 64), []
    for number in range(30):
        top, left, side = (int(value) for value in generator.integers(6, 26, 3))
        queries = []
        for _ in range(generator.integers(90, 130)):
            down, right, taller = (int(value) for value in generator.integers(-5, 6, 3))
            mask = box(size, top + down, left + right, side + taller, side)
            queries.append((int(generator.integers(0, 100)) / 100, mask))
        found.append(Image(f"v_{number}_f_1", [box(size, top, left, side, side)], queries, size))
    return found


def test_of_more_than_a_hundred_queries_the_best_hundred_count() -> None:
    chosen = crowd_of_queries(seed=5)
    assert by_rvosbench(chosen).as_coco() == by_pycocotools(chosen)


def test_the_order_in_which_images_come_changes_nothing() -> None:
    chosen = crowd_of_queries(seed=6)[:8]
    assert by_rvosbench(chosen) == by_rvosbench(chosen[::-1])


def inside(name: str, *detections: tuple[float, float]) -> ImageDetections:
    """One target of 100 pixels, and detections (score, IoU) that lie within it."""
    areas = np.array([round(100 * iou) for _, iou in detections], np.int64)
    found = Overlaps(areas, np.array([100]), areas[:, None])
    return ImageDetections(name, np.array([score for score, _ in detections]), found)


def test_three_images_with_one_detection_each() -> None:
    found = average_precision([inside("a", (0.9, 0.8)), inside("b", (0.8, 0.4)), inside("c", (0.7, 0.62))])
    assert found.mean == pytest.approx(0.30099, abs=5e-6)


def test_extra_queries_of_low_score_raise_it() -> None:
    found = average_precision(
        [
            inside("a", (0.9, 0.8), (0.1, 0.2)),
            inside("b", (0.8, 0.4), (0.3, 0.9)),
            inside("c", (0.7, 0.62), (0.05, 0.7)),
        ]
    )
    assert found.mean == pytest.approx(0.500743, abs=5e-7)


def test_with_tied_scores_it_depends_on_the_names_of_the_images() -> None:
    tied = [inside("a", (1.0, 0.8)), inside("b", (1.0, 0.4)), inside("c", (1.0, 0.62))]
    renamed = [inside("z", (1.0, 0.8)), *tied[1:]]
    assert average_precision(tied).mean == pytest.approx(0.30099, abs=5e-6)
    assert average_precision(renamed).mean == pytest.approx(0.177558, abs=5e-7)


def test_names_are_ordered_as_text_so_frame_10_comes_before_frame_2() -> None:
    first_wrong = [inside("v_f_10", (1.0, 0.1)), inside("v_f_2", (1.0, 1.0))]
    assert average_precision(first_wrong).at_50 == pytest.approx(0.5 * 51 / 101)


def test_the_best_query_alone_is_the_last_of_those_with_the_highest_score() -> None:
    image = inside("a", (0.9, 0.1), (0.9, 0.8), (0.3, 1.0))
    assert image.best().overlaps.intersections.tolist() == [[80]]
    assert average_precision([image.best()]).recall_100 == pytest.approx(0.7)


def test_a_target_without_any_detection_is_not_found() -> None:
    assert average_precision([inside("a", (0.9, 1.0)), inside("b")]).at_50 == pytest.approx(51 / 101)
    assert average_precision([inside("b")]).mean == 0.0


def test_where_no_target_is_of_a_size_there_is_no_figure() -> None:
    found = average_precision([inside("a", (0.9, 1.0))])
    assert found.small == pytest.approx(1.0)
    assert found.large is None
    assert found.as_coco()[5] == -1.0
    assert average_precision([]).mean is None


def test_an_image_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="more than once"):
        average_precision([inside("a", (0.9, 1.0)), inside("a", (0.9, 1.0))])


def test_scores_and_masks_that_do_not_pair_up_are_refused() -> None:
    with pytest.raises(ValueError, match="2 scores for 1 masks"):
        ImageDetections("a", np.array([0.1, 0.2]), inside("a", (0.9, 1.0)).overlaps)


def test_taking_a_wrong_detection_away_raises_it() -> None:
    """Which is why no prediction may be missing where it is reported."""
    right, wrong = inside("a", (0.5, 1.0)), inside("b", (0.9, 0.0))
    with_it, without = average_precision([right, wrong]).mean, average_precision([right, inside("b")]).mean
    assert with_it is not None
    assert without is not None
    assert with_it < without
