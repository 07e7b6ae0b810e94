"""The figures of one evaluation: first what each unit scores, then what all of them come to.

The two steps are apart because the first is done wherever the masks are, the second once, for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.metrics import precision
from rvosbench.metrics.average_precision import (
    AP_50,
    AP_75,
    AP_L,
    AP_M,
    AP_S,
    M_AP,
    M_AP_BEST,
    ImageDetections,
    average_precision,
)
from rvosbench.metrics.base import Number, Term, UnitMetric, UnitScores, mean_over_units
from rvosbench.metrics.boundary import F
from rvosbench.metrics.jf import JF_MEAN, mean_of_both
from rvosbench.metrics.no_target import FINAL, JF_TARGETED, N_ACC, T_ACC, final_score
from rvosbench.metrics.region import J

UnitValues = Mapping[str, float | None]
"""Key of a metric -> what the unit scores; None where the unit does not count for it."""


def unit_values(unit: UnitScores, metrics: Sequence[UnitMetric]) -> dict[str, float | None]:
    return {metric.info.key: _finite(metric, metric.of_unit(unit)) for metric in metrics}


def unit_figures(units: Sequence[UnitValues]) -> dict[str, float]:
    """Key -> figure. A metric for which no unit counts has none, and neither has what is made from it."""
    targeted = [unit for unit in units if _is_targeted(unit)]
    return combined(_means(units), _means(targeted))


def combined(means: Mapping[str, Number], targeted: Mapping[str, Number]) -> dict[str, Number]:
    """All figures from the means over all units, and over those of sentences with a target where the two are
    told apart. Everything here is linear in the means; `unit_terms` relies on it."""
    figures = dict(means)
    _put_mean_of_both(figures, JF_MEAN.key, means)
    _put_mean_of_both(figures, JF_TARGETED.key, targeted)
    both, n_acc, t_acc = (figures.get(key) for key in (JF_MEAN.key, N_ACC.info.key, T_ACC.info.key))
    if both is not None and n_acc is not None and t_acc is not None:
        figures[FINAL.key] = final_score(both, n_acc, t_acc)
    return figures


def unit_terms(units: Sequence[UnitValues]) -> dict[str, tuple[Term, ...]]:
    """Key -> the same figure, as ratios of sums over units; for whoever draws units again."""
    keys = list(dict.fromkeys(key for unit in units for key in unit))
    values = {key: np.array([unit.get(key) for unit in units], np.float64) for key in keys}
    there = {key: ~np.isnan(column) for key, column in values.items()}
    has_target = np.array([_is_targeted(unit) for unit in units], np.bool_)
    every = [(key, there[key]) for key in keys if there[key].any()]
    targeted = [(key, one & has_target) for key, one in every if (one & has_target).any()]
    # The figures of unit vectors in place of means are the weights of the means.
    basis = np.eye(len(every) + len(targeted))
    weights = combined(
        {key: basis[place] for place, (key, _) in enumerate(every)},
        {key: basis[len(every) + place] for place, (key, _) in enumerate(targeted)},
    )
    ratios = [
        (np.where(counting, values[key], 0.0), counting.astype(np.float64))
        for key, counting in (*every, *targeted)
    ]
    return {
        key: tuple(Term(float(row[place]), *ratios[place]) for place in np.flatnonzero(row))
        for key, row in weights.items()
    }


def _is_targeted(unit: UnitValues) -> bool:
    return unit.get(T_ACC.info.key) is not None


def image_figures(images: Sequence[ImageDetections]) -> dict[str, float]:
    """Of images with one ground truth and at least one detection each: A2D- and JHMDB-Sentences."""
    best = [_only_pair(one) for one in images]
    intersections, unions = np.array([shared for shared, _ in best]), np.array([either for _, either in best])
    ious = precision.single_precision_iou(intersections, unions)
    every, alone = average_precision(images), average_precision([one.best() for one in images])
    figures = {
        M_AP.key: every.mean,
        AP_50.key: every.at_50,
        AP_75.key: every.at_75,
        AP_S.key: every.small,
        AP_M.key: every.medium,
        AP_L.key: every.large,
        M_AP_BEST.key: alone.mean,
        precision.O_IOU.key: precision.overall_iou(intersections, unions),
        precision.M_IOU.key: precision.mean_iou(ious),
    }
    figures |= {precision.precision_key(k): precision.precision_at(k, ious) for k in precision.THRESHOLDS}
    return {key: figure for key, figure in figures.items() if figure is not None}


def image_terms(images: Sequence[ImageDetections]) -> dict[str, tuple[Term, ...]]:
    """As `unit_terms`, of the figures that are ratios of sums: all but mAP."""
    pairs = np.array([_only_pair(one) for one in images], np.int64)
    shared, either = pairs.T
    ious = precision.single_precision_iou(shared, either)
    ones = np.ones(len(images))
    terms = {
        precision.O_IOU.key: Term(1.0, shared.astype(np.float64), either.astype(np.float64)),
        precision.M_IOU.key: Term(1.0, ious, ones),
    }
    for threshold in precision.THRESHOLDS:
        passed = (ious > threshold).astype(np.float64)
        terms[precision.precision_key(threshold)] = Term(1.0, passed, ones)
    return {key: (term,) for key, term in terms.items() if term.denominators.any()}


def _only_pair(image: ImageDetections) -> tuple[int, int]:
    """Intersection and union of the best detection with the one ground truth."""
    if image.overlaps.intersections.shape[1] != 1 or not len(image.scores):
        detections, truths = image.overlaps.intersections.shape
        raise ValueError(f"{image.image}: {detections} detections and {truths} ground truths")
    overlaps = image.best().overlaps
    return int(overlaps.intersections[0, 0]), int(overlaps.unions[0, 0])


def _means(units: Sequence[UnitValues]) -> dict[str, float]:
    keys = dict.fromkeys(key for unit in units for key in unit)
    means = {key: mean_over_units(unit.get(key) for unit in units) for key in keys}
    return {key: mean for key, mean in means.items() if mean is not None}


def _put_mean_of_both(figures: dict[str, Number], key: str, means: Mapping[str, Number]) -> None:
    j, f = means.get(J.info.key), means.get(F.info.key)
    if j is not None and f is not None:
        figures[key] = mean_of_both(j, f)


def _finite(metric: UnitMetric, value: float | None) -> float | None:
    """A metric of a plug-in may do what ours never does."""
    if value is None or math.isfinite(value):
        return value
    raise RvosbenchError(
        Problem(
            Code.PLUGIN_FAILED,
            path=f"metric {metric.info.key}",
            expected="a finite number for each unit, or None where a unit does not count",
            found=str(value),
            fix="report this to the authors of the package that brings the metric",
        )
    )
