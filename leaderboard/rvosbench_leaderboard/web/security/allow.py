"""The one place where requests are let through: `Depends(Allow("action"))` on every route."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import compare_digest

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from rvosbench_leaderboard.web.forms import read_form
from rvosbench_leaderboard.web.refusal import not_allowed, not_signed_in, not_there
from rvosbench_leaderboard.web.security.actor import Actor, current_actor
from rvosbench_leaderboard.web.security.csrf import check_origin, expected_token
from rvosbench_leaderboard.web.security.matrix import MATRIX, Role, Rule
from rvosbench_leaderboard.web.security.subjects import Found, find, roles_of
from rvosbench_leaderboard.web.services import services_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Granted:
    """Who was let through, as what, and to which object."""

    actor: Actor
    roles: frozenset[Role]
    found: Found | None = None

    @property
    def user(self) -> str:
        """The id of the person; only where the action needs one."""
        if self.actor.user is None:
            raise not_signed_in()
        return self.actor.user

    @property
    def id(self) -> str:
        """The id of the object that the path names."""
        if self.found is None:
            raise not_there()
        return self.found.id


class Allow:
    """`action` is a row of the matrix. Without `checks_form` the route itself compares the form's token,
    since the body is too large to be read here."""

    def __init__(self, action: str, *, checks_form: bool = True) -> None:
        self.action = action
        self.rule = MATRIX[action]
        self.checks_form = checks_form

    async def __call__(self, request: Request, actor: Actor = Depends(current_actor)) -> Granted:  # noqa: B008
        if not actor.signed_in and Role.ANYONE not in self.rule.roles:
            raise not_signed_in()
        if request.method not in SAFE and actor.token is None:
            check_origin(request)
            if self.checks_form:
                await _check_form_token(request, actor)
        return await run_in_threadpool(authorize, request, actor, self.rule)


def authorize(request: Request, actor: Actor, rule: Rule) -> Granted:
    """Nobody learns from a refusal whether an object exists: what is not for this person is not there."""
    if not actor.may_use(rule.scope):
        wanted = "a person who is signed in" if rule.scope is None else f"the scope `{rule.scope}`"
        raise not_allowed("token", wanted, "a token without it", "use a token with this scope, or sign in")
    if rule.subject is None and not actor.signed_in:  # nothing to look up, also while the database is away
        return Granted(actor, roles=frozenset({Role.ANYONE}))
    with services_of(request).database.read() as session:
        found = None
        if rule.subject is not None:
            found = find(session, rule.subject, request.path_params)
            if found is None:
                raise not_there()
        roles = roles_of(session, actor, found)
    if not roles & rule.roles:
        raise not_there()
    return Granted(actor, roles, found)


async def _check_form_token(request: Request, actor: Actor) -> None:
    given = request.headers.get("x-csrf-token") or (await read_form(request)).get("csrf", "")
    wanted = expected_token(request, actor)
    if not wanted or not compare_digest(given.encode(), wanted.encode()):
        raise not_allowed(
            "form",
            expected="the token of the page that the form was on",
            found="another or none",
            fix="reload the page and send the form again",
        )
