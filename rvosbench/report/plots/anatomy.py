"""Where the points went: for each method one bar from 0 to 1, made of its score and of the kinds of error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.ticker import PercentFormatter

from rvosbench.analysis.anatomy import KINDS
from rvosbench.report.plots.letters import cut, wrapped
from rvosbench.report.plots.style import HATCHES, KIND_COLOURS, TITLE, Width, blank, room, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rvosbench.analysis.anatomy import Anatomy

SCORE = "#e8e8e8"
THICK = 0.62
NAME = {Width.COLUMN: 60.0, Width.PAGE: 110.0}  # points for the name of a method
PER_LINE = {Width.COLUMN: 2, Width.PAGE: 4}  # entries of the legend


def draw(found: Sequence[Anatomy], *, width: Width = Width.PAGE, title: str | None = None) -> Figure:
    """Kinds in the order of repair, each always in the same colour. The share of a repair that cost more than
    it gave is left of 0."""
    kinds = [(number, kind) for number, kind in enumerate(KINDS) if any(one.shares[kind.id] for one in found)]
    above = wrapped(title, room(width), TITLE) if title else ""
    lines = above.count("\n") - (-(len(kinds) + 1) // PER_LINE[width])
    with styled():
        figure = blank(width, 0.55 + 0.28 * len(found) + 0.16 * lines)
        axes = figure.subplots()
        places = range(len(found))
        ends = [1 - one.total for one in found]
        starts = [0.0] * len(found)
        axes.barh(places, ends, THICK, color=SCORE, edgecolor="white", linewidth=0.4, label=found[0].measure)
        for number, kind in kinds:
            shares = [one.shares[kind.id] for one in found]
            left = [
                end if share >= 0 else start for share, start, end in zip(shares, starts, ends, strict=True)
            ]
            axes.barh(
                places,
                shares,
                THICK,
                left,
                color=KIND_COLOURS[number % len(KIND_COLOURS)],
                hatch=HATCHES[number % len(HATCHES)],
                edgecolor="white",
                linewidth=0.4,
                label=kind.title,
            )
            ends = [end + max(0.0, share) for end, share in zip(ends, shares, strict=True)]
            starts = [start + min(0.0, share) for start, share in zip(starts, shares, strict=True)]
        axes.set_yticks(places, [cut(one.name, NAME[width], 7) for one in found])
        axes.set_ylim(len(found) - 0.5, -0.5)
        axes.set_xlim(min(0.0, *starts), max(1.0, *ends))
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        axes.set_xlabel(f"{found[0].measure} and what it lacks, %")
        axes.grid(axis="y", visible=False)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="outside upper center",
            ncols=PER_LINE[width],
            title=above or None,
            handlelength=1.4,
            fontsize=7 if width is Width.PAGE else 6.5,
        )
    return figure
