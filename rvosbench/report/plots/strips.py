"""Qualitative strips: frames from left to right; below the pictures the ground truth and each method, as in
SSA's Fig. 6 and SOC's Figs. 5 to 7."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from rvosbench.masks import rle
from rvosbench.report.plots.letters import cut, wide, wrapped
from rvosbench.report.plots.overlay import overlaid, reduced, reduced_mask
from rvosbench.report.plots.strip_cases import Case, predicted, scores_by_stem, spread
from rvosbench.report.plots.style import BLACK, TITLE, TITLE_LINE, Width, looks, room, shortened, styled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened
    from rvosbench.splits.split import Split

FRAMES = 5
PIXELS = 480  # the width of a picture in the file: 300 dots per inch up to a third of a page
LABEL, GAP, LINE = 0.17, 0.03, 0.14  # inches: names on the left, between pictures, a line of text
TRUTH = "#FFFFFF"
SENTENCE, SMALL, LARGE = 8.0, 4.0, 7.0  # points: the sentence, and the names from the least to the most
NAME = 16


class Strip(NamedTuple):
    """What is drawn of a case: rows from top to bottom with their names, and J below each picture of a
    method."""

    case: Case
    text: list[str]
    names: list[str]
    rows: list[list[NDArray[np.uint8]]]
    scores: list[list[str]]
    cell: tuple[float, float]  # width and height in inches

    @property
    def height(self) -> float:
        return LINE * (len(self.text) + 0.6) + len(self.rows) * (self.cell[1] + GAP)


def draw(
    results: Sequence[Opened],
    split: Split,
    cases: Sequence[Case],
    *,
    frames: int = FRAMES,
    width: Width = Width.PAGE,
    title: str | None = None,
) -> Figure:
    """The sentence above, J in the corner of each picture. The figure is as high as its pictures need."""
    strips = [_strip(results, split, case, frames, width) for case in cases]
    above = wrapped(title, room(width), TITLE) if title else ""
    head = TITLE_LINE * len(above.split("\n")) + LINE if title else 0.0
    height = head + sum(strip.height for strip in strips)
    with styled():
        figure = Figure(figsize=(width.inches, height))
        if title:
            figure.text(0.5, 1 - head / 2 / height, above, ha="center", va="center", fontsize=TITLE)
        top = height - head
        for strip in strips:
            _place(figure, strip, top)
            top -= strip.height
    return figure


def _strip(results: Sequence[Opened], split: Split, case: Case, frames: int, width: Width) -> Strip:
    video = split.videos[case.video]
    stems = spread(case, frames)
    places = [video.frames.index(stem) for stem in stems]
    pictures = [reduced(picture, PIXELS) for picture in video.read_frames(places)]
    truths = [video.union(case.targets, place) for place in places]
    rows = [pictures, [_shown(picture, mask, TRUTH) for picture, mask in zip(pictures, truths, strict=True)]]
    scores = [[""] * len(stems), [""] * len(stems)]
    for one, look in zip(results, looks(len(results)), strict=True):
        counts, of_frames = predicted(one, case), scores_by_stem(one, case)
        masks = [_mask(counts, stem, video.size) for stem in stems]
        rows.append(
            [_shown(picture, mask, look.colour) for picture, mask in zip(pictures, masks, strict=True)]
        )
        scores.append([f"{of_frames[stem]:.2f}" for stem in stems])
    across = (width.inches - LABEL - GAP * len(stems)) / len(stems)
    shape = pictures[0].shape
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{case.text}\N{RIGHT DOUBLE QUOTATION MARK}"
    text = wrapped(quoted, room(width) - 72 * LABEL, SENTENCE).split("\n")
    names = shortened(["frames", "ground truth", *(one.name for one in results)], NAME)
    return Strip(case, text, names, rows, scores, (across, across * shape[0] / shape[1]))


def _shown(picture: NDArray[np.uint8], mask: NDArray[np.bool_], colour: str) -> NDArray[np.uint8]:
    return overlaid(picture, reduced_mask(mask, (picture.shape[0], picture.shape[1])), colour)


def _mask(counts: Mapping[str, bytes], stem: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    return rle.decode(counts[stem], *size) if stem in counts else np.zeros(size, np.bool_)


def _place(figure: Figure, strip: Strip, top: float) -> None:
    """All measures are inches from the lower left corner."""
    wide, high = (float(one) for one in figure.get_size_inches())
    for line, text in enumerate(strip.text):
        figure.text(LABEL / wide, (top - LINE * (line + 0.7)) / high, text, va="center", fontsize=SENTENCE)
    across, down = strip.cell
    size = min(_size(one, down) for one in strip.names)
    first = top - LINE * (len(strip.text) + 0.35)
    for row, (name, pictures, scores) in enumerate(zip(strip.names, strip.rows, strip.scores, strict=True)):
        low = first - row * (down + GAP) - down
        figure.text(
            LABEL / 2 / wide,
            (low + down / 2) / high,
            cut(name, 72 * down, size),
            rotation=90,
            ha="center",
            va="center",
            fontsize=size,
        )
        for (left, picture), score in zip(_columns(pictures, across), scores, strict=True):
            axes = figure.add_axes((left / wide, low / high, across / wide, down / high), label=name)
            axes.imshow(picture, aspect="auto", interpolation="antialiased")
            axes.set_axis_off()
            if score:
                axes.text(
                    0.03,
                    0.05,
                    score,
                    transform=axes.transAxes,
                    color="white",
                    fontsize=6,
                    path_effects=[withStroke(linewidth=1.4, foreground=BLACK)],
                )


def _columns(
    pictures: Sequence[NDArray[np.uint8]], across: float
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    for column, picture in enumerate(pictures):
        yield LABEL + column * (across + GAP), picture


def _size(name: str, down: float) -> float:
    """Of the letters of a name that stands upright beside a picture."""
    return max(SMALL, min(LARGE, LARGE * down * 72 / wide(name, LARGE)))
