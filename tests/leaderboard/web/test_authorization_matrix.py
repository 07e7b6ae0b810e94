"""Who may do what, asked of every route of the API by everybody. The table is written by hand, apart from the
rules: a route without a row fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from rvosbench_leaderboard.web.security.allow import Allow
from rvosbench_leaderboard.web.security.matrix import MATRIX
from starlette.testclient import TestClient
from web_site import PHASE, ROLES, TUS, WebSite, begin_upload, copy_of, routes_of, submit

EVERYBODY = set(ROLES)
SIGNED_IN = EVERYBODY - {"nobody"}
RED = {"member", "owner"}

# What is asked for belongs to the team Red and to the benchmark of `organiser`.
API: dict[str, set[str]] = {
    "GET /api/v1/server": EVERYBODY,
    "GET /api/v1/benchmarks": EVERYBODY,
    "GET /api/v1/benchmarks/{benchmark}": EVERYBODY,
    "GET /api/v1/phases/{benchmark}/{track}/{phase}": EVERYBODY,
    "GET /api/v1/boards/{benchmark}/{track}/{phase}": EVERYBODY,
    "GET /api/v1/account": SIGNED_IN,
    "POST /api/v1/sign-in": EVERYBODY,
    "GET /api/v1/tokens": SIGNED_IN,
    "POST /api/v1/tokens": SIGNED_IN,
    "DELETE /api/v1/tokens/{token}": {"owner"},
    "GET /api/v1/teams": SIGNED_IN,
    "POST /api/v1/teams": SIGNED_IN,
    "GET /api/v1/teams/{team}": RED | {"admin"},
    "PATCH /api/v1/teams/{team}": {"owner", "admin"},
    "POST /api/v1/teams/{team}/invitations": {"owner", "admin"},
    "POST /api/v1/team-memberships": SIGNED_IN,
    "PATCH /api/v1/teams/{team}/members/{member}": {"owner", "admin"},
    "DELETE /api/v1/teams/{team}/members/{member}": RED | {"admin"},  # the member leaves
    "OPTIONS /api/v1/uploads": EVERYBODY,
    "POST /api/v1/uploads": SIGNED_IN,
    "HEAD /api/v1/uploads/{upload}": RED,
    "PATCH /api/v1/uploads/{upload}": RED,
    "DELETE /api/v1/uploads/{upload}": RED,
    "GET /api/v1/submissions": SIGNED_IN,
    "GET /api/v1/submissions/{submission}": RED | {"organiser", "admin"},
    "GET /api/v1/submissions/{submission}/events": RED | {"organiser", "admin"},
    "PATCH /api/v1/submissions/{submission}": RED,
    "POST /api/v1/submissions/{submission}/publish": RED,
    "POST /api/v1/submissions/{submission}/withdraw": RED,
    "POST /api/v1/submissions/{submission}/cancel": RED,
}

# One request that means something, so that it is the role which decides.
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/sign-in": {"email": "owner@example.org", "password": "wrong wrong wrong"},
    "POST /api/v1/tokens": {"name": "x", "scopes": ["read"]},
    "POST /api/v1/teams": {"name": "Green"},
    "PATCH /api/v1/teams/{team}": {"name": "Crimson"},
    "POST /api/v1/team-memberships": {"secret": "none"},
    "PATCH /api/v1/teams/{team}/members/{member}": {"role": "member"},
    "PATCH /api/v1/submissions/{submission}": {"details": {"method": "Ours"}},
    "POST /api/v1/submissions/{submission}/publish": {},
    "POST /api/v1/submissions/{submission}/withdraw": {"reason": "a mistake"},
}
# Whatever is missing here is refused for a reason that is no matter of who asks.
OWN_404 = {"POST /api/v1/team-memberships"}


def api_routes(app: FastAPI) -> Iterator[str]:
    for route in routes_of(app):
        if action_of(route) is not None and route.path.startswith("/api/"):
            yield from (f"{method} {route.path}" for method in sorted(route.methods))


def action_of(route: Any) -> str | None:
    """The action of its only `Allow`."""
    dependant = getattr(route, "dependant", None)
    found = (
        [one.call.action for one in dependant.dependencies if isinstance(one.call, Allow)]
        if dependant
        else []
    )
    return found[0] if len(found) == 1 else None


@pytest.fixture(scope="module")
def shared_site(model_site: WebSite, tmp_path_factory: pytest.TempPathFactory) -> WebSite:
    return copy_of(model_site, tmp_path_factory.mktemp("matrix") / "site")


def test_every_route_names_one_action_of_the_matrix(shared_site: WebSite) -> None:
    without = [route.path for route in routes_of(shared_site.app) if action_of(route) not in MATRIX]
    assert without == ["/api/v1/openapi.json"]  # says what there is, and nothing of what is in there


def test_every_route_of_the_api_has_a_row(shared_site: WebSite) -> None:
    assert set(api_routes(shared_site.app)) == set(API)


@pytest.mark.parametrize("name", sorted(API))
def test_the_route_lets_through_whom_it_should_and_nobody_else(shared_site: WebSite, name: str) -> None:
    method, _, path = name.partition(" ")
    let_through = set()
    for role in ROLES:
        client = shared_site.browser(role)
        answer = client.request(
            method,
            address(shared_site, path),
            json=BODIES.get(name),
            headers={**client.signed, **TUS},
        )
        assert answer.status_code < 500, answer.text
        if was_let_through(name, role, answer.status_code):
            let_through.add(role)
    assert let_through == API[name]


def was_let_through(name: str, role: str, status: int) -> bool:
    if name == "POST /api/v1/sign-in":
        return status in (401, 403)  # the password is wrong for everybody; nobody is refused for the role
    if status == 404 and name in OWN_404:
        return True
    if role == "nobody":
        assert status == 401 or status < 400, f"{name}: nobody got {status}"
    elif status in (401, 403):
        raise AssertionError(f"{name}: {role} got {status}, and 404 tells less")
    return status not in (401, 403, 404)


def address(site: WebSite, path: str) -> str:
    """An object of the team Red, new for each request that might end it."""
    owner = site.program("owner")
    made: dict[str, Callable[[], str]] = {
        "{benchmark}/{track}/{phase}": lambda: PHASE,
        "{benchmark}": lambda: "mevis",
        "{team}": lambda: site.teams["Red"],
        "{member}": lambda: site.people["member"],
        "{token}": lambda: site_token(site),
        "{upload}": lambda: begin_upload(owner, 10).headers["Location"].rpartition("/")[2],
        "{submission}": lambda: ended_submission(site, owner),
    }
    for part, make in made.items():
        if part in path:
            path = path.replace(part, make())
    _keep_member(site)
    return path


def site_token(site: WebSite) -> str:
    client = site.browser("owner")
    made = client.post("/api/v1/tokens", json={"name": "to go", "scopes": ["read"]}, headers=client.signed)
    return str(made.json()["id"])


def ended_submission(site: WebSite, owner: TestClient) -> str:
    """Cancelled, so that the stream of its states ends at once."""
    key = submit(owner, b"not a zip")
    assert owner.post(f"/api/v1/submissions/{key}/cancel").status_code == 200
    return key


def _keep_member(site: WebSite) -> None:
    """Who was taken out of the team by the request before is in it again."""
    from rvosbench_leaderboard.database.tables import Member

    with site.world.database.write() as session:
        if session.get(Member, (site.teams["Red"], site.people["member"])) is None:
            session.add(
                Member(
                    team=site.teams["Red"],
                    user=site.people["member"],
                    role="member",
                    joined_at=site.world.clock(),
                )
            )


def test_a_token_does_what_its_scopes_say_and_no_more(shared_site: WebSite) -> None:
    reader = shared_site.program("owner", "read")
    assert reader.get("/api/v1/submissions").status_code == 200
    assert begin_upload(reader, 10).status_code == 403
    submitter = shared_site.program("owner", "submit")
    assert submitter.get("/api/v1/submissions").status_code == 403
    assert begin_upload(submitter, 10).status_code == 201
    for scopes in (("read",), ("submit",), ("read", "submit", "admin")):
        program = shared_site.program("owner", *scopes)
        made = program.post("/api/v1/tokens", json={"name": "more", "scopes": ["admin"]})
        assert made.status_code == 403  # a token cannot make another


def test_a_member_takes_nobody_else_out_of_the_team(shared_site: WebSite) -> None:
    team, owner = shared_site.teams["Red"], shared_site.people["owner"]
    member = shared_site.browser("member")
    answer = member.delete(f"/api/v1/teams/{team}/members/{owner}", headers=member.signed)
    assert answer.status_code == 404
    last = shared_site.browser("owner")
    answer = last.delete(f"/api/v1/teams/{team}/members/{owner}", headers=last.signed)
    assert answer.status_code == 409  # somebody has to own it


def test_threat_21_what_is_not_yours_is_not_there(shared_site: WebSite) -> None:
    """The same answer for an id that exists and for one that does not."""
    owner = shared_site.program("owner")
    stranger = shared_site.program("stranger")
    theirs = ended_submission(shared_site, owner)
    nowhere = "01a217ba-1200-7e80-b17b-9a457f992f05"
    told = [stranger.get(f"/api/v1/submissions/{key}") for key in (theirs, nowhere)]
    assert [one.status_code for one in told] == [404, 404]
    assert told[0].json()["problems"] == told[1].json()["problems"]
    assert theirs not in stranger.get("/api/v1/submissions").text
    assert stranger.get("/api/v1/submissions", params={"team": shared_site.teams["Red"]}).json() == []


def test_who_organises_another_benchmark_has_nothing_to_say_in_this_one(shared_site: WebSite) -> None:
    """Every page of organisers and administrators, and every route of submissions, of the pages too."""
    theirs = ended_submission(shared_site, shared_site.program("owner"))
    values = Values({"benchmark": "mevis", "track": "valid", "submission": theirs})
    client = shared_site.browser("other-organiser")
    headers = {**client.signed, "accept": "application/json"}
    asked, answered = 0, set[int]()
    for route in routes_of(shared_site.app):
        if re.match(r"/organise/|/admin|/metrics|/submissions/\{|/entries/", route.path):
            for method in route.methods:
                answer = client.request(method, route.path.format_map(values), headers=headers)
                asked, answered = asked + 1, answered | {answer.status_code}
    assert asked > 30
    assert answered == {404}


class Values(dict[str, str]):
    """Of parameters that do not matter here, anything."""

    def __missing__(self, key: str) -> str:
        return "1"
