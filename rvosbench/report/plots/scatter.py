"""One method against another, video by video: whether a difference comes from everywhere or from a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from rvosbench.analysis.opened import Key
from rvosbench.analysis.paired import TIE, compare
from rvosbench.analysis.unit_scores import choose_metric, scores_of
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.metrics.base import mean_over_units
from rvosbench.report.plots.letters import cut, wrapped
from rvosbench.report.plots.style import BLUE, GREY, RED, Width, blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rvosbench.analysis.opened import Opened

Pairs = dict[Key, tuple[float, float]]
NOTE, AXIS = 7.0, 8.0  # points
TITLED = 0.25  # inches more below a title
SHARE = 0.65  # of a line, for a name
HEIGHT = {Width.COLUMN: 3.1, Width.PAGE: 4.0}  # inches, without the note
ROOM = {Width.COLUMN: 190.0, Width.PAGE: 420.0}  # points for a line of the note, which is above the axes


def draw(
    results: Sequence[Opened],
    *,
    metric: str | None = None,
    width: Width = Width.COLUMN,
    title: str | None = None,
) -> Figure:
    """A point is the mean over the units of a video. Above the diagonal the second method is better."""
    first, second = _two(results)
    chosen = choose_metric(results, metric)
    points = by_video(_pairs(first, second, chosen))
    with styled():
        above = "\n".join(
            wrapped(line, ROOM[width], NOTE) for line in note(results, chosen, points, ROOM[width])
        )
        lines = above.count("\n") + 1
        figure = blank(width, HEIGHT[width] + 0.15 * lines + (TITLED if title else 0), title)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1, label="equal")
        sides = (
            (f"{second.name} better", "^", BLUE, [(x, y) for x, y in points.values() if y > x]),
            (f"{first.name} better", "v", RED, [(x, y) for x, y in points.values() if y < x]),
            ("equal", "o", "white", [(x, y) for x, y in points.values() if y == x]),
        )
        for name, marker, colour, side in sides:
            if side:
                x, y = np.array(side).T
                axes.scatter(
                    x,
                    y,
                    s=18,
                    c=colour,
                    marker=marker,
                    edgecolors="black",
                    linewidths=0.4,
                    alpha=0.85,
                    label=name,
                )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", anchor="N")
        names = [cut(one.name, 72 * (HEIGHT[width] - 1.5), AXIS) for one in (first, second)]
        axes.set(xlabel=f"{chosen} of {names[0]}, %", ylabel=f"{chosen} of {names[1]}, %")
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        axes.set_title(above, fontsize=NOTE)
    return figure


def by_video(pairs: Pairs) -> dict[str, tuple[float, float]]:
    """The mean of each method over the units of each video."""
    grouped: dict[str, list[tuple[float, float]]] = {}
    for (video, _), pair in pairs.items():
        grouped.setdefault(video, []).append(pair)
    return {
        video: (mean_over_units(a for a, _ in own) or 0.0, mean_over_units(b for _, b in own) or 0.0)
        for video, own in grouped.items()
    }


def note(
    results: Sequence[Opened], metric: str, points: Mapping[str, tuple[float, float]], room: float
) -> tuple[str, ...]:
    """Lines: whose difference it is; how large, with its interval, p and verdict; who is better in how many
    videos. A line has `room` points, names a share of these."""
    gap = compare(results, metric=metric).whole.differences[metric][0]
    names = {one.name: cut(one.name, SHARE * room, NOTE) for one in results}
    who = f"{names[gap.one]} \N{MINUS SIGN} {names[gap.other]}:"
    text = _points(gap.value)
    if gap.interval is not None:
        text += f" [{_points(gap.interval.low)}, {_points(gap.interval.high)}]"
    p = "p < 0.001" if gap.p < 0.001 else f"p = {gap.p:.3f}"
    better = sum(b > a for a, b in points.values())
    verdict = "a tie" if gap.verdict == TIE else gap.verdict
    if not gap.decidable:
        verdict = "too few videos to tell"
    return (
        who,
        f"{text}, {p}: {verdict}",
        f"{names[results[1].name]} is better in {better} of {len(points)} videos",
    )


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}")


def _pairs(first: Opened, second: Opened, metric: str) -> Pairs:
    one, other = scores_of(first, metric), scores_of(second, metric)
    return {
        key: (value, against)
        for key, value in one.items()
        if value is not None and (against := other[key]) is not None
    }


def _two(results: Sequence[Opened]) -> tuple[Opened, Opened]:
    if len(results) != 2:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "RESULT...",
                expected="two results, one for each axis",
                found=str(len(results)),
                fix="give two",
            )
        )
    return results[0], results[1]
