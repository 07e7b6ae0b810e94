"""Scores by attribute, as bars with intervals and supports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from rvosbench.analysis.attributes import BY_ID
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.report.plots.style import Look, Width, blank, legend_above, looks, shortened, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rvosbench.analysis.attribute_scores import AttributeScores, Bucket, ByAttribute

BARS = 0.82  # of the room between two buckets
NAMES = {Width.COLUMN: 46, Width.PAGE: 30}  # characters for which there is room below a panel
FEWEST = 3  # buckets that a panel has room for, so that a single one is no wall


def draw(
    found: ByAttribute,
    *,
    only: Sequence[str] = (),
    width: Width = Width.PAGE,
    title: str | None = None,
) -> Figure:
    """A panel for each attribute, or for those of `only`. Below each bucket is the number of its units and
    of their videos; error bars are 95 % intervals."""
    chosen = _chosen(found, only)
    columns = min(len(chosen), 3 if width is Width.PAGE else 1)
    rows = -(-len(chosen) // columns)
    styles = looks(len(found.names))
    with styled():
        figure = blank(width, 0.4 + 1.75 * rows)
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for scores, axes in zip(chosen, panels, strict=False):
            for place, (name, look) in enumerate(zip(found.names, styles, strict=True)):
                _bars(axes, scores.buckets, place, name, look, len(found.names))
            labels = [_label(bucket, NAMES[width] // len(scores.buckets)) for bucket in scores.buckets]
            axes.set_xticks(range(len(labels)), labels, fontsize=6.5)
            room = max(0, FEWEST - len(labels)) / 2
            axes.set_xlim(-0.6 - room, len(labels) - 0.4 + room)
            axes.set_ylim(0, 1.02)
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
            axes.grid(axis="x", visible=False)
            axes.set_title(scores.attribute.title)
        for axes in panels[len(chosen) :]:
            axes.set_axis_off()
        for axes in panels[: len(chosen) : columns]:
            axes.set_ylabel(f"{found.metric}, %")
        legend_above(figure, panels[0], width, title)
    return figure


def _bars(axes: Axes, buckets: Sequence[Bucket], place: int, name: str, look: Look, methods: int) -> None:
    means = [bucket.scores[place] for bucket in buckets]
    thick = BARS / methods
    middles = np.arange(len(buckets)) - BARS / 2 + (place + 0.5) * thick
    axes.bar(
        middles,
        [mean.value for mean in means],
        thick,
        color=look.colour,
        hatch=look.hatch,
        edgecolor="white",
        linewidth=0.4,
        label=name,
    )
    sure = [(x, mean.value, mean.interval) for x, mean in zip(middles, means, strict=True) if mean.interval]
    if sure:
        x = [one for one, _, _ in sure]
        y = np.array([value for _, value, _ in sure])
        ends = np.array([(interval.low, interval.high) for _, _, interval in sure])
        reach = np.abs(ends - y[:, None]).T
        axes.errorbar(x, y, reach, fmt="none", ecolor="black", elinewidth=0.7, capsize=1.5, capthick=0.7)


def _label(bucket: Bucket, most: int) -> str:
    name = shortened([bucket.name.replace(">=", "\N{GREATER-THAN OR EQUAL TO}")], most)[0]
    return f"{name}\n{bucket.units}/{bucket.videos}"


def _chosen(found: ByAttribute, only: Sequence[str]) -> list[AttributeScores]:
    there = {one.attribute.id: one for one in found.attributes}
    unknown = [name for name in only if name not in there]
    if unknown:
        raise UsageError(
            *(
                Problem(
                    Code.BAD_OPTION,
                    "--attribute",
                    expected="one that this split has: " + ", ".join(there),
                    found=name if name in BY_ID else f"{name}, which is no attribute",
                    fix="choose one of these",
                )
                for name in unknown
            )
        )
    return [there[name] for name in dict.fromkeys(only or there)]
