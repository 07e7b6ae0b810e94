"""On a phone everything that can be done is in sight, and a table that goes on says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_tabs import PHONE
from furnished_site import Site, furnished
from playwright.sync_api import Browser, Page
from running_web import running
from rvosbench_leaderboard.web.security.sessions import begin

pytestmark = pytest.mark.full

WITH_ACTIONS = (
    "/organise/mevis",
    "/organise/mevis/rescore",
    "/organise/mevis/audit",
    "/admin/users",
    "/b/mevis",
    "/submissions",
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = furnished(tmp_path / "server")
    with made.database.write() as session:
        made.add_scorer(session, 2)
    return made


@pytest.fixture
def page(site: Site, chromium: Browser) -> Iterator[Page]:
    with running(site.app()) as address:
        context = chromium.new_context(base_url=address, viewport=PHONE, timezone_id="America/New_York")
        with site.database.write() as session:
            secret = begin(session, site.people["root"], site.app().state.settings)
        context.add_cookies([{"name": "rvosbench", "value": secret, "url": address}])
        yield context.new_page()
        context.close()


def test_what_there_is_to_do_is_in_sight_on_a_phone(page: Page) -> None:
    for path in WITH_ACTIONS:
        page.goto(path)
        hidden = page.eval_on_selector_all(
            ".scroll", "all => all.map((one) => one.scrollWidth - one.clientWidth).filter((more) => more > 0)"
        )
        assert hidden == [], path


def test_a_row_of_a_user_takes_three_lines(page: Page) -> None:
    page.goto("/admin/users")
    heights = page.eval_on_selector_all(
        ".people tbody tr", "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 5 and max(heights) < 120, heights


def test_a_table_that_goes_on_says_so_and_local_times_are_written_as_utc_is(page: Page) -> None:
    page.goto("/b/mevis/valid/open")
    assert "linear-gradient" in page.eval_on_selector(
        ".scroll", "one => getComputedStyle(one).backgroundImage"
    )
    local = page.locator("dd:has(time) .local").first.text_content() or ""
    assert local.strip() == "(2026-05-04 08:30 your time)"
