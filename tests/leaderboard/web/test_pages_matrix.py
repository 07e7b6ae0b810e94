"""Who may see and send what on the pages, asked of every route by everybody. The table is written by hand,
apart from the rules: a route without a row fails."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Announcement, Benchmark, Track, User
from sqlalchemy import select
from web_site import PHASE, ROLES, WebSite, begin_upload, copy_of, routes_of

EVERYBODY = set(ROLES)
SIGNED_IN = EVERYBODY - {"nobody"}
RED = {"member", "owner"}
ORGANISERS = {"organiser", "admin"}

# What is asked for belongs to the team Red and to the benchmark of `organiser`.
PAGES: dict[str, set[str]] = {
    "GET /static/{name}": EVERYBODY,
    "GET /": EVERYBODY,
    "GET /b/{benchmark}": EVERYBODY,
    "GET /b/{benchmark}/{track}/{phase}": EVERYBODY,
    "GET /b/{benchmark}/{track}/{phase}/board.csv": EVERYBODY,
    "GET /b/{benchmark}/{track}/{phase}/board.json": EVERYBODY,
    "GET /entries/{submission}": EVERYBODY,
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "GET /register": EVERYBODY,
    "POST /register": EVERYBODY,
    "GET /link/admin/{secret}": EVERYBODY,
    "POST /link/admin/{secret}": EVERYBODY,
    "GET /link/invite/{secret}": EVERYBODY,
    "POST /link/invite/{secret}": EVERYBODY,
    "GET /link/reset/{secret}": EVERYBODY,
    "POST /link/reset/{secret}": EVERYBODY,
    "GET /link/join/{secret}": SIGNED_IN,
    "POST /link/join/{secret}": SIGNED_IN,
    "POST /logout": SIGNED_IN,
    "GET /account": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "POST /account/tokens": SIGNED_IN,
    "POST /account/tokens/{token}/revoke": {"owner"},
    "GET /teams": SIGNED_IN,
    "POST /teams": SIGNED_IN,
    "GET /teams/{team}": RED | {"admin"},
    "POST /teams/{team}/name": {"owner", "admin"},
    "POST /teams/{team}/invite": {"owner", "admin"},
    "POST /teams/{team}/members/{member}/role": {"owner", "admin"},
    "POST /teams/{team}/members/{member}/remove": RED | {"admin"},  # a member may go
    "GET /b/{benchmark}/{track}/{phase}/submit": SIGNED_IN,
    "POST /b/{benchmark}/{track}/{phase}/submit": SIGNED_IN,
    "GET /submissions": SIGNED_IN,
    "GET /compare": SIGNED_IN,
    "GET /uploads/{upload}": RED,
    "POST /uploads/{upload}/cancel": RED,
    "GET /submissions/{submission}": RED | ORGANISERS,
    "POST /submissions/{submission}/publish": RED,
    "POST /submissions/{submission}/withdraw": RED,
    "POST /submissions/{submission}/cancel": RED,
    "POST /submissions/{submission}/details": RED,
    "POST /submissions/{submission}/approve": ORGANISERS,
    "POST /submissions/{submission}/disqualify": ORGANISERS,
    "POST /submissions/{submission}/reinstate": ORGANISERS,
    "POST /submissions/{submission}/baseline": ORGANISERS,
    "POST /submissions/{submission}/retry": ORGANISERS,
    "GET /organise": SIGNED_IN,
    "GET /organise/{benchmark}": ORGANISERS,
    "GET /organise/{benchmark}/submissions.csv": ORGANISERS,
    "GET /organise/{benchmark}/submissions.json": ORGANISERS,
    "GET /organise/{benchmark}/definition": ORGANISERS,
    "POST /organise/{benchmark}/definition": ORGANISERS,
    "GET /organise/{benchmark}/announcements": ORGANISERS,
    "POST /organise/{benchmark}/announcements": ORGANISERS,
    "POST /organise/{benchmark}/announcements/{announcement}/withdraw": ORGANISERS,
    "GET /organise/{benchmark}/audit": ORGANISERS,
    "GET /organise/{benchmark}/rescore": ORGANISERS,
    "GET /organise/{benchmark}/rescore/{track}/{scorer}": ORGANISERS,
    "POST /organise/{benchmark}/rescore/{track}/{scorer}/start": ORGANISERS,
    "POST /organise/{benchmark}/rescore/{track}/{scorer}/switch": ORGANISERS,
    "GET /organise/new/benchmark": {"admin"},
    "POST /organise/new/benchmark": {"admin"},
    "GET /admin": {"admin"},
    "GET /admin/users": {"admin"},
    "POST /admin/users/{user}/disable": {"admin"},
    "POST /admin/users/{user}/enable": {"admin"},
    "POST /admin/users/{user}/promote": {"admin"},
    "POST /admin/users/{user}/demote": {"admin"},
    "POST /admin/users/{user}/reset": {"admin"},
    "POST /admin/users/invite": {"admin"},
    "GET /admin/announcements": {"admin"},
    "POST /admin/announcements": {"admin"},
    "POST /admin/announcements/{announcement}/withdraw": {"admin"},
    "GET /admin/settings": {"admin"},
    "POST /admin/settings": {"admin"},
    "GET /admin/audit": {"admin"},
    "GET /metrics": {"admin"},
}


@dataclass
class Furnished:
    site: WebSite
    values: dict[str, str]


@pytest.fixture(scope="module")
def furnished(model_with_scores: tuple[WebSite, str], tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """With a published submission of Red, and somebody to be administered."""
    model, submission = model_with_scores
    site = copy_of(model, tmp_path_factory.mktemp("pages") / "site")
    owner = site.program("owner")
    assert owner.post(f"/api/v1/submissions/{submission}/publish", json={}).status_code == 200
    now = site.world.clock()
    person, ours, everybodys = new_id(now), new_id(now), new_id(now)
    with site.world.database.write() as session:
        session.add(User(id=person, name="By", email="by@example.org", password_hash="", created_at=now))
        benchmark = session.scalars(select(Benchmark.id).where(Benchmark.slug == "mevis")).one()
        for key, of in ((ours, benchmark), (everybodys, None)):
            session.add(
                Announcement(
                    id=key,
                    benchmark=of,
                    author=site.people["admin"],
                    title="News",
                    text="None",
                    created_at=now,
                )
            )
        scorer = session.get_one(Track, site.world.track).current_scorer or ""
    values = {
        "name": "base.css",
        "benchmark": "mevis",
        "track": "valid",
        "phase": PHASE.rpartition("/")[2],
        "submission": submission,
        "team": site.teams["Red"],
        "member": "nobody-in-it",
        "secret": "none",
        "scorer": scorer,
        "user": person,
        "announcement": ours,
        "sitewide": everybodys,
    }
    return Furnished(site, values)


def test_every_page_has_a_row(furnished: Furnished) -> None:
    routes = {
        f"{method} {route.path}"
        for route in routes_of(furnished.site.app)
        if not route.path.startswith("/api/")
        for method in route.methods
    }
    assert routes == set(PAGES)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_lets_through_whom_it_should_and_nobody_else(furnished: Furnished, name: str) -> None:
    let_through = {role for role in ROLES if is_let_through(furnished, name, role)}
    assert let_through == PAGES[name]


def is_let_through(furnished: Furnished, name: str, role: str) -> bool:
    """Refused for what was sent is let through; told that nothing is there, or to sign in, is not."""
    method, _, path = name.partition(" ")
    values = dict(furnished.values)
    if path.startswith("/admin/"):
        values["announcement"] = values["sitewide"]
    if "{upload}" in path:
        begun = begin_upload(furnished.site.program("owner"), 10)
        values["upload"] = begun.headers["Location"].rpartition("/")[2]
    if "{token}" in path:
        values["token"] = new_token(furnished.site)
    client = furnished.site.browser(role)
    headers = {**(client.signed if role != "nobody" else {}), "accept": "application/json"}
    answer = client.request(method, path.format_map(values), headers=headers)
    assert answer.status_code < 500 or path == "/readyz", answer.text
    told = {one["path"] for one in answer.json()["problems"]} if answer.status_code == 404 else set()
    if told & {"member", "link"}:  # what it was sent for is not there, which only those learn who may
        return True
    if role == "nobody" and method == "POST" and PAGES[name] == EVERYBODY:
        return answer.status_code == 403  # a form without its page; everything else was right
    return answer.status_code not in (401, 403, 404)


def new_token(site: WebSite) -> str:
    owner = site.browser("owner")
    made = owner.post("/api/v1/tokens", json={"name": "to go", "scopes": ["read"]}, headers=owner.signed)
    return str(made.json()["id"])
