"""A board of 10,000 entries on the evaluation server: how long it takes as JSON and as a page, how large it
is, and when it is of use in Chromium.

    python benchmarks/board.py [--entries 10000] [--postgresql] [--browser /usr/bin/chromium]

Seconds of the clock, and of the processor in the web process. "Made anew": something on the board has changed
since it was last asked for. Everything is made up. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from furnished_site import Site, furnished
from long_board import fill
from playwright.sync_api import Page, sync_playwright
from postgres_cluster import cluster
from rvosbench_leaderboard.database.tables import Submission
from rvosbench_leaderboard.submitting.connection import Reply, Server
from server_upload import cpu_of, peak_of
from supervised_web import Killable, supervised

PAGE = "/b/mevis/valid/open"
JSON = f"/api/v1/boards{PAGE.removeprefix('/b')}"
TIMES = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    print("| | ms, median | worst | processor ms | kB |\n|---|---:|---:|---:|---:|")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engine = stack.enter_context(cluster()) if options.postgresql else None
        url = engine.new_database() if engine else None
        site = furnished(folder / "server", url)
        fill(site, options.entries)
        server = stack.enter_context(supervised(site.folder, folder / "data", url))
        Server(server.address).ask("GET", "/healthz")
        for line in answers(site, server):
            print(line, flush=True)
        for line in opened(server.address, options.browser):
            print(line, flush=True)
        print(f"\nWeb process, peak: {peak_of(web(server)) // 1000} MB.")
        site.database.close()
    print(f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.")


def answers(site: Site, server: Killable) -> Iterator[str]:
    """Of the API and of the page, as programs and visitors get them."""
    client = Server(server.address)
    changes = count(1)

    def change() -> None:
        with site.database.write() as session:
            session.get_one(Submission, site.submissions["Slow Motion"]).details = {
                "method": f"v{next(changes)}"
            }

    def wait() -> None:
        """Until what visitors saw of the page is too old for them."""
        time.sleep(1.1)

    yield row("JSON, the first since the start", server, lambda: client.ask("GET", JSON), times=1)
    tag = {"If-None-Match": client.ask("GET", JSON).headers["etag"]}
    yield row("JSON, as it was", server, lambda: client.ask("GET", JSON))
    yield row("JSON, as it was, known already", server, lambda: client.ask("GET", JSON, headers=tag))
    yield row("JSON, made anew", server, lambda: client.ask("GET", JSON), change)
    yield row("page, as it was", server, lambda: client.ask("GET", PAGE), wait)
    yield row("page, made anew", server, lambda: client.ask("GET", f"{PAGE}?new={next(changes)}"), change)


def row(
    what: str,
    server: Killable,
    ask: Callable[[], Reply],
    before: Callable[[], None] = lambda: None,
    times: int = TIMES,
) -> str:
    seconds, spent, size = [], [], 0
    for _ in range(times):
        before()
        used, begun = cpu_of(web(server)), time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - begun)
        spent.append(cpu_of(web(server)) - used)
        size = len(answer.body)
    figures = median(seconds), max(seconds), median(spent)
    return f"| {what} | {' | '.join(f'{1000 * one:.0f}' for one in figures)} | {size / 1e3:,.0f} |"


def web(server: Killable) -> int:
    pid = server.web()
    if pid is None:
        raise SystemExit("the web process has ended")
    return pid


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


ACTS: Mapping[str, Callable[[Page], None]] = {
    "sorted by F": lambda page: page.locator("th[data-key=F]").locator("a, button").click(),
    "method 777 found": lambda page: find(page, "method 777"),
}


def find(page: Page, text: str) -> None:
    page.locator("#find").fill(text)
    page.locator("#find").press("Enter")


def opened(address: str, browser: str) -> Iterator[str]:
    """From asking for the page until a picture after the end of its scripts, and what a reader does then."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        found: dict[str, list[float]] = {}
        for _ in range(TIMES):
            page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.goto(f"{address}{PAGE}", wait_until="domcontentloaded")
            found.setdefault("of use in Chromium", []).append(page.evaluate(PICTURE) / 1000)
            for what, act in ACTS.items():
                begun = time.perf_counter()
                act(page)
                page.evaluate(PICTURE)
                found.setdefault(what, []).append(time.perf_counter() - begun)
            page.context.close()
        chromium.close()
    for what, seconds in found.items():
        yield f"| {what} | {1000 * median(seconds):.0f} | {1000 * max(seconds):.0f} | | |"


PICTURE = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"""


if __name__ == "__main__":
    main()
