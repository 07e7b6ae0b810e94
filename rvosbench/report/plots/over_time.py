"""J over time: where in a video a method is good, from its first frame to its last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from rvosbench.analysis.paired import interval_of
from rvosbench.analysis.unit_scores import choose_metric, frame_scores, refuse_samples
from rvosbench.metrics.region import J
from rvosbench.report.plots.style import Width, blank, legend_above, looks, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened

PARTS = 20  # of a video, whatever its length
CENTRES = (np.arange(PARTS) + 0.5) / PARTS
RESAMPLES = 2_000  # for each part; a band is looked at, not quoted


def by_part(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of a unit's frames in each part of the video. A frame on the border of two parts counts in
    both for as much as lies in them, so the mean of all parts is the score of the unit."""
    ends = np.arange(len(values) + 1) / len(values)
    sums = np.concatenate(([0.0], np.cumsum(values))) / len(values)
    found: NDArray[np.float64] = np.diff(np.interp(np.arange(PARTS + 1) / PARTS, ends, sums)) * PARTS
    return found


def draw(
    results: Sequence[Opened],
    *,
    metric: str | None = None,
    width: Width = Width.COLUMN,
    title: str | None = None,
) -> Figure:
    """The mean over units, with its 95 % interval as a band."""
    refuse_samples(results, "a score over time")
    chosen = choose_metric(results, metric or J.info.key)
    with styled():
        figure = blank(width, 2.6)
        axes = figure.subplots()
        for one, look in zip(results, looks(len(results)), strict=True):
            scores = frame_scores(one, chosen)
            values = np.array([by_part(of_unit) for of_unit in scores.values()])
            videos = [video for video, _ in scores]
            axes.plot(
                CENTRES,
                values.mean(axis=0),
                color=look.colour,
                linestyle=look.line,
                marker=look.marker,
                markevery=3,
                label=one.name,
            )
            low, high = _band(values, videos)
            axes.fill_between(CENTRES, low, high, color=look.colour, alpha=0.18, linewidth=0)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="time, from first to last frame", ylabel=chosen)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        legend_above(figure, axes, width, title)
    return figure


def _band(
    values: NDArray[np.float64], videos: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Within 0 and 1. Without any width where there is no interval: where all units are equal, or come from
    one video."""
    ends = []
    for column in values.T:
        found = interval_of(column, videos, resamples=RESAMPLES)
        ends.append((found.low, found.high) if found else (column.mean(), column.mean()))
    low, high = np.clip(np.array(ends).T, 0, 1)
    return low, high
