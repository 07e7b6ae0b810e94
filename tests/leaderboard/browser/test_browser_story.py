"""From an empty folder to a board, in Chromium: what people do, and that nothing of it needs JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect
from served_site import DEFINITION, PHASE, Served, wait_for_ground_truth
from server_world import predictions_zip, zipped

pytestmark = pytest.mark.full

PASSWORD = "four quiet words here"
SLOW = 60_000  # milliseconds until a submission has its end, on a machine that does other things too


class Watched:
    """A person's browser; whatever it complains about is kept."""

    def __init__(self, browser: Browser, server: Served, **settings: object) -> None:
        self.context: BrowserContext = browser.new_context(base_url=server.address, **settings)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} at {self.page.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def register(self, name: str, team: str) -> None:
        page = self.page
        page.goto("/register")
        page.fill("#name", name)
        page.fill("#email", f"{re.sub('[^a-z]', '', name.lower())}@example.org")
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.fill("#name", team)
        page.click("main button")
        expect(page.locator("h1")).to_have_text(team)

    def submit(self, method: str, content: bytes, tmp_path: Path) -> None:
        file = tmp_path / "preds.zip"
        file.write_bytes(content)
        self.page.goto(f"{PHASE}/submit")
        self.page.fill("#method", method)
        self.page.set_input_files("#file", file)
        self.page.click("main button")
        self.page.wait_for_url("**/submissions/*", timeout=SLOW)


@pytest.fixture(scope="module")
def defined(server: Served, chromium: Browser) -> Iterator[Served]:
    """With an administrator, who has defined a benchmark by the form."""
    root = Watched(chromium, server)
    root.page.goto(server.admin_link)
    root.page.fill("#name", "Root")
    root.page.fill("#email", "root@example.org")
    root.page.fill("#password", PASSWORD)
    root.page.click("main button")
    root.page.goto("/organise/new/benchmark")
    root.page.fill("#text", DEFINITION)
    root.page.click("main button")
    expect(root.page.locator("[role=status]")).to_contain_text("in force")
    assert root.complaints == []
    wait_for_ground_truth(server)
    yield server
    root.context.close()


def test_from_registration_to_the_board(defined: Served, chromium: Browser, tmp_path: Path) -> None:
    ada = Watched(chromium, defined, timezone_id="Asia/Tokyo")
    page = ada.page
    ada.register("Ada", "Motion Lab")
    ada.submit("Slow Motion", predictions_zip(defined.split), tmp_path)
    expect(page.locator("h1 .badge")).to_have_text("scored", timeout=SLOW)
    expect(page.locator("time + .local").first).to_contain_text("your time")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("p[role=status]")).to_contain_text("on the board")
    visitor = Watched(chromium, defined)
    visitor.page.goto(PHASE)
    row = visitor.page.locator("table.board tbody tr").filter(has_text="Slow Motion")
    assert row.locator("td.rank").inner_text() == "1"
    assert re.fullmatch(r"\d+\.\d\d", row.locator("td.main").inner_text().split("\n")[0])
    assert ada.complaints + visitor.complaints == []


def test_progress_is_seen_live_until_the_verdict(defined: Served, chromium: Browser, tmp_path: Path) -> None:
    person = Watched(chromium, defined)
    person.register("Liv", "Live Team")
    states: list[str] = []
    person.page.on("response", lambda answer: states.append(answer.url))
    person.submit("Live", predictions_zip(defined.split, seed=9), tmp_path)
    expect(person.page.locator("h1 .badge")).to_have_text("scored", timeout=SLOW)
    assert any(url.endswith("/events") for url in states), "the state came by events, not by reloading"
    assert person.complaints == []


def test_a_broken_zip_gets_the_whole_report(defined: Served, chromium: Browser, tmp_path: Path) -> None:
    person = Watched(chromium, defined)
    person.register("Bo", "Team of Bo")
    broken = predictions_zip(
        defined.split, change={"alley/0/00000.png": None, "beach/1/00001.png": b"no png"}
    )
    person.submit("Broken", broken, tmp_path)
    expect(person.page.locator("h1 .badge")).to_have_text("rejected", timeout=SLOW)
    problems = person.page.locator(".problem")
    expect(problems).not_to_have_count(0)
    assert "alley/0" in person.page.locator(".problems").inner_text()
    for part in ("Expected", "Found", "Fix"):
        assert part in problems.first.inner_text()
    assert person.complaints == []


@pytest.mark.parametrize(
    ("name", "hostile"),
    [
        ("Slip", {"../../etc/passwd": b"x"}),
        ("Page", {"alley/0/00000.png": b"<script>alert(1)</script>"}),
        ("Script", {"<img src=x onerror=alert(1)>/0/00000.png": b"x"}),
    ],
)
def test_a_hostile_zip_is_rejected_and_does_nothing(
    defined: Served, chromium: Browser, tmp_path: Path, name: str, hostile: dict[str, bytes]
) -> None:
    person = Watched(chromium, defined)
    person.register(f"Eve {name}", f"Team {name}")
    person.submit("Hostile", zipped(hostile), tmp_path)
    expect(person.page.locator("h1 .badge")).to_have_text("rejected", timeout=SLOW)
    assert person.complaints == []


def test_all_of_it_works_without_javascript(defined: Served, chromium: Browser, tmp_path: Path) -> None:
    person = Watched(chromium, defined, java_script_enabled=False)
    person.register("Nora", "No Script")
    person.submit("Plain", predictions_zip(defined.split, seed=3), tmp_path)
    page = person.page
    for _ in range(60):
        if page.locator("h1 .badge").inner_text() == "scored":
            break
        page.wait_for_timeout(1000)
        page.reload()
    page.get_by_role("button", name="Publish").click()
    page.goto(PHASE)
    expect(page.locator("table.board")).to_contain_text("Plain")
    assert person.complaints == []


def test_the_board_is_sorted_and_reached_by_keyboard(defined: Served, chromium: Browser) -> None:
    visitor = Watched(chromium, defined)
    page = visitor.page
    page.goto(PHASE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    heading = page.locator("th[data-key='method']")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    names = page.locator("table.board tbody th.method a").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert visitor.complaints == []
