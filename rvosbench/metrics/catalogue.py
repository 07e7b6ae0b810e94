"""All metrics: ours by explicit import, those of other packages by entry points in `rvosbench.metrics`."""

from __future__ import annotations

from rvosbench import registry
from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench.metrics import (
    average_precision,
    boundary,
    decay,
    jf,
    no_target,
    precision,
    region,
    span,
    stability,
)
from rvosbench.metrics.base import MetricInfo, UnitMetric

UNIT_METRICS: tuple[UnitMetric, ...] = (
    region.J,
    boundary.F,
    decay.J_RECALL,
    decay.J_DECAY,
    decay.F_RECALL,
    decay.F_DECAY,
    stability.STABILITY_J,
    stability.STABILITY_JF,
    stability.STABILITY_J_PRESENT,
    stability.STABILITY_JF_PRESENT,
    stability.FLICKER,
    no_target.N_ACC,
    no_target.T_ACC,
    span.T_IOU,
    span.V_IOU,
)
"""Ours that are a mean over units. Which of them a protocol reports is the protocol's choice."""

ALL: tuple[MetricInfo, ...] = (
    jf.JF_MEAN,
    *(metric.info for metric in UNIT_METRICS),
    boundary.F_ADAPTIVE,
    no_target.FINAL,
    no_target.JF_TARGETED,
    average_precision.M_AP,
    average_precision.AP_50,
    average_precision.AP_75,
    average_precision.AP_S,
    average_precision.AP_M,
    average_precision.AP_L,
    average_precision.M_AP_BEST,
    precision.O_IOU,
    precision.M_IOU,
    *precision.P_AT_K,
)
"""Everything that ours declare."""


def plugged_in() -> tuple[UnitMetric, ...]:
    """Metrics of other packages, to be reported by every protocol that averages over units."""
    ours = {info.key for info in ALL}
    found: dict[str, UnitMetric] = {}
    for name, point in sorted(registry.registered(registry.METRICS).items()):
        metric = registry.load(point)
        if not isinstance(metric, UnitMetric):
            raise RvosbenchError(
                Problem(
                    Code.PLUGIN_FAILED,
                    path=f"{name} = {point.value}",
                    expected="a rvosbench.metrics.base.UnitMetric",
                    found=type(metric).__name__,
                    fix="report this to the authors of the package",
                )
            )
        if metric.info.key not in ours:  # a name of ours cannot be taken over
            found.setdefault(metric.info.key, metric)
    return tuple(found.values())


def find(key: str) -> MetricInfo:
    """What a metric declares, ours or another package's."""
    every = {info.key: info for info in (*ALL, *(metric.info for metric in plugged_in()))}
    if key not in every:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path=key,
                expected="one of " + ", ".join(every),
                found=key,
                fix="choose one of these, or install the plug-in that brings it",
            )
        )
    return every[key]
