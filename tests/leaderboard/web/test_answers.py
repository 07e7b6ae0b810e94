"""What every answer holds to: no state changes by reading, no path and no traceback, headers, ETags,
rounding."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rvosbench_leaderboard.web
from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.database.tables import Base, Score, Track
from rvosbench_leaderboard.web.events import stream
from server_world import predictions_zip
from sqlalchemy import select
from starlette.testclient import TestClient
from web_site import PHASE, ROLES, TUS, WebSite, begin_upload, routes_of, submit

INJECTIONS = ("' OR 1=1 --", '"; DROP TABLE users; --', "%", "\x00", "../../etc/passwd", "a" * 5000, "\udcff")
TELLING = re.compile(
    rf"Traceback|/site-packages/|\.py\b|/tmp/|{re.escape(str(Path.home()))}|sqlite|psycopg|SELECT |line \d+"
)


def contents(site: WebSite) -> str:
    """A hash of all rows of all tables."""
    with site.world.database.read() as session:
        tables = [sorted(map(repr, session.execute(select(one)))) for one in Base.metadata.sorted_tables]
    return hashlib.sha256(repr(tables).encode()).hexdigest()


def reading_addresses(site: WebSite, submission: str) -> Iterator[str]:
    """Every address that can be read, of the API and of the pages."""
    upload = begin_upload(site.program("owner"), 10).headers["Location"].rpartition("/")[2]
    values = {
        "benchmark": "mevis",
        "track": "valid",
        "phase": "dev",
        "submission": submission,
        "upload": upload,
        "team": site.teams["Red"],
        "name": "base.css",
        "secret": "none",
        "user": site.people["owner"],
    }
    for route in routes_of(site.app):
        if {"GET", "HEAD"} & set(route.methods or ()):
            yield route.path.format_map(_Known(values))


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "1"


def test_threat_20_reading_changes_nothing(scored_site: WebSite, scored: str) -> None:
    addresses = list(reading_addresses(scored_site, scored))
    clients = [scored_site.browser(role) for role in ROLES]
    before = contents(scored_site)
    assert len(addresses) > 20
    for client in clients:
        for address in addresses:
            client.get(address, headers={"accept": "text/html", **TUS})
    assert contents(scored_site) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF-Token": "guessed"}, 403),
        ({"X-CSRF-Token": "OWN", "Origin": "https://evil.example"}, 403),
        ({"X-CSRF-Token": "OWN", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-CSRF-Token": "OWN", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-CSRF-Token": "OWN", "Origin": "null"}, 403),
        ({"X-CSRF-Token": "OWN"}, 201),
    ],
)
def test_threat_20_a_form_from_elsewhere_is_refused(
    site: WebSite, headers: dict[str, str], status: int
) -> None:
    owner = site.browser("owner")
    given = {name: value.replace("OWN", owner.csrf) for name, value in headers.items()}
    answer = owner.post("/api/v1/teams", json={"name": "Green"}, headers=given)
    assert answer.status_code == status


def test_threat_20_the_token_of_one_session_opens_no_other(site: WebSite) -> None:
    owner, stranger = site.browser("owner"), site.browser("stranger")
    answer = stranger.post("/api/v1/teams", json={"name": "Green"}, headers={"X-CSRF-Token": owner.csrf})
    assert answer.status_code == 403


@pytest.mark.parametrize("value", INJECTIONS)
def test_threats_23_and_24_hostile_values_are_values(site: WebSite, value: str) -> None:
    """Never a 5xx, never anything of the machine in the answer, and all tables are still there."""
    owner = site.browser("owner")
    quoted = re.sub(r"[^\w]", lambda one: "".join(f"%{byte:02x}" for byte in _bytes(one[0])), value)
    addresses = [
        f"/api/v1/benchmarks/{quoted}",
        f"/api/v1/boards/{quoted}/{quoted}/{quoted}",
        f"/api/v1/submissions/{quoted}",
        f"/api/v1/submissions?phase={quoted}",
        f"/api/v1/submissions?team={quoted}&order_by={quoted}",
        f"/b/{quoted}",
        f"/teams/{quoted}",
        f"/uploads/{quoted}",
        f"/static/{quoted}",
        f"/{quoted}",
    ]
    answers = [owner.get(one, headers={"accept": "text/html"}) for one in addresses]
    body = json.dumps({"email": value, "password": value}).encode()
    answers.append(owner.post("/api/v1/sign-in", content=body, headers={"content-type": "application/json"}))
    name = {"name": value.encode(errors="ignore").decode()}
    answers.append(owner.post("/api/v1/teams", json=name, headers=owner.signed))
    for answer in answers:
        assert answer.status_code < 500, answer.url
        if answer.status_code >= 400:
            assert not TELLING.search(answer.text), answer.text
    assert owner.get("/api/v1/account").status_code == 200


def test_a_nul_goes_into_no_database(scored_site: WebSite, scored: str) -> None:
    """PostgreSQL would fail at it."""
    owner = scored_site.browser("owner")
    place, team = f"/api/v1/submissions/{scored}", scored_site.teams["Red"]
    answers = [
        owner.get("/api/v1/submissions?team=%00"),
        owner.delete(f"/api/v1/teams/{team}/members/%00", headers=owner.signed),
        owner.patch(place, json={"details": {"method": "\x00"}}, headers=owner.signed),
        owner.post(f"{place}/withdraw", json={"reason": "a\x00"}, headers=owner.signed),
        owner.post(f"/submissions/{scored}/withdraw", data={"reason": "a\x00"}, headers=owner.signed),
    ]
    assert [one.status_code for one in answers] == [422] * len(answers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def test_threat_24_a_defect_tells_the_operator_and_nobody_else(
    site: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("/secret/path of the server")

    monkeypatch.setattr("rvosbench_leaderboard.web.api.accounts.AccountAnswer", broken)
    answer = site.browser("owner").get("/api/v1/account")
    assert answer.status_code == 500
    assert answer.json()["problems"][0]["code"] == "RVB187"
    assert "secret" not in answer.text
    assert len(site.reports) == 1
    assert "/secret/path of the server" in site.reports[0]
    assert answer.json()["request_id"] in site.reports[0]


def test_what_is_refused_is_found_in_the_log_by_its_id(site: WebSite) -> None:
    nobody = site.program_of_nobody()
    answer = nobody.get("/api/v1/submissions/none?secret=x")
    assert site.reports == [
        f"request {answer.json()['request_id']}: {answer.status_code} GET /api/v1/submissions/none"
    ]
    nobody.get("/link/join/a-secret-of-a-team", headers={"accept": "text/html"})
    nobody.get("/b/two%0Alines", headers={"accept": "text/html"})
    assert not any("a-secret" in one or "\n" in one for one in site.reports)


def test_what_is_wrong_with_a_body_is_said_in_words(site: WebSite) -> None:
    program = site.program_of_nobody()

    def told(**sent: Any) -> list[tuple[str, str, str]]:
        problems = program.post("/api/v1/sign-in", **sent).json()["problems"]
        return [(one["path"], one["expected"], one["found"]) for one in problems]

    broken = told(content='{"email": ada}', headers={"content-type": "application/json"})
    assert broken == [("body, character 10", "JSON", "something that is no JSON")]
    body = {"email": 5, "days": "soon"}
    assert set(told(json=body)) == {
        ("body.email", "a valid string", "a number"),
        ("body.password", "this field", "none"),
        (
            "body.days",
            "a valid integer, unable to parse string as an integer",
            "a text of 4 characters",
        ),
    }


def test_a_database_that_is_away_is_503_and_says_nothing_of_itself(
    site: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = site.program("owner")
    monkeypatch.setattr(Database, "read", _away)
    answer = owner.get("/api/v1/account")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert "secret" not in answer.text


def _away(_: Database) -> Any:
    from rvosbench_leaderboard.database.engine import DatabaseUnavailable

    raise DatabaseUnavailable("connection to secret-host.example failed")


def test_every_answer_protects_its_reader(site: WebSite) -> None:
    for address in ("/", "/login", "/nothing", "/api/v1/server", "/api/v1/nothing", "/static/base.css"):
        headers = site.browser().get(address, headers={"accept": "text/html"}).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
        assert "cache-control" in headers


def test_bodies_are_bounded(site: WebSite) -> None:
    owner = site.browser("owner")
    large = b"{" + b" " * (2 << 20)
    headers = {**owner.signed, "content-type": "application/json"}
    assert owner.post("/api/v1/teams", content=large, headers=headers).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 16)

    assert owner.post("/api/v1/teams", content=endless(), headers=headers).status_code == 413


def test_what_has_not_changed_is_not_sent_again(scored_site: WebSite, scored: str) -> None:
    nobody, owner = scored_site.browser(), scored_site.browser("owner")
    for client, address in (
        (nobody, "/api/v1/benchmarks"),
        (nobody, f"/api/v1/boards/{PHASE}"),
        (owner, f"/api/v1/submissions/{scored}"),
    ):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert nobody.get("/api/v1/benchmarks").headers["cache-control"].startswith("public")
    assert owner.get("/api/v1/benchmarks").headers["cache-control"].startswith("private")


def test_threat_14_a_hidden_track_tells_hundredths_of_a_percent_and_nothing_of_single_items(
    scored_site: WebSite, scored: str
) -> None:
    owner = scored_site.program("owner")
    with scored_site.world.database.read() as session:
        exact = session.scalars(select(Score.metrics).where(Score.submission == scored)).one()
    told = owner.get(f"/api/v1/submissions/{scored}").json()
    for name, score in told["scores"].items():
        assert score["value"] == round(exact[name], 4)
        assert set(score) == {"value", "low", "high"}
    for secret in ("alley", "beach", "attributes", "seconds", "vector_hash"):
        assert secret not in json.dumps(told["scores"]) + json.dumps(sorted(told))
    with scored_site.world.database.write() as session:
        session.get_one(Track, scored_site.world.track).hidden = False
    open_track = owner.get(f"/api/v1/submissions/{scored}").json()
    assert open_track["scores"]["J&F"]["value"] == exact["J&F"]


def test_scores_that_are_for_organisers_are_told_to_nobody_else(scored_site: WebSite, scored: str) -> None:
    scored_site.world.set_phase(visibility="organisers")
    address = f"/api/v1/submissions/{scored}"
    assert scored_site.program("owner").get(address).json()["scores"] == {}
    assert scored_site.program("organiser").get(address).json()["scores"]
    assert scored_site.browser().get(f"/api/v1/boards/{PHASE}").status_code == 404


def test_a_life_of_a_submission_by_the_api(scored_site: WebSite, scored: str) -> None:
    owner, place = scored_site.program("owner"), f"/api/v1/submissions/{scored}"
    described = owner.patch(place, json={"details": {"method": "Ours", "parameters": 12.5}})
    assert described.json()["details"] == {"method": "Ours", "parameters": 12.5}
    wrong = owner.patch(place, json={"details": {"paper": "javascript:alert(1)", "fps": "fast"}})
    assert wrong.status_code == 422
    assert {one["path"] for one in wrong.json()["problems"]} == {"details.paper", "details.fps"}
    until = (scored_site.world.clock() + timedelta(days=30)).isoformat()
    published = owner.post(f"{place}/publish", json={"anonymous_until": until})
    assert published.json()["state"] == "published"
    board = scored_site.browser().get(f"/api/v1/boards/{PHASE}").json()
    assert [(one["method"], one["team"]) for one in board["entries"]] == [("Ours", None)]
    assert owner.post(f"{place}/cancel").status_code == 409
    withdrawn = owner.post(f"{place}/withdraw", json={"reason": "a mistake in training"})
    assert (withdrawn.json()["state"], withdrawn.json()["withdrawn_reason"]) == (
        "withdrawn",
        "a mistake in training",
    )


def test_the_states_of_a_submission_come_as_events(site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "EVERY", 0.01)
    owner = site.program("owner")
    key = submit(owner, predictions_zip(site.world.split))
    seen: list[str] = []

    def look(services: Any, submission: str) -> Any:
        """Between two looks a worker gets on."""
        found = real(services, submission)
        seen.append(found.state)
        if len(seen) == 2:
            site.world.work()
        return found

    real = stream._look
    monkeypatch.setattr(stream, "_look", look)
    answer = owner.get(f"/api/v1/submissions/{key}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    states = [json.loads(line[6:])["state"] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert states == ["received", "scored"]
    assert len(seen) > len(states)  # what has not changed is not told again


def test_threat_31_the_server_fetches_nothing() -> None:
    """No client of any protocol is imported anywhere in the web."""
    clients = {"urllib.request", "http.client", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "socket"}
    imported = set()
    for file in Path(rvosbench_leaderboard.web.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
    assert imported & clients == set()


def test_the_description_of_the_api_names_every_route(site: WebSite) -> None:
    client = TestClient(site.app)
    described = client.get("/api/v1/openapi.json").json()
    routes = {route.path for route in routes_of(site.app) if route.path.startswith("/api/v1/")}
    assert set(described["paths"]) == routes - {"/api/v1/openapi.json"}
