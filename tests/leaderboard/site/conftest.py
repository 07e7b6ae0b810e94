"""Sites below a path of a web server, as a project's pages are, and Chromium to look at them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from board_records import MEVIS, furnished, hostile, many
from browser_tabs import DESKTOP
from playwright.sync_api import Browser, sync_playwright
from rvosbench_leaderboard.records.reading import read_records
from rvosbench_leaderboard.site.build import build_site
from rvosbench_leaderboard.site.writing import write_site
from site_pages import TOGETHER
from site_tabs import OpenSite, SiteTab

PATIENCE = 60_000  # milliseconds, on a machine that does other things too


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")  # its event loop must be over before others begin one
def chromium(require_command: Callable[[str], str]) -> Iterator[Browser]:
    path = require_command("chromium")
    sandbox = [] if os.getuid() else ["--no-sandbox"]  # which Chromium refuses to have as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Iterator[tuple[str, Path]]:
    """Address and folder: `furnished`, `many`, `published` and `hostile0`, `hostile1`, ..."""
    folder = tmp_path_factory.mktemp("hosted")
    sites = {"furnished": (furnished(), "RVOS results"), "many": (many(400, boards=(MEVIS,)), "Many")}
    sites["published"] = (read_records(project_root / "leaderboard" / "results"), "RVOS results")
    sites |= {f"hostile{place}": (hostile(text), text) for place, text in enumerate(TOGETHER)}
    for name, (records, title) in sites.items():
        write_site(folder / "org" / name, build_site(records, title))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/org", folder / "org"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_site(chromium: Browser, hosted: tuple[str, Path]) -> Iterator[OpenSite]:
    """`open_site("furnished", "index.html")`. No page may complain, or ask anybody else for anything."""
    address, folder = hosted
    tabs: list[SiteTab] = []

    def open_(site: str, path: str, **context: Any) -> SiteTab:
        page = chromium.new_context(**{"viewport": DESKTOP, **context}).new_page()
        page.set_default_timeout(PATIENCE)
        tab = SiteTab(page, f"{address}/{site}/", folder / site)
        page.on("request", lambda request: tab.requests.append(request.url))
        page.on("console", lambda message: tab.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        page.on("dialog", lambda dialog: tab.complaints.append(f"a dialog: {dialog.message}"))
        tabs.append(tab)
        tab.go(path)
        return tab

    yield open_
    for tab in tabs:
        abroad = [url for url in tab.requests if not url.startswith(tab.address)]
        tab.page.context.close()
        assert (tab.complaints, abroad) == ([], [])
