"""The site for everyone: axe-core, contrast, phones, both colour schemes; and a thousand rows at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_tabs import PHONE
from site_tabs import OpenSite, SiteTab

pytestmark = pytest.mark.full

CHECKS = Path(__file__).parents[2] / "support" / "accessibility.js"
PAGES = (
    "index.html",
    "boards/mevis-v1-valid_u.html",
    "methods.html",
    "methods/alpha.html",
    "records/alpha-mevis-v1-valid_u-mevis.html",
    "training.html",
    "flagged.html",
    "about.html",
)


def open_all(tab: SiteTab) -> None:
    for details in tab.page.locator("details:visible").all():
        details.evaluate("node => node.open = true")


SEEN = [*((page, "light") for page in PAGES), *((page, "dark") for page in (PAGES[1], PAGES[4]))]


@pytest.mark.parametrize(("page", "scheme"), SEEN)
def test_axe_finds_nothing(open_site: OpenSite, page: str, scheme: str) -> None:
    tab = open_site("furnished", page, color_scheme=scheme)
    open_all(tab)
    found = Axe().run(tab.page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


@pytest.mark.parametrize("page", PAGES)
def test_our_own_checks_find_nothing(open_site: OpenSite, page: str) -> None:
    tab = open_site("furnished", page)
    open_all(tab)
    found = tab.page.evaluate(CHECKS.read_text(encoding="utf-8"))
    headings = found.pop("headings")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert headings.count(1) == 1 and headings[0] == 1


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_a_phone(open_site: OpenSite, page: str) -> None:
    tab = open_site("furnished", page, viewport=PHONE)
    open_all(tab)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_axe_sees_what_is_wrong(open_site: OpenSite) -> None:
    tab = open_site("furnished", "about.html")
    tab.page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<select></select>')")
    assert [one["id"] for one in Axe().run(tab.page).response["violations"]] == ["select-name"]


def test_hundreds_of_rows_are_filtered_and_sorted(open_site: OpenSite) -> None:
    tab = open_site("many", "boards/mevis-v1-valid_u.html")
    assert tab.page.locator("#board tbody tr").count() == 400
    assert len(tab.column(2)) == 200
    tab.page.get_by_role("button", name="Show all 400 rows").click()
    assert len(tab.column(2)) == 400 and tab.state == {"rows": ["all"]}
    tab.page.get_by_role("button", name="Reset").click()
    tab.sort("J&F")
    tab.sort("J&F")
    lowest = [float(text) for text in tab.column(3)]
    tab.choose("setting", "joint")
    scores = [float(text) for text in tab.column(3)]
    assert 50 < len(scores) < 250 and scores == sorted(scores)
    assert len(lowest) == 200 and lowest == sorted(lowest) and scores[0] >= lowest[0]
    assert not tab.page.get_by_role("button", name="Show all").is_visible()
    assert set(tab.column(7)) == {"joint"}
