"""The overview of a report page: what is sure, and what it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_tabs import PHONE, Open
from report_pages import METHODS, POND, squares_results, squares_split

from rvosbench.report.page.build import build
from rvosbench.report.page.options import Options

pytestmark = pytest.mark.full


def test_too_few_videos_give_no_verdict_and_no_noise(open_squares: Open) -> None:
    part = open_squares("#overview").page.get_by_role("region", name="Which is better?")
    assert "2 videos and 1 comparison: no difference can be shown" in part.inner_text()
    assert "noise" not in part.inner_text()
    assert part.locator("td.verdict").all_inner_texts() == ["none possible"]


def test_buckets_and_bars_tell_their_intervals_and_on_how_many_videos_they_rest(
    open_file: Open, tmp_path: Path
) -> None:
    split = squares_split(tmp_path / "home")
    results = squares_results(tmp_path / "results", split, easy=POND)
    build(results, split, tmp_path / "page.html", Options(frames="none"))
    page = open_file(tmp_path / "page.html", viewport=PHONE).page
    card = page.locator(".card").first
    assert card.locator("thead th").all_inner_texts()[-2:] == ["n", "videos"]
    cells = card.locator("tbody tr").nth(1).locator("td").all_inner_texts()
    assert cells[-1] == "2" and "[" in cells[1]
    bars = [one.get_attribute("aria-label") or "" for one in page.locator(".segment").all()]
    assert bars and all(name.endswith("]") for name in bars)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_table_says_whose_losses_it_names(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    whose = tab.page.locator("thead th.lost .hint")
    assert whose.inner_text() == METHODS[0]
    tab.page.get_by_label("Scores of").select_option(METHODS[1])
    assert whose.inner_text() == METHODS[1]
