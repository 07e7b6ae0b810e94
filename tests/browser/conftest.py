"""Pages opened in Chromium from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tabs import DESKTOP, PATIENCE, Open, Tab
from playwright.sync_api import Browser
from report_pages import squares_results, squares_split

from rvosbench.report.page.build import build
from rvosbench.report.page.options import Options


@pytest.fixture(scope="session")
def squares_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("squares")
    split = squares_split(folder / "home")
    path = folder / "page with a space.html"
    build(squares_results(folder / "results", split), split, path, Options())
    return path


@pytest.fixture
def open_file(chromium: Browser) -> Iterator[Open]:
    """`open_file(path, "#expressions", viewport=PHONE)`. No page may complain, or ask for another file."""
    tabs: list[Tab] = []

    def open_(path: Path, address: str = "", **context: Any) -> Tab:
        page = chromium.new_context(**{"viewport": DESKTOP, **context}).new_page()
        page.set_default_timeout(PATIENCE)
        tab = Tab(page, path)
        page.on("request", lambda request: tab.requests.append(request.url))
        page.on("console", lambda message: _heard(tab, f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tabs.append(tab)
        page.goto(path.resolve().as_uri() + address)
        return tab

    yield open_
    for tab in tabs:
        asked = [
            url for url in tab.requests if not url.startswith((tab.file.resolve().as_uri(), "blob:", "data:"))
        ]
        attacked = tab.page.evaluate("window.attacked")
        tab.page.context.close()
        assert (tab.complaints, asked, attacked) == ([], [], None)


def _heard(tab: Tab, message: str) -> None:
    if "willReadFrequently" not in message:  # which is about the tests: the page reads no pixels
        tab.complaints.append(message)


@pytest.fixture
def open_squares(open_file: Open, squares_page: Path) -> Open:
    def open_(address: str = "", **context: Any) -> Tab:
        return open_file(squares_page, address, **context)

    return open_
