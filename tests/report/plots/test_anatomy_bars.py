"""A bar of the anatomy is the score and what it lacks, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scored_sample import ScoredSample

from rvosbench.analysis.anatomy import KINDS, Anatomy, dissect
from rvosbench.report.plots.anatomy import draw


class Given:
    """Shares as they are wanted, in place of those of a result."""

    measure = "J&F"

    def __init__(self, name: str, shares: Mapping[str, float]) -> None:
        self.name = name
        self.shares = {kind.id: shares.get(kind.id, 0.0) for kind in KINDS}
        self.total = sum(self.shares.values())


def bars(figure: Figure) -> dict[str, list[Rectangle]]:
    found: Any = [one for one in figure.axes[0].containers if isinstance(one, BarContainer)]
    return {str(one.get_label()): list(one) for one in found}


def test_widths_are_the_shares_and_fill_the_bar(scored_sample: ScoredSample) -> None:
    split = scored_sample.split("mevis-v2")
    results = [scored_sample.opened("mevis-v2", quality) for quality in ("late", "wrong-object")]
    found = [dissect(one, split, workers=1) for one in results]
    drawn = bars(draw(found))
    for place, (one, opened) in enumerate(zip(found, results, strict=True)):
        assert drawn["J&F"][place].get_width() == pytest.approx(opened.result.metrics["J&F"], abs=1e-12)
        widths = {kind.title: one.shares[kind.id] for kind in KINDS if kind.title in drawn}
        assert {title: drawn[title][place].get_width() for title in widths} == pytest.approx(widths)
        assert sum(of[place].get_width() for of in drawn.values()) == pytest.approx(1, abs=1e-12)


def test_a_share_below_zero_lies_left_of_it_and_hides_no_other() -> None:
    first, second, third = (kind for kind in KINDS[:3])
    given = Given("model", {first.id: 0.3, second.id: -0.05, third.id: 0.2})
    figure = draw([cast(Anatomy, given)])
    drawn = {title: of[0] for title, of in bars(figure).items()}
    assert drawn[second.title].get_x() + drawn[second.title].get_width() == pytest.approx(-0.05)
    assert drawn[first.title].get_x() == pytest.approx(0.55)
    assert drawn[third.title].get_x() == pytest.approx(0.85)
    assert figure.axes[0].get_xlim() == pytest.approx((-0.05, 1.05))


def test_a_kind_has_the_same_look_in_every_figure() -> None:
    last, before = KINDS[-1], KINDS[-2]
    alone = bars(draw([cast(Anatomy, Given("model", {last.id: 0.3}))]))
    both = bars(draw([cast(Anatomy, Given("model", {last.id: 0.3, before.id: 0.1}))]))
    one, other = alone[last.title][0], both[last.title][0]
    assert np.array_equal(one.get_facecolor(), other.get_facecolor())
    assert one.get_hatch() == other.get_hatch()
    assert before.title not in alone
