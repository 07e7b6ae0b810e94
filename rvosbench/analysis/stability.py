"""How steady methods are over time: the measures of each unit as distributions, since a mean of variances
hides whether all videos flicker a little or a few fall apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.analysis.opened import check_same_data
from rvosbench.analysis.paired import interval_of
from rvosbench.analysis.unit_scores import refuse_samples
from rvosbench.metrics.base import mean_over_units
from rvosbench.metrics.stability import (
    FLICKER,
    STABILITY_J,
    STABILITY_J_PRESENT,
    STABILITY_JF,
    STABILITY_JF_PRESENT,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened
    from rvosbench.metrics.base import MetricInfo
    from rvosbench.statistics.intervals import Interval

MEASURES = tuple(
    metric.info for metric in (STABILITY_J, STABILITY_JF, STABILITY_J_PRESENT, STABILITY_JF_PRESENT, FLICKER)
)
TITLES = {
    "stability_J": "variance of J",
    "stability_J&F": "variance of J&F",
    "stability_J_present": "variance of J, target in sight",
    "stability_J&F_present": "variance of J&F, target in sight",
    "flicker": "flicker",
}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """One measure of one method; `values` are those of the units that count, in the order of the plan."""

    name: str
    measure: MetricInfo
    values: NDArray[np.float64]
    videos: tuple[str, ...]
    left_out: int
    interval: Interval | None

    @property
    def mean(self) -> float | None:
        return mean_over_units(self.values.tolist())

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Those of `QUANTILES`; () where no unit counts."""
        return tuple(np.quantile(self.values, QUANTILES).tolist()) if len(self.values) else ()

    def as_json(self) -> dict[str, Any]:
        return {
            "method": self.name,
            "measure": self.measure.key,
            "units": len(self.values),
            "videos": len(set(self.videos)),
            "left_out": self.left_out,
            "mean": self.mean,
            "interval": self.interval.as_json() if self.interval else None,
            "quantiles": {str(share): value for share, value in zip(QUANTILES, self.quantiles, strict=False)},
        }


def stability_of(results: Sequence[Opened]) -> tuple[Distribution, ...]:
    """Measure by measure, in each of them method by method."""
    check_same_data(results)
    refuse_samples(results, "stability")
    return tuple(_distribution(one, measure) for measure in MEASURES for one in results)


def _distribution(opened: Opened, measure: MetricInfo) -> Distribution:
    found = [(unit.video, unit.values.get(measure.key)) for unit in opened.units]
    counting = [(video, value) for video, value in found if value is not None]
    videos = tuple(video for video, _ in counting)
    values = np.array([value for _, value in counting], np.float64)
    uncut = interval_of(values.tolist(), videos)
    interval = uncut.within(*measure.range) if uncut else None
    return Distribution(opened.name, measure, values, videos, len(found) - len(counting), interval)
