"""mAP as COCO defines it, for masks of one class, equal to pycocotools on all twelve figures.

A2D- and JHMDB-Sentences score every query of a model against the one ground truth of an image. Two things
follow from COCO's rules that are easy to overlook: extra queries of low score raise mAP, so their number
belongs beside it; and with tied scores mAP depends on the names of the images, which then decide the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from rvosbench.metrics.base import Direction, MetricInfo
from rvosbench.metrics.mask_overlaps import Overlaps
from rvosbench.metrics.precision import best_detection

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_LEVELS = np.linspace(0.0, 1.0, 101)
MAX_DETECTIONS = (1, 10, 100)
AREAS = {"all": (0, 1e10), "small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, 1e10)}

_REACHED = np.minimum(IOU_THRESHOLDS, 1 - 1e-10)
AT_50, AT_75 = 0, 5  # places in IOU_THRESHOLDS


@dataclass(frozen=True, slots=True, eq=False)
class ImageDetections:
    """All detections of one image, in the order of the submission, beside its ground truths."""

    image: str
    scores: NDArray[np.float64]
    overlaps: Overlaps

    def __post_init__(self) -> None:
        if len(self.scores) != len(self.overlaps.detection_areas):
            masks = len(self.overlaps.detection_areas)
            raise ValueError(f"{self.image}: {len(self.scores)} scores for {masks} masks")

    def best(self) -> ImageDetections:
        """With the detection that P@K and IoU look at alone."""
        if not len(self.scores):
            return self
        chosen = slice(place := best_detection(self.scores), place + 1)
        overlaps = Overlaps(
            self.overlaps.detection_areas[chosen],
            self.overlaps.truth_areas,
            self.overlaps.intersections[chosen],
        )
        return ImageDetections(self.image, self.scores[chosen], overlaps)


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """COCO's twelve figures in its order; None (COCO writes -1) where no ground truth is of that size."""

    mean: float | None  # over the IoU thresholds from 0.50 to 0.95
    at_50: float | None
    at_75: float | None
    small: float | None
    medium: float | None
    large: float | None
    recall_1: float | None  # with one detection per image, as with 10 and 100 below
    recall_10: float | None
    recall_100: float | None
    recall_small: float | None
    recall_medium: float | None
    recall_large: float | None

    def as_coco(self) -> tuple[float, ...]:
        return tuple(-1.0 if figure is None else figure for figure in astuple(self))


def average_precision(images: Iterable[ImageDetections]) -> AveragePrecision:
    """The order in which the images come does not matter; their names do."""
    in_order = sorted(images, key=lambda one: one.image)
    for one, following in pairwise(in_order):
        if one.image == following.image:
            raise ValueError(f"image {one.image} more than once")
    best = [ranked(one) for one in in_order]
    matching = match(best)
    orders = _orders(best)
    few, some, whole = (_curves(matching["all"], order) for order in orders)
    small, medium, large = (_curves(matching[name], orders[-1]) for name in ("small", "medium", "large"))
    return AveragePrecision(
        whole.precision_mean(),
        whole.precision_mean(AT_50),
        whole.precision_mean(AT_75),
        small.precision_mean(),
        medium.precision_mean(),
        large.precision_mean(),
        few.recall_mean(),
        some.recall_mean(),
        whole.recall_mean(),
        small.recall_mean(),
        medium.recall_mean(),
        large.recall_mean(),
    )


class _Ranked(NamedTuple):
    """An image whose detections stand in the order of their scores, the best hundred of them."""

    scores: NDArray[np.float64]
    areas: NDArray[np.int64]
    truth_areas: NDArray[np.int64]
    ious: NDArray[np.float64]  # [detections, ground truths]


class _Matching(NamedTuple):
    """At each IoU threshold, which detections are right and which do not count; all images in a row."""

    matched: NDArray[np.bool_]  # [thresholds, detections]
    ignored: NDArray[np.bool_]
    truths: int  # that are to be found


class _Curves(NamedTuple):
    """Precision at each recall level, and recall at the end; None where there is nothing to be found."""

    precision: NDArray[np.float64] | None  # [thresholds, levels]
    recall: NDArray[np.float64] | None  # [thresholds]

    def precision_mean(self, threshold: int | None = None) -> float | None:
        if self.precision is None:
            return None
        return float(np.mean(self.precision.ravel() if threshold is None else self.precision[threshold]))

    def recall_mean(self) -> float | None:
        return None if self.recall is None else float(np.mean(self.recall))


def ranked(image: ImageDetections) -> _Ranked:
    order = np.argsort(-image.scores, kind="stable")[: MAX_DETECTIONS[-1]]
    overlaps = image.overlaps
    return _Ranked(
        image.scores[order], overlaps.detection_areas[order], overlaps.truth_areas, overlaps.ious[order]
    )


def match(images: Sequence[_Ranked]) -> dict[str, _Matching]:
    """For each range of areas."""
    if images and all(len(one.truth_areas) == 1 for one in images):
        return _match_single(images)
    return {name: _match_many(images, *limits) for name, limits in AREAS.items()}


def _match_single(images: Sequence[_Ranked]) -> dict[str, _Matching]:
    """With one ground truth per image, the first detection that reaches a threshold takes it."""
    ious = _joined([one.ious[:, 0] for one in images])
    best_before = _joined([_best_before(one.ious[:, 0]) for one in images])
    matched = (ious >= _REACHED[:, None]) & (best_before < _REACHED[:, None])
    areas = _joined([one.areas for one in images])
    truth_areas = _joined([one.truth_areas for one in images])
    detections = [len(one.scores) for one in images]
    found = {}
    for name, limits in AREAS.items():
        truth_ignored = outside(truth_areas, *limits)
        ignored = np.where(matched, np.repeat(truth_ignored, detections), outside(areas, *limits))
        found[name] = _Matching(matched, ignored, int(np.count_nonzero(~truth_ignored)))
    return found


