"""Where links lead that work once: the first administrator, an invitation, a new password, a team."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.database.tables import Team, User
from rvosbench_leaderboard.pages.accounts import Form, welcome
from rvosbench_leaderboard.pages.answers import complaints, kept
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.web.accounts import people, teams
from rvosbench_leaderboard.web.accounts.links import Purpose, look_up
from rvosbench_leaderboard.web.security.actor import address_of
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Entering = Annotated[Granted, Depends(Allow("account.enter"))]
Joining = Annotated[Granted, Depends(Allow("team.join"))]
ACCOUNT_FIELDS = ("name", "email", "password")


def link_path(purpose: Purpose, secret: str) -> str:
    """Where a link leads, on this server."""
    return f"/link/{purpose.value}/{secret}"


@router.get("/link/admin/{secret}")
def admin_page(request: Request, secret: str, granted: Entering) -> Response:
    return _account_form(request, Purpose.ADMIN, secret)


@router.post("/link/admin/{secret}")
def admin(request: Request, secret: str, form: Form, granted: Entering) -> Response:
    services = services_of(request)
    try:
        user = people.register_admin(
            services, secret, form.get("name", ""), form.get("email", ""), form.get("password", "")
        )
    except RvosbenchError as error:
        wrong = complaints(error, ACCOUNT_FIELDS)
        return _account_form(
            request, Purpose.ADMIN, secret, 422, values=kept(form, "name", "email"), wrong=wrong
        )
    return welcome(request, user, "/organise")


@router.get("/link/invite/{secret}")
def invite_page(request: Request, secret: str, granted: Entering) -> Response:
    return _account_form(request, Purpose.INVITE, secret)


@router.post("/link/invite/{secret}")
def invite(request: Request, secret: str, form: Form, granted: Entering) -> Response:
    services = services_of(request)
    given = (form.get("name", ""), form.get("email", ""), form.get("password", ""))
    try:
        user = people.register(services, address_of(request), *given, secret)
    except RvosbenchError as error:
        wrong = complaints(error, ACCOUNT_FIELDS)
        return _account_form(
            request, Purpose.INVITE, secret, 422, values=kept(form, "name", "email"), wrong=wrong
        )
    return welcome(request, user)


@router.get("/link/reset/{secret}")
def reset_page(request: Request, secret: str, granted: Entering) -> Response:
    return _reset_form(request, secret)


@router.post("/link/reset/{secret}")
def reset(request: Request, secret: str, form: Form, granted: Entering) -> Response:
    try:
        people.reset_password(services_of(request), secret, form.get("password", ""))
    except RvosbenchError as error:
        return _reset_form(request, secret, 422, wrong=complaints(error, ("password",)))
    return go("/login", "password")


@router.get("/link/join/{secret}")
def join_page(request: Request, secret: str, granted: Joining) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        link = look_up(session, Purpose.JOIN, secret, services.settings.clock())
        team = session.get_one(Team, link.subject)
    return page(
        request,
        "account/reset.html",
        area="teams",
        actor=granted.actor,
        title=f"Join {team.name}",
        text="Its members see each other's submissions and share one quota.",
        button="Join",
    )


@router.post("/link/join/{secret}")
def join(request: Request, secret: str, granted: Joining) -> Response:
    services = services_of(request)
    with services.database.write() as session:
        team = teams.join(session, secret, granted.user, services.settings.clock())
        team_id = team.id
    return go(f"/teams/{team_id}", "joined")


def _account_form(
    request: Request, purpose: Purpose, secret: str, status: int = 200, **context: Any
) -> Response:
    _check(request, purpose, secret)
    first = purpose is Purpose.ADMIN
    text = (
        "Administrators define benchmarks and look after accounts. If you have an account, give its address "
        "and password."
    )
    return page(
        request,
        "account/reset.html",
        status=status,
        title="Become an administrator" if first else "You are invited",
        text=text if first else "Make your account. This link works once.",
        button="Make the account",
        ask_name=True,
        ask_password=True,
        **context,
    )


def _reset_form(request: Request, secret: str, status: int = 200, **context: Any) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        link = look_up(session, Purpose.RESET, secret, services.settings.clock())
        name = session.get_one(User, link.subject).name
    return page(
        request,
        "account/reset.html",
        status=status,
        title="A new password",
        text=f"For the account of {name}. All its sessions end.",
        button="Set the password",
        ask_password=True,
        **context,
    )


def _check(request: Request, purpose: Purpose, secret: str) -> None:
    services = services_of(request)
    with services.database.read() as session:
        look_up(session, purpose, secret, services.settings.clock())
