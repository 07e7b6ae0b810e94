"""Score against cost: parameters, frames per second, memory; with the methods that no other one beats in
both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from rvosbench.report.plots.letters import wrapped
from rvosbench.report.plots.naming import name_points
from rvosbench.report.plots.style import GREY, Width, blank, looks, room, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rvosbench.report.plots.style import Look

WIDE = 10.0  # a range of costs that is drawn on a logarithmic axis
LEFT = 60.0  # points: twice what is left of the axes, since labels are in the middle of these


@dataclass(frozen=True, slots=True)
class Point:
    """`measured` is False of a score that was copied from a paper. `interval` is low and high."""

    name: str
    cost: float
    score: float
    interval: tuple[float, float] | None = None
    measured: bool = True


def front(points: Sequence[Point], *, more_is_better: bool) -> list[Point]:
    """The points that no other one beats or equals in both, by cost."""
    sign = -1 if more_is_better else 1
    found: list[Point] = []
    for point in sorted(points, key=lambda point: (sign * point.cost, -point.score)):
        if not found or point.score > found[-1].score:
            found.append(point)
    return sorted(found, key=lambda point: point.cost)


def draw(
    points: Sequence[Point],
    *,
    metric: str,
    cost: str,
    more_is_better: bool = False,
    width: Width = Width.COLUMN,
    title: str | None = None,
) -> Figure:
    """A filled marker is a score of this toolkit, with its 95 % interval, a hollow one is a published one."""
    with styled():
        figure = blank(width, 2.5, title)
        axes = figure.subplots()
        costs = [point.cost for point in points]
        if min(costs) > 0 and max(costs) / min(costs) >= WIDE:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        best = front(points, more_is_better=more_is_better)
        axes.plot(
            [point.cost for point in best],
            [point.score for point in best],
            color=GREY,
            linestyle=(0, (4, 2)),
            linewidth=0.9,
            zorder=1,
            label="front",
        )
        for point, look in zip(points, looks(len(points)), strict=True):
            _point(axes, point, look)
        axes.margins(0.16, 0.16)
        label = f"{cost} ({'more' if more_is_better else 'less'} is better)"
        axes.set(xlabel=wrapped(label, room(width) - LEFT, 8), ylabel=f"{metric}, %")
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        figure.draw_without_rendering()  # the axes get their limits, on which the places of names depend
        names, scores = [point.name for point in points], [point.score for point in points]
        name_points(figure, axes, names, costs, scores, [(point.cost, point.score) for point in best])
    return figure


def _point(axes: Axes, point: Point, look: Look) -> None:
    low, high = point.interval or (point.score, point.score)
    reach = [[point.score - low], [high - point.score]] if point.interval else None
    axes.errorbar(
        [point.cost],
        [point.score],
        reach,
        marker=look.marker,
        markersize=6,
        color=look.colour,
        markerfacecolor=look.colour if point.measured else "white",
        markeredgecolor=look.colour if not point.measured else "black",
        markeredgewidth=1.2 if not point.measured else 0.5,
        elinewidth=0.8,
        capsize=2,
        zorder=2,
        label=point.name,
    )