def _best_before(ious: NDArray[np.float64]) -> NDArray[np.float64]:
    """The highest of the values before each one."""
    return np.maximum.accumulate(np.concatenate(([-1.0], ious)))[:-1]


def _match_many(images: Sequence[_Ranked], least: float, most: float) -> _Matching:
    """In general, detections choose in the order of their scores among the ground truths that are left: the
    highest IoU, the later of equal ones, and one out of the range of areas only if no other is reached."""
    matched, ignored = [np.zeros((len(_REACHED), 0), np.bool_)], [np.zeros((len(_REACHED), 0), np.bool_)]
    truths = 0
    for image in images:
        truth_ignored = outside(image.truth_areas, least, most)
        truths += int(np.count_nonzero(~truth_ignored))
        chosen = _chosen_truths(image.ious, truth_ignored)
        hit = chosen >= 0
        matched.append(hit)
        of_ignored = np.append(truth_ignored, False)[chosen]
        ignored.append(np.where(hit, of_ignored, outside(image.areas, least, most)))
    return _Matching(np.concatenate(matched, axis=1), np.concatenate(ignored, axis=1), truths)


def _chosen_truths(ious: NDArray[np.float64], truth_ignored: NDArray[np.bool_]) -> NDArray[np.intp]:
    """[thresholds, detections]: the place of the ground truth that a detection takes, -1 for none."""
    detections, truths = ious.shape
    chosen = np.full((len(_REACHED), detections), -1, np.intp)
    if not truths:
        return chosen
    left = np.ones((len(_REACHED), truths), np.bool_)
    thresholds = np.arange(len(_REACHED))
    for place, row in enumerate(ious):
        reached = left & (row >= _REACHED[:, None])
        counting = reached & ~truth_ignored
        allowed = np.where(counting.any(axis=1, keepdims=True), counting, reached)
        fit = np.where(allowed, row, -1.0)
        best = truths - 1 - np.argmax(fit[:, ::-1], axis=1)
        hit = allowed.any(axis=1)
        chosen[hit, place] = best[hit]
        left[thresholds[hit], best[hit]] = False
    return chosen


def ranking(images: Sequence[_Ranked]) -> NDArray[np.intp]:
    """All detections from the highest score to the lowest. Equal scores keep the order of the images, and
    within an image that of the submission."""
    return np.argsort(-_joined([one.scores for one in images]), kind="stable")


def _orders(images: Sequence[_Ranked]) -> list[NDArray[np.intp]]:
    """The same for each number of detections that an image may have."""
    if not images:
        return [np.zeros(0, np.intp)] * len(MAX_DETECTIONS)
    place = _joined([np.arange(len(one.scores)) for one in images])
    order = ranking(images)
    return [order[place[order] < most] for most in MAX_DETECTIONS]


def _curves(matching: _Matching, order: NDArray[np.intp]) -> _Curves:
    """What COCO reads off: precision, made to fall, at fixed levels of recall."""
    if not matching.truths:
        return _Curves(None, None)
    precision = np.zeros((len(_REACHED), len(RECALL_LEVELS)))
    recall = np.zeros(len(_REACHED))
    for place in range(len(_REACHED)):
        matched, ignored = matching.matched[place][order], matching.ignored[place][order]
        right = np.flatnonzero(matched & ~ignored)
        if right.size:
            counting = right + 1 - np.searchsorted(np.flatnonzero(ignored), right)
            found = np.arange(1.0, right.size + 1)
            precision[place], recall[place] = curve(found, counting, matching.truths)
    return _Curves(precision, recall)


def curve(
    found: NDArray[np.float64], counting: NDArray[np.integer[Any]], truths: int
) -> tuple[NDArray[np.float64], float]:
    """From how many detections are right and how many count, up to each right one: precision at the levels of
    recall, and recall at the end. They rise nowhere else."""
    wrong = counting - found
    recall = found / truths
    precision = found / (wrong + found + np.spacing(1))
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALL_LEVELS, side="left")
    return np.append(falling, 0.0)[at], float(recall[-1])


def outside(areas: NDArray[np.int64], least: float, most: float) -> NDArray[np.bool_]:
    return (areas < least) | (areas > most)


def _joined(parts: Sequence[NDArray[T]]) -> NDArray[T]:
    """Of all images, in a row."""
    return np.concatenate(parts)


def _info(key: str, name: str, more: str = "") -> MetricInfo:
    return MetricInfo(
        key=key,
        name=f"average precision {name}",
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty="an empty mask overlaps nothing, not even another empty one" + more,
        citation="Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014; as in pycocotools",
    )


_SIZED = "; left out of the result where no ground truth is of that size"
M_AP = _info("mAP", "over ten IoU thresholds from 0.50 to 0.95, all queries")
AP_50 = _info("AP50", "at an IoU of 0.50, all queries")
AP_75 = _info("AP75", "at an IoU of 0.75, all queries")
AP_S = _info("AP_S", "as mAP, targets of up to 32x32 pixels", _SIZED)
AP_M = _info("AP_M", "as mAP, targets between AP_S and AP_L", _SIZED)
AP_L = _info("AP_L", "as mAP, targets of 96x96 pixels and more", _SIZED)
M_AP_BEST = _info("mAP_best", "as mAP, but of each image only the query with the highest score")
