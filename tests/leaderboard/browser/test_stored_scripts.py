"""Threat 19: whatever people write is text. Every payload in every field, read by Chromium on every page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from furnished_site import Site, furnished
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request
from running_web import running
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import (
    Announcement,
    Benchmark,
    Phase,
    Submission,
    Team,
    Track,
    User,
)
from rvosbench_leaderboard.organisers.audit import record
from rvosbench_leaderboard.web.security.sessions import begin

pytestmark = pytest.mark.full

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "</title></textarea></script><iframe srcdoc='<script>parent.alert(1)</script>'>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<a href=javascript:alert(1)>x</a>",
    "\u202egnp.exe<b onmouseover=alert(1)>x</b>",
    "<style>*{background:url(//example.org)}</style><link rel=stylesheet href=//example.org/x>",
)
TOLD = ("method", "venue", "paper", "code", "training", "device", "setting")
SCHEMES = ("light", "dark")
WIDTHS = (1280, 360)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = furnished(tmp_path_factory.mktemp("attacked") / "server")
    everything = " ".join(PAYLOADS)
    with site.database.write() as session:
        for table, column in ((User, "name"), (Team, "name"), (Track, "title"), (Phase, "title")):
            for row in session.query(table):
                setattr(row, column, f"{everything} {getattr(row, column)}")
        benchmark = session.query(Benchmark).one()
        benchmark.title = benchmark.description = benchmark.homepage = everything
        for place, row in enumerate(session.query(Submission)):
            payload = PAYLOADS[place % len(PAYLOADS)]
            row.details = dict.fromkeys(
                ("method", "venue", "paper", "code", "training", "device", "setting"), payload
            )
            row.name = everything
            row.withdrawn_reason = row.disqualified_reason = everything
            if row.report is not None:
                told = dict.fromkeys(("path", "expected", "found", "fix", "code"), everything)
                row.report = {
                    "problems": [told | {"severity": "error", "count": 2, "examples": list(PAYLOADS)}]
                }
        for where in (None, benchmark.id):
            session.add(
                Announcement(
                    id=new_id(site.now),
                    benchmark=where,
                    author=site.people["root"],
                    title=everything,
                    text=everything,
                    created_at=site.now,
                )
            )
        record(
            session,
            actor=site.people["root"],
            action="x",
            on="benchmark:mevis",
            now=site.now,
            reason=everything,
        )
    return site


@pytest.fixture(scope="module")
def address(attacked: Site) -> Iterator[str]:
    with running(attacked.app()) as place:
        yield place


def paths(site: Site) -> list[str]:
    ours = [
        f"/submissions/{site.submissions[name]}" for name in ("Broken", "In Work", "Not Shown", "Taken Back")
    ]
    entries = [f"/entries/{site.submissions[name]}" for name in ("Slow Motion", "Taken Back", "Too Good")]
    both = "&id=".join(site.submissions[name] for name in ("Slow Motion", "Slow Motion v2"))
    phase = "/b/mevis/valid/open"
    return [
        *("/", "/b/mevis", phase, f"{phase}/submit", "/account", "/teams"),
        *(f"/teams/{site.teams['Motion Lab']}", "/submissions", f"/compare?id={both}", *ours, *entries),
        *("/organise", "/organise/mevis", "/organise/mevis/definition", "/organise/mevis/announcements"),
        *("/organise/mevis/rescore", "/organise/mevis/audit", "/admin", "/admin/users", "/admin/audit"),
        *("/admin/announcements", "/admin/settings", "/nothing/<script>alert(1)</script>"),
    ]


@pytest.mark.parametrize(("scheme", "width"), list(zip(SCHEMES, WIDTHS, strict=True)))
def test_threat_19_no_stored_text_runs_and_no_page_overflows(
    attacked: Site, address: str, chromium: Browser, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        base_url=address,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    complaints: list[str] = []
    with attacked.database.write() as session:
        secret = begin(session, attacked.people["root"], attacked.app().state.settings)
    context.add_cookies([{"name": "rvosbench", "value": secret, "url": address}])
    page = context.new_page()
    listen(page, address, complaints)
    for path in paths(attacked):
        answer = page.goto(path)
        assert answer is not None
        if answer.status != 404:
            assert answer.status == 200, path
            assert _overflow(page) <= 0, path
    context.close()
    assert [one for one in complaints if "404" not in one] == []


def listen(page: Page, address: str, complaints: list[str]) -> None:
    """Dialogs, errors, and requests to anywhere else."""

    def dialog(shown: Dialog) -> None:
        complaints.append(f"dialog at {page.url}")
        shown.dismiss()

    def console(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(f"{said.text} at {page.url}")

    def request(asked: Request) -> None:
        if not asked.url.startswith(address):
            complaints.append(asked.url)

    page.on("dialog", dialog)
    page.on("pageerror", lambda error: complaints.append(f"{error} at {page.url}"))
    page.on("console", console)
    page.on("request", request)


def _overflow(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found
