"""Pages on which a benchmark is defined, announced and looked back upon."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench.errors import Problem, RvosbenchError
from rvosbench_leaderboard.database.tables import Benchmark, Definition, User
from rvosbench_leaderboard.definitions import EXAMPLE, define
from rvosbench_leaderboard.organisers import announcements, audit
from rvosbench_leaderboard.pages.accounts import Form
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.web.forms import text_field
from rvosbench_leaderboard.web.refusal import Refusal, not_now
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Administering = Annotated[Granted, Depends(Allow("site.administer"))]
Reading = Annotated[Granted, Depends(Allow("organise.read"))]
Changing = Annotated[Granted, Depends(Allow("organise.change"))]
FILE = "definition"
LONGEST = 100_000
FRAME = "organise/frame.html"


@dataclass(frozen=True, slots=True)
class Version:
    version: int
    created_at: datetime
    author: str
    sha256: str
    diff: str


@router.get("/organise/new/benchmark")
def new_page(request: Request, granted: Administering) -> Response:
    return _new(request, granted, EXAMPLE)


@router.post("/organise/new/benchmark")
def new(request: Request, form: Form, granted: Administering) -> Response:
    text = _text(form)
    try:
        slug = _define(request, text, granted, None)
    except RvosbenchError as error:
        return _new(request, granted, text, 422, problems=error.problems)
    return go(f"/organise/{slug}/definition", "defined")


@router.get("/organise/{benchmark}/definition")
def definition_page(request: Request, granted: Reading) -> Response:
    return _definition(request, granted)


@router.post("/organise/{benchmark}/definition")
def change_definition(request: Request, benchmark: str, form: Form, granted: Changing) -> Response:
    text = _text(form)
    try:
        _define(request, text, granted, benchmark, text_field(form, "version", 20))
    except RvosbenchError as error:
        status = error.status if isinstance(error, Refusal) else 422
        return _definition(request, granted, text, status, problems=error.problems)
    return go(f"/organise/{benchmark}/definition", "defined")


@router.get("/organise/{benchmark}/announcements")
def announcements_page(request: Request, granted: Reading) -> Response:
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        items = announcements.everything(session, benchmark.id)
    return page(
        request,
        "organise/announcements.html",
        area="organise",
        actor=granted.actor,
        frame=FRAME,
        heading="Announcements",
        benchmark=benchmark,
        items=items,
        action=f"/organise/{benchmark.slug}/announcements",
    )


@router.post("/organise/{benchmark}/announcements")
def announce(request: Request, benchmark: str, form: Form, granted: Changing) -> Response:
    announce_for(request, form, granted, granted.id, f"benchmark:{benchmark}")
    return go(f"/organise/{benchmark}/announcements", "announced")


@router.post("/organise/{benchmark}/announcements/{announcement}/withdraw")
def take_down(request: Request, benchmark: str, announcement: str, granted: Changing) -> Response:
    services = services_of(request)
    with services.database.write() as session:
        announcements.take_down(
            session,
            granted.id,
            announcement,
            actor=granted.user,
            on=f"benchmark:{benchmark}",
            now=services.settings.clock(),
        )
    return go(f"/organise/{benchmark}/announcements", "removed")


@router.get("/organise/{benchmark}/audit")
def audit_page(request: Request, granted: Reading, before: str = "") -> Response:
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        entries = audit.entries(session, f"benchmark:{benchmark.slug}", before or None)
    return audit_list(request, granted, FRAME, entries, benchmark=benchmark)


def announce_for(request: Request, form: Form, granted: Granted, benchmark: str | None, on: str) -> None:
    services = services_of(request)
    title = text_field(form, "title", 120, least=1)
    text = text_field(form, "text", 4000, least=1, lines=True)
    with services.database.write() as session:
        announcements.announce(
            session, benchmark, title, text, actor=granted.user, on=on, now=services.settings.clock()
        )


def audit_list(
    request: Request, granted: Granted, frame: str, entries: Sequence[audit.AuditLine], **context: Any
) -> Response:
    return page(
        request,
        "organise/audit.html",
        area=frame.partition("/")[0],
        actor=granted.actor,
        frame=frame,
        heading="Audit log",
        entries=entries,
        older=entries[-1].id if len(entries) == audit.PAGE else None,
        **context,
    )


def _text(form: Form) -> str:
    return text_field(form, "text", LONGEST, least=1, lines=True) + "\n"


def _define(request: Request, text: str, granted: Granted, only: str | None, seen: str = "") -> str:
    """`seen` is the version that the author began with."""
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        if only is not None:
            _check_unchanged(session, only, seen)
        made = define(session, text, name=FILE, author=granted.user, now=now, only=only)
        if made.changed:
            audit.record(
                session,
                actor=granted.user,
                action="define",
                on=f"benchmark:{made.slug}",
                now=now,
                version=made.version,
            )
    return made.slug


def _check_unchanged(session: Session, slug: str, seen: str) -> None:
    """Of two who edit at once, the second is told; nobody's change is written over unseen."""
    benchmark = session.scalars(select(Benchmark).where(Benchmark.slug == slug).with_for_update()).one()
    version, name = session.execute(
        select(Definition.version, User.name)
        .outerjoin(User, User.id == Definition.author)
        .where(Definition.benchmark == benchmark.id)
        .order_by(Definition.version.desc())
        .limit(1)
    ).one_or_none() or (0, None)
    if seen and seen != str(version):
        raise not_now(
            "the definition",
            f"version {seen} in force, which you began with",
            f"version {version}, by {name or 'a file of the server'}",
            "see under Versions what it changed, put that into your text, and take it over again",
        )


def _new(
    request: Request, granted: Granted, text: str, status: int = 200, problems: Sequence[Problem] = ()
) -> Response:
    return page(
        request,
        "organise/definition.html",
        area="organise",
        status=status,
        actor=granted.actor,
        base="base.html",
        heading="New benchmark",
        text=text,
        problems=problems,
    )


def _definition(
    request: Request,
    granted: Granted,
    text: str | None = None,
    status: int = 200,
    problems: Sequence[Problem] = (),
) -> Response:
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        newest, versions = _versions(session, benchmark)
    return page(
        request,
        "organise/definition.html",
        area="organise",
        status=status,
        actor=granted.actor,
        base=FRAME,
        heading="Definition",
        benchmark=benchmark,
        text=newest if text is None else text,
        versions=versions,
        version=versions[0].version if versions else 0,
        problems=problems,
    )


def _versions(session: Session, benchmark: Benchmark) -> tuple[str, list[Version]]:
    """The text in force, and all versions, the newest first, with what each changed."""
    rows = session.execute(
        select(Definition, User.name)
        .outerjoin(User, User.id == Definition.author)
        .where(Definition.benchmark == benchmark.id)
        .order_by(Definition.version)
    )
    found: list[Version] = []
    before = ""
    for row, name in rows:
        lines = difflib.unified_diff(before.splitlines(), row.text.splitlines(), lineterm="", n=2)
        diff = "\n".join(list(lines)[2:]) if before else ""
        found.append(Version(row.version, row.created_at, name or row.author, row.sha256, diff))
        before = row.text
    return before, found[::-1]
