"""A running server, and Chromium to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from served_site import Served, served

PATIENCE = 60_000  # milliseconds until a page is as expected, on a machine that does other things too


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")  # its event loop must be over before others begin one
def chromium() -> Iterator[Browser]:
    path = Path("/usr/bin/chromium")
    if not path.exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
