"""Who may open which page and send which form, asked of every page by everybody. The table is written by
hand, apart from the rules: a page without a row fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi.routing import APIRoute
from furnished_site import Site, token_of
from rvosbench_leaderboard.database.tables import Member
from rvosbench_leaderboard.pages.router import ROUTERS
from rvosbench_leaderboard.web.security.allow import Allow

EVERYBODY = {"nobody", "bo", "cy", "ada", "olga", "root"}
SIGNED_IN = EVERYBODY - {"nobody"}
TEAM, ORGANISERS, ADMIN = {"ada", "cy"}, {"olga", "root"}, {"root"}

# Ada owns the team that is asked about, Cy is in it, Bo in another; Olga organises; Root administers.
PAGES: dict[str, set[str]] = {
    "GET /static/{name}": EVERYBODY,
    "GET /": EVERYBODY,
    "GET /b/{benchmark}": EVERYBODY,
    "GET /b/{benchmark}/{track}/{phase}": EVERYBODY,
    "GET /b/{benchmark}/{track}/{phase}/board.csv": EVERYBODY,
    "GET /b/{benchmark}/{track}/{phase}/board.json": EVERYBODY,
    "GET /entries/{submission}": EVERYBODY,
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "POST /logout": SIGNED_IN,
    "GET /register": EVERYBODY,
    "POST /register": EVERYBODY,
    "GET /account": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "POST /account/tokens": SIGNED_IN,
    "POST /account/tokens/{token}/revoke": set(),  # of the one whose token it is; there is none here
    "GET /link/admin/{secret}": set(),  # a secret that exists decides, not who asks
    "POST /link/admin/{secret}": set(),
    "GET /link/invite/{secret}": set(),
    "POST /link/invite/{secret}": set(),
    "GET /link/reset/{secret}": set(),
    "POST /link/reset/{secret}": set(),
    "GET /link/join/{secret}": set(),
    "POST /link/join/{secret}": set(),
    "GET /teams": SIGNED_IN,
    "POST /teams": SIGNED_IN,
    "GET /teams/{team}": TEAM | ADMIN,
    "POST /teams/{team}/name": {"ada"} | ADMIN,
    "POST /teams/{team}/invite": {"ada"} | ADMIN,
    "POST /teams/{team}/members/{member}/role": {"ada"} | ADMIN,
    "POST /teams/{team}/members/{member}/remove": TEAM | ADMIN,  # Cy leaves
    "GET /b/{benchmark}/{track}/{phase}/submit": SIGNED_IN,
    "POST /b/{benchmark}/{track}/{phase}/submit": SIGNED_IN,
    "GET /submissions": SIGNED_IN,
    "GET /compare": SIGNED_IN,
    "GET /uploads/{upload}": TEAM,
    "POST /uploads/{upload}/cancel": TEAM,
    "GET /submissions/{submission}": TEAM | ORGANISERS,
    "POST /submissions/{submission}/publish": TEAM,
    "POST /submissions/{submission}/withdraw": TEAM,
    "POST /submissions/{submission}/cancel": TEAM,
    "POST /submissions/{submission}/details": TEAM,
    "POST /submissions/{submission}/approve": ORGANISERS,
    "POST /submissions/{submission}/disqualify": ORGANISERS,
    "POST /submissions/{submission}/reinstate": ORGANISERS,
    "POST /submissions/{submission}/baseline": ORGANISERS,
    "POST /submissions/{submission}/retry": ORGANISERS,
    "GET /organise": SIGNED_IN,
    "GET /organise/new/benchmark": ADMIN,
    "POST /organise/new/benchmark": ADMIN,
    "GET /organise/{benchmark}": ORGANISERS,
    "GET /organise/{benchmark}/submissions.csv": ORGANISERS,
    "GET /organise/{benchmark}/submissions.json": ORGANISERS,
    "GET /organise/{benchmark}/definition": ORGANISERS,
    "POST /organise/{benchmark}/definition": ORGANISERS,
    "GET /organise/{benchmark}/announcements": ORGANISERS,
    "POST /organise/{benchmark}/announcements": ORGANISERS,
    "POST /organise/{benchmark}/announcements/{announcement}/withdraw": set(),  # there is none
    "GET /organise/{benchmark}/audit": ORGANISERS,
    "GET /organise/{benchmark}/rescore": ORGANISERS,
    "GET /organise/{benchmark}/rescore/{track}/{scorer}": ORGANISERS,
    "POST /organise/{benchmark}/rescore/{track}/{scorer}/start": ORGANISERS,
    "POST /organise/{benchmark}/rescore/{track}/{scorer}/switch": ORGANISERS,
    "GET /admin": ADMIN,
    "GET /admin/users": ADMIN,
    "POST /admin/users/invite": ADMIN,
    "POST /admin/users/{user}/disable": ADMIN,
    "POST /admin/users/{user}/enable": ADMIN,
    "POST /admin/users/{user}/promote": ADMIN,
    "POST /admin/users/{user}/demote": ADMIN,
    "POST /admin/users/{user}/reset": ADMIN,
    "GET /admin/announcements": ADMIN,
    "POST /admin/announcements": ADMIN,
    "POST /admin/announcements/{announcement}/withdraw": set(),
    "GET /admin/settings": ADMIN,
    "POST /admin/settings": ADMIN,
    "GET /admin/audit": ADMIN,
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /metrics": ADMIN,
}


def routes() -> Iterator[tuple[str, APIRoute]]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    yield f"{method} {route.path}", route


def test_every_page_has_a_row_and_every_row_a_page() -> None:
    assert sorted(name for name, _ in routes()) == sorted(PAGES)


def test_every_page_says_who_may_open_it() -> None:
    for name, route in routes():
        rules = [one.call for one in route.dependant.dependencies if isinstance(one.call, Allow)]
        assert len(rules) == 1, name


@pytest.mark.parametrize("person", sorted(EVERYBODY))
def test_pages_let_through_whom_the_table_names(site: Site, person: str) -> None:
    names = {
        "name": "base.css",
        "benchmark": "mevis",
        "track": "valid",
        "phase": "open",
        "secret": "none",
        "token": "none",
        "announcement": "none",
        "scorer": site.scorer,
        "team": site.teams["Motion Lab"],
        "member": site.people["cy"],
        "user": site.people["bo"],
        "upload": site.submissions["Slow Motion"],
    }
    client = site.client(None if person == "nobody" else person)
    csrf = token_of(client.get("/login" if person == "nobody" else "/account").text)
    wrong = []
    for name, _ in sorted(routes(), key=lambda one: one[0] == "POST /logout"):
        method, path = name.split(" ")
        shown = "Slow Motion" if "/entries/" in path else "Broken"
        place = path.format(submission=site.submissions[shown], **names)
        if method == "GET":
            answer = client.get(place)
        else:
            answer = client.post(place, data={"csrf": csrf}, headers={"origin": "http://bench.test"})
        led_away = answer.headers.get("location", "").startswith("/login")
        refused = answer.status_code in (401, 404) or led_away
        if refused == (person in PAGES[name]):
            wrong.append(f"{name}: {answer.status_code}")
        if person == "cy" and name.endswith("/remove") and answer.status_code == 303:
            _join_again(site, names["team"], names["member"])
    assert wrong == []


def test_no_get_changes_a_row(site: Site) -> None:
    """But for the time at which a session or token was last seen."""
    root = site.client("root")
    before = _rows(site)
    for name, route in routes():
        if name.startswith("GET"):
            shown = site.submissions["Slow Motion"]
            root.get(
                route.path.format(
                    name="base.css",
                    benchmark="mevis",
                    track="valid",
                    phase="open",
                    submission=shown,
                    upload=shown,
                    secret="x",
                    team=site.teams["Motion Lab"],
                    scorer=site.scorer,
                )
            )
    assert _rows(site) == before


def _join_again(site: Site, team: str, member: str) -> None:
    with site.database.write() as session:
        session.add(Member(team=team, user=member, role="member", joined_at=site.now))


def _rows(site: Site) -> str:
    with closing(sqlite3.connect(site.folder / "server.db")) as connection:
        return "\n".join(connection.iterdump())
