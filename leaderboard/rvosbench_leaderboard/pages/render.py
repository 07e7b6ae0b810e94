"""Templates to answers. What every page needs (who is looking, the form token, notices) is added here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from sqlalchemy import select

from rvosbench import __version__
from rvosbench.errors import Code, Problem
from rvosbench_leaderboard.database.tables import Organiser, Setting
from rvosbench_leaderboard.pages.assets import Asset
from rvosbench_leaderboard.pages.formats import FILTERS
from rvosbench_leaderboard.pages.metadata import FIELDS
from rvosbench_leaderboard.web.security.actor import NOBODY, Actor, current_actor
from rvosbench_leaderboard.web.security.csrf import csrf_token
from rvosbench_leaderboard.web.services import services_of

TITLE = "rvosbench"

# What a page says after a form was sent. The address carries the key alone, so nobody can put words there.
NOTICES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "saved": ("good", "Saved."),
        "published": ("good", "Published. It stands on the board now."),
        "awaiting": ("good", "Published; an organiser looks at it before it stands on the board."),
        "withdrawn": ("good", "Withdrawn."),
        "cancelled": ("good", "Cancelled. Your quota is refunded."),
        "registered": ("good", "Welcome. Make a team next, or join one by its link."),
        "pending": ("good", "Registered. An administrator has to admit the account before you can log in."),
        "password": ("good", "The password is changed; all other sessions have ended."),
        "revoked": ("good", "Revoked."),
        "removed": ("good", "Done."),
        "joined": ("good", "You are in."),
        "logged-out": ("good", "Logged out."),
        "approved": ("good", "Approved."),
        "disqualified": ("good", "Disqualified. A line with the reason remains on the board."),
        "reinstated": ("good", "Reinstated."),
        "announced": ("good", "Announced."),
        "defined": ("good", "The definition is in force."),
        "rescoring": ("good", "Re-scoring has begun. The board stays as it is until you switch."),
        "switched": ("good", "The board shows the new scores."),
    }
)

TITLES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        401: ("Log in first", "This page is for people with an account."),
        403: ("Not allowed", "The form was too old, or came from another site. Go back, reload, try again."),
        404: ("Not found", "Nothing is here, or nothing that you may see."),
        409: ("Not now", "This cannot be done as things are."),
        413: ("Too large", "That is more than this server takes."),
        422: ("Something is missing", "Some of what was sent cannot be used."),
        429: ("Too many requests", "Wait a moment, then try again."),
        500: ("Our fault", "Something broke on this server. It costs you no submission."),
        503: ("Not available", "The server cannot answer just now. Try again in a moment."),
    }
)


@dataclass(frozen=True, slots=True)
class Site:
    title: str
    version: str
    address: str


@dataclass(frozen=True, slots=True)
class Viewer:
    id: str
    name: str
    admin: bool
    organises: bool


@dataclass(frozen=True, slots=True)
class Notice:
    tone: str
    text: str


def environment(assets: Mapping[str, Asset]) -> Environment:
    made = Environment(
        loader=PackageLoader("rvosbench_leaderboard"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(FILTERS)
    made.globals.update(zip=zip, fields=FIELDS, asset=lambda name: f"/static/{name}?{assets[name].tag}")
    return made


def page(
    request: Request,
    template: str,
    *,
    area: str = "",
    trail: Sequence[tuple[str, str]] = (),
    status: int = 200,
    actor: Actor | None = None,
    **context: Any,
) -> HTMLResponse:
    templates: Environment = request.app.state.templates
    actor = current_actor(request) if actor is None else actor
    tone, text = NOTICES.get(request.query_params.get("done", ""), ("", ""))
    everywhere: dict[str, Any] = {
        "site": site_of(request),
        "viewer": _viewer(request, actor),
        "area": area,
        "trail": trail,
        "notice": Notice(tone, text) if text else None,
        "csrf_field": lambda: _csrf_field(request),
        "values": {},
        "wrong": {},
    }
    return HTMLResponse(templates.get_template(template).render(everywhere | context), status)


def go(url: str, done: str | None = None) -> Response:
    """To another page, by GET, after a form was sent."""
    mark = "&" if "?" in url else "?"
    return RedirectResponse(f"{url}{mark}done={done}" if done else url, 303)


def site_of(request: Request) -> Site:
    services = services_of(request)
    with services.database.read() as session:
        title = session.get(Setting, "title")
        text = title.value if title is not None else TITLE
    address = services.settings.origin or f"{request.url.scheme}://{request.url.netloc}"
    return Site(text, __version__, address)


def error_page(request: Request, status: int, problems: Sequence[Problem], request_id: str) -> Response:
    """Asks no database: it may be the database that is missing. Who is looking was found out before."""
    title, text = TITLES.get(status, TITLES[500] if status >= 500 else TITLES[422])
    if status == 401:
        next_page = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/login?next={quote(next_page)}", 303)
    told = [one for one in problems if one.code not in (Code.NOT_THERE, Code.SERVER_FAILED)]
    templates: Environment = request.app.state.templates
    actor: Actor = getattr(request.state, "actor", NOBODY)
    known = Viewer(actor.user, actor.name, actor.admin, actor.admin) if actor.user is not None else None
    context = {
        "site": Site(TITLE, __version__, ""),
        "viewer": known,
        "csrf_field": lambda: _csrf_field(request),
        "title": title,
        "text": text,
        "problems": told,
        "request_id": request_id,
    }
    return HTMLResponse(templates.get_template("error.html").render(context), status)


def _csrf_field(request: Request) -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token(request))


def _viewer(request: Request, actor: Actor) -> Viewer | None:
    if actor.user is None or actor is NOBODY:
        return None
    with services_of(request).database.read() as session:
        organises = actor.admin or session.scalar(
            select(Organiser.benchmark).where(Organiser.user == actor.user).limit(1)
        )
    return Viewer(actor.user, actor.name, actor.admin, bool(organises))
