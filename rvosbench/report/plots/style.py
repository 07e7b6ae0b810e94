"""How figures look: sizes of columns, small type, colours that everybody can tell apart, also in grey."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from rvosbench.report.plots.letters import FONT, cut, wide, without_middle, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Width(StrEnum):
    COLUMN = "column"
    PAGE = "page"

    @property
    def inches(self) -> float:
        return {Width.COLUMN: 3.3, Width.PAGE: 6.9}[self]


# Okabe and Ito, Color Universal Design, 2008; without yellow, which is lost on white paper, and in an order
# whose neighbours differ in lightness.
BLUE, ORANGE, GREEN, PURPLE, SKY, RED, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#000000",
)
COLOURS = (BLUE, ORANGE, GREEN, SKY, RED, PURPLE, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 2)), "-")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++", "oooo")
GREY = "#666666"
# Of the kinds of error, in their order; the program of the page has the same. Each stands out from a light
# and from a dark ground, neighbours differ in grey, any two under protanopia, deuteranopia and tritanopia.
KIND_COLOURS = (
    "#3854a8",
    "#85add6",
    "#7e4444",
    "#a184f5",
    "#b30f0f",
    "#92814f",
    "#7f13ec",
    "#c7578f",
    "#de9c9c",
    "#22bf22",
)
TITLE, LEGEND = 9.0, 7.5  # points
TITLE_LINE = 0.18  # inches, of a title

_STYLE: Any = {
    "axes.grid": True,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8,
    "axes.axisbelow": True,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.titlesize": TITLE,
    "font.family": [FONT],
    "font.size": 7.5,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
    "legend.borderaxespad": 0.2,
    "legend.columnspacing": 1.2,
    "legend.fontsize": LEGEND,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "legend.title_fontsize": TITLE,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "pdf.fonttype": 42,  # fonts that publishers take: TrueType, embedded
    "svg.fonttype": "path",
    "svg.hashsalt": "rvosbench",
    "text.parse_math": False,  # names and sentences are not formulas
    "xtick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.labelsize": 7,
    "ytick.major.width": 0.6,
}


class Look(NamedTuple):
    colour: str
    marker: str
    line: Any
    hatch: str


def looks(count: int) -> tuple[Look, ...]:
    """For each method its own; from the eighth on colours come again, with another marker."""
    shifted = (MARKERS[(place + place // len(COLOURS)) % len(MARKERS)] for place in range(count))
    return tuple(
        Look(colour, marker, line, hatch)
        for colour, marker, line, hatch in zip(
            islice(cycle(COLOURS), count),
            shifted,
            islice(cycle(LINES), count),
            islice(cycle(HATCHES), count),
            strict=True,
        )
    )


@contextmanager
def styled() -> Iterator[None]:
    """matplotlib with this style and nothing of the user's, who gets theirs back afterwards."""
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", r"Glyph \d+ .* missing from", UserWarning
        )  # `letters.missing` tells
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def blank(width: Width, height: float, title: str | None = None) -> Figure:
    """An empty figure, `height` in inches. Call it within `styled`. Where there is a legend above, the title
    is that of the legend: matplotlib would put one over the other."""
    figure = Figure(figsize=(width.inches, height), layout="constrained")
    if title:
        above = wrapped(title, room(width), TITLE)
        figure.suptitle(above)
        figure.set_figheight(height + TITLE_LINE * above.count("\n"))
    return figure


def room(width: Width) -> float:
    """Points across a figure that text can fill."""
    return 72 * width.inches - 10


def legend_above(figure: Figure, axes: Axes, width: Width, title: str | None) -> None:
    """Outside of the axes, where it can hide nothing; in as many columns as there is room for."""
    handles, labels = axes.get_legend_handles_labels()
    key, gap = 3.4 * LEGEND, 1.2 * LEGEND  # a key with its distance to the text; from column to column
    labels = [cut(label, room(width) - key, LEGEND) for label in labels]
    longest = key + max((wide(label, LEGEND) for label in labels), default=0)
    columns = max(1, min(len(labels), int((room(width) + gap) / (longest + gap))))
    above = wrapped(title, room(width), TITLE) if title else ""
    figure.set_figheight(figure.get_figheight() + TITLE_LINE * above.count("\n"))
    figure.legend(handles, labels, loc="outside upper center", ncols=columns, title=above or None)


def shortened(texts: Sequence[str], most: int) -> list[str]:
    """In the middle, since names of variants differ at either end."""
    return [text if len(text) <= most else without_middle(text, most - 1) for text in texts]
