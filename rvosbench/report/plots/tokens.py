"""How alike the object tokens of two tracks are, against how much their masks overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rvosbench.report.plots.style import BLUE, GREY, ORANGE, Width, blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rvosbench.analysis.token_likeness import Likenesses

BINS = 10
HEIGHT = 2.5  # inches
MOST_POINTS = 4000  # beyond which single pairs are left out: the file would grow, the picture would not


def draw(
    found: Likenesses, *, bins: int = BINS, width: Width = Width.COLUMN, title: str | None = None
) -> Figure:
    """The mean of each bin with its standard deviation up and down, above it the number of pairs; behind it
    every pair, if there are not too many."""
    shown = [one for one in found.bins(bins) if one.likeness]
    middles = np.array([(one.low + one.high) / 2 for one in shown])
    means = np.array([np.mean(one.likeness) for one in shown])
    spread = np.array([np.std(one.likeness) for one in shown])
    with styled():
        figure = blank(width, HEIGHT, title)
        axes = figure.subplots()
        if len(found.pairs) <= MOST_POINTS:
            axes.scatter(
                [pair.overlap for pair in found.pairs],
                [pair.likeness for pair in found.pairs],
                s=5,
                c=ORANGE,
                alpha=0.35,
                linewidths=0,
                label="two tracks",
                zorder=1,
            )
        axes.errorbar(
            middles,
            means,
            spread,
            color=BLUE,
            marker="o",
            capsize=2,
            elinewidth=0.9,
            label="mean, standard deviation",
            zorder=2,
        )
        top = 1.0
        for one, mean, deviation in zip(shown, means, spread, strict=True):
            place = ((one.low + one.high) / 2, mean + deviation)
            above = (0, 3)
            axes.annotate(
                f"{len(one.likeness):,}",
                place,
                above,
                textcoords="offset points",
                ha="center",
                fontsize=6,
                color=GREY,
            )
            top = max(top, mean + deviation)
        low = min(float((means - spread).min()), *(pair.likeness for pair in found.pairs), 0.0)
        axes.set(xlim=(-0.02, 1.02), ylim=(low - 0.05, top + 0.12))
        axes.set(xlabel="mIoU of two tracks", ylabel="cosine of their tokens")
        axes.legend(loc="lower right")
    return figure
