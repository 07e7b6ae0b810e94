"""A board of several pages in Chromium, with scripts and without: all of it is sorted and searched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from furnished_site import Site, furnished
from long_board import fill
from playwright.sync_api import Browser, Page, expect
from running_web import running
from rvosbench_leaderboard.pages.view import ROWS

pytestmark = pytest.mark.full

BOARD = "/b/mevis/valid/open"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = furnished(tmp_path_factory.mktemp("long"))
    fill(made, 2 * ROWS + 50)
    return made


@pytest.fixture(params=[True, False], ids=["with-scripts", "without"])
def page(request: pytest.FixtureRequest, site: Site, chromium: Browser) -> Iterator[Page]:
    complaints: list[str] = []
    with running(site.app()) as address:
        context = chromium.new_context(base_url=address, java_script_enabled=request.param)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        context.close()
    assert complaints == []


def figures(page: Page, key: str) -> list[float]:
    place = page.locator("thead th").evaluate_all(
        "(all, key) => all.findIndex((one) => one.dataset.key === key)", key
    )
    cells = page.locator(f"table.board tbody tr > :nth-child({place + 1})").all_inner_texts()
    return [float(text.split()[0]) for text in cells]


def test_a_long_board_is_sorted_searched_and_turned_over(page: Page, site: Site) -> None:
    entries = site.client().get(f"{BOARD}/board.json").json()["entries"]
    best = sorted((one["scores"]["F"] for one in entries if one["scores"]), reverse=True)
    page.goto(BOARD)
    expect(page.locator("table.board tbody tr")).to_have_count(ROWS)
    page.locator("th[data-key=F] a").click()
    expect(page.locator("th[data-key=F]")).to_have_attribute("aria-sort", "descending")
    assert figures(page, "F") == best[:ROWS]
    page.get_by_role("link", name="Next").click()
    expect(page.locator("form.tools [role=status]")).to_contain_text(f"{ROWS + 1} to {2 * ROWS} of")
    assert figures(page, "F") == best[ROWS : 2 * ROWS]
    page.get_by_label("Find a method or team").fill("method 12")
    page.get_by_role("button", name="Find").click()
    names = page.locator("table.board tbody th.method a")
    expect(names).to_have_count(11)
    assert {"Method 12", "Method 120", "Method 129"} <= set(names.all_inner_texts())
    assert figures(page, "F") == sorted(figures(page, "F"), reverse=True)
