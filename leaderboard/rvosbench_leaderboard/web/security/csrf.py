"""Forms are taken from our own pages only: by what browsers say of the origin, and by a token in each
form."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.refusal import not_allowed
from rvosbench_leaderboard.web.security.actor import Actor, current_actor
from rvosbench_leaderboard.web.security.secrets import new_secret
from rvosbench_leaderboard.web.services import services_of

OURS = frozenset({"same-origin", "none"})


def check_origin(request: Request) -> None:
    """Browsers say where a request comes from; programs say nothing, and need the token."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in OURS:
        raise _foreign()
    if origin is not None and _host(origin) != _own_host(request):
        raise _foreign()


def expected_token(request: Request, actor: Actor) -> str | None:
    """That of the session, or, before there is one, that of the cookie which came with the page."""
    if actor.csrf is not None:
        return actor.csrf
    return request.cookies.get(form_cookie(services_of(request).settings))


def csrf_token(request: Request) -> str:
    """For the hidden field of a page that is being made. Visitors without a session get a cookie with it."""
    actor = current_actor(request)
    known = expected_token(request, actor) or getattr(request.state, "new_form_token", None)
    if known is None:
        known = request.state.new_form_token = new_secret()
    return known


def form_cookie(settings: WebSettings) -> str:
    return "__Host-rvosbench-form" if settings.secure else "rvosbench-form"


def _own_host(request: Request) -> str:
    origin = services_of(request).settings.origin
    return _host(origin) if origin is not None else request.headers.get("host", "").lower()


def _host(origin: str) -> str:
    return urlsplit(origin).netloc.lower()


def _foreign() -> Exception:
    return not_allowed(
        "form",
        expected="a request from a page of this server",
        found="one from another site",
        fix="open the page of this server and send the form from there",
    )
