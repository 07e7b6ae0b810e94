"""Success curves: how many units, or frames, score more than a threshold, for every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from rvosbench.analysis.unit_scores import choose_metric, frame_scores, scores_of
from rvosbench.report.plots.style import Width, blank, legend_above, looks, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened

THRESHOLDS = np.arange(101) / 100


class Of(StrEnum):
    UNITS = "units"
    FRAMES = "frames"


def share_above(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each threshold the share of values that are greater, as P@K has it."""
    ordered = np.sort(values)
    return 1 - np.searchsorted(ordered, THRESHOLDS, side="right") / max(1, len(ordered))


def draw(
    results: Sequence[Opened],
    *,
    metric: str | None = None,
    of: Of = Of.UNITS,
    width: Width = Width.COLUMN,
    title: str | None = None,
) -> Figure:
    """The legend has the area under each curve, which is the mean of the values."""
    chosen = choose_metric(results, metric)
    with styled():
        figure = blank(width, 2.6)
        axes = figure.subplots()
        for one, look in zip(results, looks(len(results)), strict=True):
            values = _values(one, chosen, of)
            axes.plot(
                THRESHOLDS,
                share_above(values),
                color=look.colour,
                linestyle=look.line,
                marker=look.marker,
                markevery=20,
                label=f"{one.name}  {np.mean(values):.3f}",
            )
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=f"threshold of {chosen}", ylabel=f"{of} above it")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        legend_above(figure, axes, width, title)
    return figure


def _values(one: Opened, metric: str, of: Of) -> NDArray[np.float64]:
    if of is Of.FRAMES:
        return np.concatenate([values for _, values in frame_scores(one, metric).items()])
    counting = [value for value in scores_of(one, metric).values() if value is not None]
    return np.array(counting, np.float64)
