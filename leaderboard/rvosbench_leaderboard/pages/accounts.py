"""Pages of one's own account: in, out, tokens, password, and what the links that work once lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.database.tables import Token, User
from rvosbench_leaderboard.pages.answers import complaints, kept, local_path
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.web.accounts import people
from rvosbench_leaderboard.web.accounts.policy import policy
from rvosbench_leaderboard.web.forms import read_form
from rvosbench_leaderboard.web.refusal import bad_request
from rvosbench_leaderboard.web.security import sessions
from rvosbench_leaderboard.web.security.actor import address_of
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of
from rvosbench_leaderboard.web.tokens import tokens

router = APIRouter(include_in_schema=False)
Entering = Annotated[Granted, Depends(Allow("account.enter"))]
Reading = Annotated[Granted, Depends(Allow("account.read"))]
Changing = Annotated[Granted, Depends(Allow("account.change"))]
OfToken = Annotated[Granted, Depends(Allow("token.change"))]
Form = Annotated[Mapping[str, str], Depends(read_form)]

SCOPES = (
    ("read", "see what you see"),
    ("submit", "upload, publish, withdraw"),
    ("admin", "read what you see as an organiser or administrator; changes nothing"),
)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None
    state: str

    @property
    def alive(self) -> bool:
        return self.state == "alive"


@router.get("/login")
def login_page(request: Request, granted: Entering) -> Response:
    where = local_path(request.query_params.get("next"))
    return go(where) if granted.actor.signed_in else page(request, "account/login.html", next=where)


@router.post("/login")
def login(request: Request, form: Form, granted: Entering) -> Response:
    services = services_of(request)
    where = local_path(form.get("next"))
    try:
        user = people.sign_in(services, address_of(request), form.get("email", ""), form.get("password", ""))
    except RvosbenchError as error:
        return page(
            request,
            "account/login.html",
            status=422,
            next=where,
            values=kept(form, "email"),
            wrong=" ".join(complaints(error, ()).values()),
        )
    answer = go(where)
    sessions.give_cookie(request, answer, people.begin_session(services, user))
    return answer


@router.post("/logout")
def logout(request: Request, granted: Changing) -> Response:
    if granted.actor.login is not None:
        with services_of(request).database.write() as session:
            sessions.end(session, granted.actor.login)
    answer = go("/")
    sessions.take_cookie(request, answer)
    return answer


@router.get("/register")
def register_page(request: Request, granted: Entering) -> Response:
    return go("/account") if granted.actor.signed_in else _register_page(request)


@router.post("/register")
def register(request: Request, form: Form, granted: Entering) -> Response:
    services = services_of(request)
    try:
        user = people.register(
            services,
            address_of(request),
            form.get("name", ""),
            form.get("email", ""),
            form.get("password", ""),
        )
    except RvosbenchError as error:
        return _register_page(
            request,
            status=422,
            values=kept(form, "name", "email"),
            wrong=complaints(error, ("name", "email", "password")),
        )
    return welcome(request, user)


def welcome(request: Request, user: User, where: str = "/teams") -> Response:
    """Signed in at once, unless an administrator has to agree first."""
    if user.disabled_at is not None:
        return go("/login", "pending")
    answer = go(where, "registered")
    sessions.give_cookie(request, answer, people.begin_session(services_of(request), user))
    return answer


def _register_page(request: Request, status: int = 200, **context: Any) -> Response:
    with services_of(request).database.read() as session:
        rule = policy(session)
    return page(
        request, "account/register.html", status=status, policy=rule.value, action="/register", **context
    )


@router.get("/account")
def account(request: Request, granted: Reading) -> Response:
    return _account_page(request, granted)


@router.post("/account/password")
def change_password(request: Request, form: Form, granted: Changing) -> Response:
    services = services_of(request)
    try:
        secret = people.change_password(
            services, address_of(request), granted.user, form.get("old", ""), form.get("password", "")
        )
    except RvosbenchError as error:
        found = complaints(error, ("password", "old"))
        if "form" in found:  # it is the old password that did not fit
            found["old"] = found.pop("form")
        return _account_page(request, granted, status=422, wrong=found)
    answer = go("/account", "password")
    sessions.give_cookie(request, answer, secret)
    return answer


@router.post("/account/tokens")
def create_token(request: Request, form: Form, granted: Changing) -> Response:
    """The token stands in the answer itself: it is never kept, so there is no page to go to."""
    services = services_of(request)
    scopes = [scope for scope, _ in SCOPES if form.get(f"scope_{scope}")]
    try:
        days = int(form.get("days", ""))
    except ValueError:
        raise bad_request("days", "a number of days", "something else") from None
    try:
        with services.database.write() as session:
            _, secret = tokens.create(
                session, granted.user, form.get("name", ""), scopes, days, services.settings.clock()
            )
    except RvosbenchError as error:
        return _account_page(request, granted, status=422, wrong=complaints(error, ("name", "scopes")))
    return _account_page(request, granted, secret=secret)


@router.post("/account/tokens/{token}/revoke")
def revoke_token(request: Request, granted: OfToken) -> Response:
    services = services_of(request)
    with services.database.write() as session:
        tokens.revoke(session, granted.id, services.settings.clock())
    return go("/account", "revoked")


def _account_page(request: Request, granted: Granted, status: int = 200, **context: Any) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        user = session.get_one(User, granted.user)
        mine = [_facts(one, now) for one in tokens.of_user(session, granted.user)]
    return page(
        request,
        "account/account.html",
        area="account",
        status=status,
        actor=granted.actor,
        email=user.email,
        tokens=mine,
        scopes=SCOPES,
        **context,
    )


def _facts(token: Token, now: datetime) -> TokenFacts:
    state = "alive"
    if token.revoked_at is not None:
        state = "revoked"
    elif token.expires_at is not None and token.expires_at <= now:
        state = "expired"
    return TokenFacts(
        token.id, token.name, tuple(token.scopes), token.created_at, token.used_at, token.expires_at, state
    )
