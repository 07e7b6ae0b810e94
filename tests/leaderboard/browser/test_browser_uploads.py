"""An upload from Chromium that is broken off: by the line, and by closing the page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from furnished_site import Site, furnished
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect
from running_web import running
from rvosbench_leaderboard.web.security.sessions import begin

pytestmark = pytest.mark.full

MIB = 1 << 20
PIECE = 8 * MIB
FORM = "/b/mevis/valid/open/submit"
PIECES = "**/api/v1/uploads/*"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return furnished(tmp_path / "server")


@pytest.fixture
def context(site: Site, chromium: Browser) -> Iterator[BrowserContext]:
    app = site.app()
    with running(app) as address:
        with site.database.write() as session:
            secret = begin(session, site.people["ada"], app.state.settings)
        made = chromium.new_context(base_url=address)
        made.add_cookies([{"name": "rvosbench", "value": secret, "url": address}])
        yield made
        made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "preds.zip"
    path.write_bytes(os.urandom(20 * MIB))
    return path


def choose(page: Page, file: Path) -> None:
    page.goto(FORM)
    page.fill("#method", "Broken off")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Submit").click()


def listen(page: Page) -> list[int]:
    """The offsets at which pieces are sent."""
    offsets: list[int] = []

    def request(asked: Request) -> None:
        if asked.method == "PATCH":
            offsets.append(int(asked.headers["upload-offset"]))

    page.on("request", request)
    return offsets


def test_a_piece_that_is_lost_is_sent_again_and_nothing_else(context: BrowserContext, file: Path) -> None:
    page = context.new_page()
    offsets = listen(page)
    lost: list[str] = []

    def lose_the_second(route: Route) -> None:
        if route.request.method == "PATCH" and len(offsets) == 2 and not lost:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(PIECES, lose_the_second)
    choose(page, file)
    page.wait_for_url("**/submissions/*", timeout=60_000)
    assert offsets == [0, PIECE, PIECE, 2 * PIECE]
    assert len(lost) == 1


def test_after_the_page_was_closed_the_same_file_goes_on_where_it_stopped(
    context: BrowserContext, file: Path
) -> None:
    page = context.new_page()

    def hold_all_but_the_first(route: Route) -> None:
        if route.request.method != "PATCH" or route.request.headers["upload-offset"] == "0":
            route.continue_()

    page.route(PIECES, hold_all_but_the_first)
    choose(page, file)
    expect(page.locator("[data-sending] [role=status]")).to_contain_text("8.4 MB", timeout=60_000)
    page.close()
    later = context.new_page()
    offsets = listen(later)
    choose(later, file)
    later.wait_for_url("**/submissions/*", timeout=90_000)
    assert offsets[0] >= PIECE, "also a part of a piece that came before the end need not be sent again"
    expect(later.locator("h1 .badge")).to_have_text("received")


def test_a_refusal_of_the_server_is_told_beside_the_form(
    site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    page = context.new_page()
    small = tmp_path / "small.zip"
    small.write_bytes(b"x" * 1000)
    for _ in range(3):
        choose(page, small)
        page.wait_for_url("**/submissions/*", timeout=30_000)
    choose(page, small)
    status = page.locator("[data-sending] [role=status]")
    expect(status).to_contain_text("at most 3 submissions of a team on one day", timeout=30_000)
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()
