"""Stability as distributions: SOC's Fig. 4 for any number of methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.stability import MEASURES, TITLES, stability_of
from rvosbench.report.plots.style import Look, Width, blank, looks, shortened, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened
    from rvosbench.analysis.stability import Distribution

SPREAD = 0.28  # of the points of one method, to either side
HEIGHT = {Width.COLUMN: 1.75, Width.PAGE: 2.2}  # of a row of panels, in inches
NAME = 14  # characters of a method's name


def draw(results: Sequence[Opened], *, width: Width = Width.PAGE, title: str | None = None) -> Figure:
    """A box from the 25th to the 75th percentile with the median, whiskers to the 5th and 95th, a white
    diamond for the mean, and a point for each unit."""
    found = stability_of(results)
    styles = looks(len(results))
    columns = len(MEASURES) if width is Width.PAGE else 2
    rows = -(-len(MEASURES) // columns)
    with styled():
        figure = blank(width, 0.4 + HEIGHT[width] * rows, title)
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for measure, axes in zip(MEASURES, panels, strict=False):
            own = [one for one in found if one.measure is measure]
            for place, (one, look) in enumerate(zip(own, styles, strict=True)):
                _box(axes, place, one, look)
            names = shortened([one.name for one in own], NAME)
            axes.set_xticks(range(len(own)), names, rotation=40, ha="right", rotation_mode="anchor")
            axes.set_xlim(-0.6, len(own) - 0.4)
            axes.set_ylim(bottom=0)
            axes.grid(axis="x", visible=False)
            axes.set_title(TITLES[measure.key].replace(", ", ",\n"))
        for axes in panels[len(MEASURES) :]:
            axes.set_axis_off()
        panels[0].set_ylabel("less is steadier")
    return figure


def _box(axes: Axes, place: int, one: Distribution, look: Look) -> None:
    if not len(one.values):
        return
    low, left, middle, right, high = one.quantiles
    axes.plot(
        place + SPREAD * _spread(len(one.values)),
        one.values,
        linestyle="none",
        marker=look.marker,
        markersize=2.2,
        markeredgewidth=0,
        color=look.colour,
        alpha=0.5,
        label="units",
    )
    box = {"med": middle, "q1": left, "q3": right, "whislo": low, "whishi": high, "mean": one.mean}
    axes.bxp(
        [box],
        positions=[place],
        widths=0.55,
        showfliers=False,
        showmeans=True,
        boxprops={"linewidth": 0.8},
        whiskerprops={"linewidth": 0.8},
        capprops={"linewidth": 0.8},
        medianprops={"color": "black", "linewidth": 1.4},
        meanprops={
            "marker": "D",
            "markersize": 3.5,
            "markerfacecolor": "white",
            "markeredgecolor": "black",
            "markeredgewidth": 0.7,
        },
        manage_ticks=False,
    )


def _spread(count: int) -> NDArray[np.float64]:
    """Places from -1 to 1 that fill the room evenly, always the same: multiples of the golden ratio."""
    steps = np.arange(count, dtype=np.float64) * 0.6180339887498949
    found: NDArray[np.float64] = 2 * (steps - np.floor(steps)) - 1
    return found
