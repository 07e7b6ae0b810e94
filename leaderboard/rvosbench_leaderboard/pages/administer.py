"""Pages of administrators: how the server does, accounts, settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Setting
from rvosbench_leaderboard.organisers import accounts, announcements, audit
from rvosbench_leaderboard.organisers.state import look
from rvosbench_leaderboard.pages.accounts import Form
from rvosbench_leaderboard.pages.defining import announce_for, audit_list
from rvosbench_leaderboard.pages.links import link_path
from rvosbench_leaderboard.pages.render import TITLE, go, page, site_of
from rvosbench_leaderboard.pages.teams import Secret
from rvosbench_leaderboard.web.accounts.links import LIFETIME, Purpose
from rvosbench_leaderboard.web.accounts.policy import Policy, policy, set_policy
from rvosbench_leaderboard.web.forms import text_field
from rvosbench_leaderboard.web.refusal import bad_request
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Administering = Annotated[Granted, Depends(Allow("site.administer"))]
FRAME = "admin/frame.html"
POLICIES = (
    (Policy.OPEN.value, "everybody"),
    (Policy.APPROVAL.value, "everybody, once an administrator agrees"),
    (Policy.INVITATION.value, "who has an invitation"),
)


@router.get("/admin")
def status(request: Request, granted: Administering) -> Response:
    services = services_of(request)
    with services.database.read() as session:
        state = look(session, services.settings.clock())
    return page(
        request,
        "admin/status.html",
        area="admin",
        actor=granted.actor,
        heading="Status",
        state=state,
        free=services.settings.blobs.free(),
    )


@router.get("/admin/users")
def users(request: Request, granted: Administering, q: str = "") -> Response:
    return _users(request, granted, q)


@router.post("/admin/users/{user}/disable")
def disable(request: Request, user: str, granted: Administering) -> Response:
    return _changed(request, user, granted, accounts.shut_out)


@router.post("/admin/users/{user}/enable")
def enable(request: Request, user: str, granted: Administering) -> Response:
    return _changed(request, user, granted, accounts.let_in)


@router.post("/admin/users/{user}/promote")
def promote(request: Request, user: str, granted: Administering) -> Response:
    return _changed(request, user, granted, accounts.promote)


@router.post("/admin/users/{user}/demote")
def demote(request: Request, user: str, granted: Administering) -> Response:
    return _changed(request, user, granted, accounts.demote)


@router.post("/admin/users/{user}/reset")
def reset(request: Request, user: str, granted: Administering) -> Response:
    """The link stands in the answer itself: only its hash is kept."""
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        row, secret = accounts.reset_link(session, user, actor=granted.user, now=now)
    title = f"A link with which {row.name} sets a new password."
    return _users(request, granted, secret=_secret(request, Purpose.RESET, secret, now, title))


@router.post("/admin/users/invite")
def invite(request: Request, granted: Administering) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        secret = accounts.invitation(session, actor=granted.user, now=now)
    title = "An invitation for one person."
    return _users(request, granted, secret=_secret(request, Purpose.INVITE, secret, now, title))


@router.get("/admin/announcements")
def announcements_page(request: Request, granted: Administering) -> Response:
    with services_of(request).database.read() as session:
        items = announcements.everything(session, None)
    return page(
        request,
        "organise/announcements.html",
        area="admin",
        actor=granted.actor,
        frame=FRAME,
        heading="Announcements",
        items=items,
        action="/admin/announcements",
    )


@router.post("/admin/announcements")
def announce(request: Request, form: Form, granted: Administering) -> Response:
    announce_for(request, form, granted, None, "site")
    return go("/admin/announcements", "announced")


@router.post("/admin/announcements/{announcement}/withdraw")
def take_down(request: Request, announcement: str, granted: Administering) -> Response:
    services = services_of(request)
    with services.database.write() as session:
        announcements.take_down(
            session, None, announcement, actor=granted.user, on="site", now=services.settings.clock()
        )
    return go("/admin/announcements", "removed")


@router.get("/admin/settings")
def settings_page(request: Request, granted: Administering) -> Response:
    with services_of(request).database.read() as session:
        values = {"title": title_of(session), "registration": policy(session).value}
    return page(
        request,
        "admin/settings.html",
        area="admin",
        actor=granted.actor,
        heading="Settings",
        values=values,
        policies=POLICIES,
    )


@router.post("/admin/settings")
def change_settings(request: Request, form: Form, granted: Administering) -> Response:
    services = services_of(request)
    title = text_field(form, "title", 60, least=1)
    chosen = form.get("registration", "")
    if chosen not in set(Policy):
        raise bad_request("registration", " or ".join(Policy), "something else")
    with services.database.write() as session:
        session.merge(Setting(name="title", value=title))
        set_policy(session, Policy(chosen))
        audit.record(
            session,
            actor=granted.user,
            action="settings",
            on="site",
            now=services.settings.clock(),
            title=title,
            registration=chosen,
        )
    return go("/admin/settings", "saved")


@router.get("/admin/audit")
def audit_page(request: Request, granted: Administering, before: str = "") -> Response:
    with services_of(request).database.read() as session:
        entries = audit.entries(session, None, before or None)
    return audit_list(request, granted, FRAME, entries)


def title_of(session: Session) -> str:
    row = session.get(Setting, "title")
    return TITLE if row is None else row.value


def _changed(request: Request, user: str, granted: Granted, change: Callable[..., None]) -> Response:
    services = services_of(request)
    with services.database.write() as session:
        change(session, user, actor=granted.user, now=services.settings.clock())
    return go("/admin/users", "saved")


def _users(request: Request, granted: Granted, q: str = "", **context: Any) -> Response:
    with services_of(request).database.read() as session:
        rows, more = accounts.find(session, q.strip()[:100].replace("\x00", ""))
    return page(
        request,
        "admin/users.html",
        area="admin",
        actor=granted.actor,
        heading="Users",
        users=rows,
        more=more,
        q=q,
        **context,
    )


def _secret(request: Request, purpose: Purpose, secret: str, now: datetime, title: str) -> Secret:
    return Secret(f"{site_of(request).address}{link_path(purpose, secret)}", now + LIFETIME, title)
