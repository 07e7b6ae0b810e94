"""Pages of organisers: the submissions of a benchmark, and what is to be decided about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Benchmark, Member, Organiser, Phase, Submission, Track
from rvosbench_leaderboard.organisers import audit
from rvosbench_leaderboard.organisers.twins import twins
from rvosbench_leaderboard.pages import export
from rvosbench_leaderboard.pages.accounts import Form
from rvosbench_leaderboard.pages.formats import rounded, stamp
from rvosbench_leaderboard.pages.reading import Line, everything, lines
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.phases import State
from rvosbench_leaderboard.web.forms import text_field
from rvosbench_leaderboard.web.refusal import bad_request, not_now
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Listing = Annotated[Granted, Depends(Allow("organise.list"))]
Reading = Annotated[Granted, Depends(Allow("organise.read"))]
Judging = Annotated[Granted, Depends(Allow("submission.judge"))]
MOST_LISTED = 1000
KINDS = ("ordinary", "baseline")
EXPORTED = (
    "id",
    "number",
    "method",
    "team",
    "user",
    "where",
    "state",
    "code",
    "kind",
    "received",
    "published",
    "approved",
    "disqualified",
    "sha256",
    "metric",
    "score",
)


@dataclass(frozen=True, slots=True)
class BenchmarkCard:
    slug: str
    title: str
    submissions: int
    waiting: int
    failed: int


@router.get("/organise")
def list_benchmarks(request: Request, granted: Listing) -> Response:
    with services_of(request).database.read() as session:
        query = select(Benchmark).order_by(Benchmark.title)
        if not granted.actor.admin:
            query = query.join(Organiser, Organiser.benchmark == Benchmark.id).where(
                Organiser.user == granted.user
            )
        cards = [_card(session, one) for one in session.scalars(query)]
    return page(request, "organise/list.html", area="organise", actor=granted.actor, benchmarks=cards)


@router.get("/organise/{benchmark}")
def submissions(request: Request, granted: Reading, state: str = "") -> Response:
    chosen = state if state in set(State) else ""
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        rows = _lines(session, benchmark)
        own = _own_teams(session, granted)
    return page(
        request,
        "organise/submissions.html",
        area="organise",
        actor=granted.actor,
        benchmark=benchmark,
        heading="Submissions",
        rows=[row for row in rows if not chosen or row.state == chosen],
        total=len(rows),
        states=[one.value for one in State],
        state=chosen,
        twins=twins(rows),
        own_teams=own,
    )


@router.get("/organise/{benchmark}/submissions.csv")
def submissions_csv(request: Request, granted: Reading) -> Response:
    slug, records = _exported(request, granted)
    text = export.table([EXPORTED, *(tuple(record.values()) for record in records)])
    answer = Response(text, media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}-submissions.csv"'
    return answer


@router.get("/organise/{benchmark}/submissions.json")
def submissions_json(request: Request, granted: Reading) -> Response:
    slug, records = _exported(request, granted)
    return JSONResponse({"benchmark": slug, "submissions": records})


@router.post("/submissions/{submission}/approve")
def approve(request: Request, granted: Judging) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.approve(session, row, actor=granted.user, now=now)
        back = _judged(session, granted, "approve", now)
    return go(back, "approved")


@router.post("/submissions/{submission}/disqualify")
def disqualify(request: Request, form: Form, granted: Judging) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    reason = text_field(form, "reason", 300, least=1)
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.disqualify(session, row, reason=reason, actor=granted.user, now=now)
        back = _judged(session, granted, "disqualify", now, reason=reason)
    return go(back, "disqualified")


@router.post("/submissions/{submission}/reinstate")
def reinstate(request: Request, granted: Judging) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        phases.reinstate(session, session.get_one(Submission, granted.id), actor=granted.user, now=now)
        back = _judged(session, granted, "reinstate", now)
    return go(back, "reinstated")


@router.post("/submissions/{submission}/baseline")
def mark(request: Request, form: Form, granted: Judging) -> Response:
    """A baseline of the organisers stands on the board as one, and needs no approval: so nobody makes one of
    what belongs to others."""
    services = services_of(request)
    now = services.settings.clock()
    kind = form.get("kind", "")
    if kind not in KINDS:
        raise bad_request("kind", " or ".join(KINDS), "something else")
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        if kind == "baseline" and row.team not in _own_teams(session, granted):
            fix = "submit the baseline with a team that you are in"
            raise not_now("the submission", "one of your own teams", "one of others", fix)
        row.kind = kind
        back = _judged(session, granted, "mark", now, kind=kind)
    return go(back, "saved")


@router.post("/submissions/{submission}/retry")
def retry(request: Request, granted: Judging) -> Response:
    """Once more from the start, after a failure that was ours."""
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        phases.retry(session, session.get_one(Submission, granted.id), actor=granted.user, now=now)
        back = _judged(session, granted, "retry", now)
    return go(back, "saved")


def _own_teams(session: Session, granted: Granted) -> set[str]:
    return set(session.scalars(select(Member.team).where(Member.user == granted.user)))


def _judged(session: Session, granted: Granted, action: str, now: datetime, **detail: Any) -> str:
    """Writes it down, and gives the page to go back to."""
    slug = session.scalar(
        select(Benchmark.slug)
        .join(Track, Track.benchmark == Benchmark.id)
        .join(Phase, Phase.track == Track.id)
        .join(Submission, Submission.phase == Phase.id)
        .where(Submission.id == granted.id)
    )
    where = f"benchmark:{slug}/submission:{granted.id}"
    audit.record(session, actor=granted.user, action=action, on=where, now=now, **detail)
    return f"/organise/{slug}"


def _lines(session: Session, benchmark: Benchmark) -> list[Line]:
    query = everything().where(Benchmark.id == benchmark.id).order_by(Submission.created_at.desc())
    return lines(session, query.limit(MOST_LISTED), organiser=True)


def _exported(request: Request, granted: Granted) -> tuple[str, list[dict[str, Any]]]:
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        query = everything().where(Benchmark.id == benchmark.id).order_by(Submission.created_at)
        rows = lines(session, query, organiser=True)
    return benchmark.slug, [_record(row) for row in rows]


def _record(row: Line) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "method": row.method,
        "team": row.team,
        "user": row.user,
        "where": row.where,
        "state": row.shown_state,
        "code": row.code,
        "kind": row.kind,
        "received": stamp(row.created_at),
        "published": stamp(row.published_at) if row.published_at else None,
        "approved": stamp(row.approved_at) if row.approved_at else None,
        "disqualified": stamp(row.disqualified_at) if row.disqualified_at else None,
        "sha256": row.sha256,
        "metric": row.key,
        "score": None if row.score is None else rounded(row.score),
    }


def _card(session: Session, benchmark: Benchmark) -> BenchmarkCard:
    mine = (
        select(func.count())
        .select_from(Submission)
        .join(Phase, Phase.id == Submission.phase)
        .join(Track, Track.id == Phase.track)
        .where(Track.benchmark == benchmark.id)
    )
    waiting = mine.where(
        Submission.state == State.PUBLISHED,
        Phase.approval,
        Submission.approved_at.is_(None),
        Submission.disqualified_at.is_(None),
        Submission.kind != "baseline",
    )
    failed = mine.where(Submission.state == State.FAILED_INTERNAL)
    return BenchmarkCard(
        benchmark.slug,
        benchmark.title,
        session.scalar(mine) or 0,
        session.scalar(waiting) or 0,
        session.scalar(failed) or 0,
    )
