"""Names and titles of any length stay in the figure, and are cut where names of variants are alike."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from scored_sample import ScoredSample

import rvosbench.report.page
from rvosbench.analysis.anatomy import KINDS, Anatomy, dissect
from rvosbench.analysis.attribute_scores import by_attribute
from rvosbench.analysis.opened import Opened, open_results
from rvosbench.report.plots import (
    anatomy,
    attributes,
    over_time,
    scatter,
    stability,
    strips,
    success,
    trade_off,
)
from rvosbench.report.plots.letters import cut, missing, wide, wrapped
from rvosbench.report.plots.saving import save
from rvosbench.report.plots.strip_cases import choose
from rvosbench.report.plots.style import KIND_COLOURS, Width, shortened, styled
from rvosbench.report.plots.trade_off import Point

STEM = "ReferFormer-VideoSwinBase-with-all-the-decorations-that-a-name-can-have-and-then-some-more"
NAMES = (f"{STEM}-first-frame-oracle", f"{STEM}-random-object-{'W' * 40}")
TITLE = f"All that is known of {STEM}, of {STEM} and of what they have in common"


@pytest.fixture(scope="module")
def results(scored_sample: ScoredSample) -> tuple[Opened, ...]:
    folders = [scored_sample.result("mevis-v2", one) for one in ("shifted", "late")]
    return open_results([f"{name}={folder}" for name, folder in zip(NAMES, folders, strict=True)])


Draw = Callable[[tuple[Opened, ...], ScoredSample, Width], Figure]


def drawn_trade_off(results: tuple[Opened, ...], _: ScoredSample, width: Width) -> Figure:
    points = [Point(NAMES[0], 30, 0.5, (0.4, 0.6)), Point(NAMES[1], 300, 0.7), Point("short", 280, 0.66)]
    return trade_off.draw(points, metric="J&F", cost=f"cost of {STEM}", width=width, title=TITLE)


def drawn_attributes(results: tuple[Opened, ...], sample: ScoredSample, width: Width) -> Figure:
    found = by_attribute(results, sample.split("mevis-v2"))
    return attributes.draw(found, only=["targets", "kind"], width=width, title=TITLE)


def drawn_anatomy(results: tuple[Opened, ...], sample: ScoredSample, width: Width) -> Figure:
    found = [dissect(one, sample.split("mevis-v2"), workers=1) for one in results]
    return anatomy.draw(found, width=width, title=TITLE)


def drawn_strips(results: tuple[Opened, ...], sample: ScoredSample, width: Width) -> Figure:
    split = sample.split("mevis-v2")
    return strips.draw(results, split, choose(results, split), frames=6, width=width, title=TITLE)


KINDS_OF_FIGURES: dict[str, Draw] = {
    "success": lambda results, _, width: success.draw(results, width=width, title=TITLE),
    "over-time": lambda results, _, width: over_time.draw(results, width=width, title=TITLE),
    "scatter": lambda results, _, width: scatter.draw(results, width=width, title=TITLE),
    "stability": lambda results, _, width: stability.draw(results, width=width, title=TITLE),
    "trade-off": drawn_trade_off,
    "attributes": drawn_attributes,
    "anatomy": drawn_anatomy,
    "strips": drawn_strips,
}


def beyond_the_axes(figure: Figure) -> list[Text]:
    """Labels of ticks that matplotlib has, but does not draw."""
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    found += [tick.label1, tick.label2]
    return found


@pytest.mark.parametrize("width", Width)
@pytest.mark.parametrize("kind", KINDS_OF_FIGURES)
def test_no_text_leaves_the_figure_or_hides_its_title(
    kind: str, width: Width, results: tuple[Opened, ...], scored_sample: ScoredSample
) -> None:
    figure = KINDS_OF_FIGURES[kind](results, scored_sample, width)
    with styled():
        figure.draw_without_rendering()
    texts = [one for one in figure.findobj(Text) if isinstance(one, Text) and one.get_text()]
    shown = [one for one in texts if one.get_visible() and one not in beyond_the_axes(figure)]
    assert shown
    wide, high = figure.bbox.width, figure.bbox.height
    outside = {
        one.get_text(): [round(float(end)) for end in box.extents]
        for one in shown
        if (box := one.get_window_extent()).x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > high + 1
    }
    assert not outside
    title = next(one for one in shown if one.get_text().startswith("All that is known"))
    others = [one for one in shown if one is not title]
    assert not [
        one.get_text() for one in others if title.get_window_extent().overlaps(one.get_window_extent())
    ]


@pytest.mark.parametrize("width", Width)
def test_names_of_a_trade_off_stay_in_its_axes_and_off_its_line(width: Width) -> None:
    names = ("first-frame-oracle", "random-object", "a-model-with-a-long-name", "motion")
    places = ((10.0, 0.3), (25.0, 0.45), (60.0, 0.6), (200.0, 0.7))
    points = [Point(name, *place) for name, place in zip(names, places, strict=True)]
    figure = trade_off.draw(points, metric="J&F", cost="parameters", width=width)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    front = axes.transData.transform(places)
    along = np.concatenate([np.linspace(a, b, 200) for a, b in pairwise(front)])
    for text in axes.texts:
        box, frame = text.get_window_extent(), axes.get_window_extent()
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        assert not [point for point in along if box.contains(*point)], text.get_text()


def test_names_are_cut_in_the_middle() -> None:
    assert shortened(["a-long-name-v1", "short"], 9) == ["a-lo\N{HORIZONTAL ELLIPSIS}e-v1", "short"]
    both = [cut(name, 80, 7) for name in NAMES]
    assert all(wide(name, 7) <= 80 and name.startswith("Refer") for name in both)
    assert both[0].endswith("oracle")
    assert cut("short", 80, 7) == "short"


def test_lines_lose_nothing_of_a_text() -> None:
    text = "one two " + "W" * 60 + " three"
    lines = wrapped(text, 100, 8).split("\n")
    assert all(wide(line, 8) <= 100 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_letters_that_the_font_lacks_are_told_and_warn_nobody(
    results: tuple[Opened, ...], tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = success.draw(results, title="a dog, \u72d7\u72d7\u72ac")
        save(figure, tmp_path / "a.png")
    assert missing(figure) == "\u72d7\u72ac"
    assert missing(success.draw(results, title="a dog \N{GREATER-THAN OR EQUAL TO}")) == ""


def test_each_kind_of_error_has_a_colour_of_its_own_which_is_that_of_the_page() -> None:
    assert len(set(KIND_COLOURS)) == len(KINDS)
    grey = [float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) for colour in KIND_COLOURS]
    assert all(abs(one - other) > 0.15 for one, other in pairwise(grey))
    program = Path(rvosbench.report.page.__file__).parent / "assets" / "overview.js"
    line = next(line for line in program.read_text("utf-8").splitlines() if line.startswith("const HUES"))
    assert [part for part in line.split('"') if part.startswith("#")] == list(KIND_COLOURS)


def test_bars_of_an_anatomy_have_these_colours() -> None:
    shares = {kind.id: 0.05 for kind in KINDS}
    given = SimpleNamespace(name="model", measure="J&F", total=0.5, shares=shares)
    containers = anatomy.draw([cast(Anatomy, given)]).axes[0].containers[1:]
    faces = [cast(Any, container).patches[0].get_facecolor()[:3] for container in containers]
    assert faces == [to_rgb(colour) for colour in KIND_COLOURS]
