"""The page of one submission: where it is, what came of it, and what its team may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Benchmark, Job, Phase, Score, Submission, Team, Track
from rvosbench_leaderboard.pages import metadata
from rvosbench_leaderboard.pages.accounts import Form
from rvosbench_leaderboard.pages.happened import happened
from rvosbench_leaderboard.pages.phase_facts import facts_of
from rvosbench_leaderboard.pages.reading import is_moving, sees_scores, where
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.pages.scores import duration_of, score_tables
from rvosbench_leaderboard.pages.standing import method_of
from rvosbench_leaderboard.phases import CANCELLABLE, State
from rvosbench_leaderboard.phases.states import note
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.web.forms import text_field
from rvosbench_leaderboard.web.refusal import bad_request
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.matrix import Role
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Reading = Annotated[Granted, Depends(Allow("submission.read"))]
Changing = Annotated[Granted, Depends(Allow("submission.change"))]

STAGES = (State.RECEIVED, State.VALIDATING, State.QUEUED, State.SCORING, State.SCORED)
DESCRIBABLE = frozenset(State) - {State.REJECTED, State.CANCELLED, State.FAILED_INTERNAL, State.WITHDRAWN}
MOST_ANONYMOUS = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the template asks of a submission, beside its row."""

    row: Submission
    team: str
    where: str
    moving: bool
    status: str
    attempts: int
    duration: str | None
    waits_for_approval: bool
    member: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def method(self) -> str:
        return method_of(self.row)

    @property
    def shown_state(self) -> str:
        return "disqualified" if self.row.disqualified_at is not None else self.row.state

    @property
    def may_cancel(self) -> bool:
        return self.member and State(self.row.state) in CANCELLABLE

    @property
    def may_publish(self) -> bool:
        return self.member and self.row.state == State.SCORED and self.row.disqualified_at is None

    @property
    def may_withdraw(self) -> bool:
        return self.member and self.row.state == State.PUBLISHED

    @property
    def may_describe(self) -> bool:
        return self.member and State(self.row.state) in DESCRIBABLE


@router.get("/submissions/{submission}")
def submission_page(request: Request, granted: Reading) -> Response:
    return _page(request, granted)


@router.post("/submissions/{submission}/publish")
def publish(request: Request, granted: Changing) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        approval = session.get_one(Phase, row.phase).approval
        phases.publish(
            session, row, actor=granted.user, now=now, anonymous_until=_anonymous(row.details, now)
        )
    return go(f"/submissions/{granted.id}", "awaiting" if approval else "published")


@router.post("/submissions/{submission}/withdraw")
def withdraw(request: Request, form: Form, granted: Changing) -> Response:
    services = services_of(request)
    reason = text_field(form, "reason", 300, least=1)
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.withdraw(session, row, reason=reason, actor=granted.user, now=services.settings.clock())
    return go(f"/submissions/{granted.id}", "withdrawn")


@router.post("/submissions/{submission}/cancel")
def cancel(request: Request, granted: Changing) -> Response:
    services = services_of(request)
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.cancel(session, row, actor=granted.user, now=services.settings.clock())
    return go(f"/submissions/{granted.id}", "cancelled")


@router.post("/submissions/{submission}/details")
def describe(request: Request, form: Form, granted: Changing) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    values, wrong = metadata.read(form)
    until = form.get("anonymous_until", "").strip()
    moment = _day(until)
    if until and (moment is None or moment > now + MOST_ANONYMOUS):
        wrong["anonymous_until"] = "a day within the next two years, such as 2027-03-01"
    if wrong:
        return _page(request, granted, status=422, values=dict(form), wrong=wrong)
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        if State(row.state) not in DESCRIBABLE:
            raise bad_request("submission", "one that is alive", f"one that is {row.state}")
        row.details = values | ({"anonymous_until": until} if until else {})
        if row.published_at is not None:
            row.anonymous_until = moment
        note(session, row, actor=granted.user, now=now, detail="description changed")
    return go(f"/submissions/{granted.id}", "saved")


def _page(request: Request, granted: Granted, status: int = 200, **context: Any) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    organiser = bool(granted.roles & {Role.ORGANISER, Role.ADMIN})
    with services.database.read() as session:
        row, team, phase, track, benchmark = session.execute(
            select(Submission, Team.name, Phase, Track, Benchmark)
            .join(Team, Team.id == Submission.team)
            .join(Phase, Phase.id == Submission.phase)
            .join(Track, Track.id == Phase.track)
            .join(Benchmark, Benchmark.id == Track.benchmark)
            .where(Submission.id == granted.id)
        ).one()
        visible = sees_scores(phase, organiser=organiser)
        tables = score_tables(session, row, track) if visible else {"scores": []}
        score = session.scalar(
            select(Score).where(Score.submission == row.id, Score.scorer == track.current_scorer)
        )
        events = happened(session, row.id, organiser=organiser)
        shown = Shown(
            row,
            team,
            where(benchmark, track, phase),
            is_moving(row),
            _status(session, row),
            session.scalar(select(func.max(Job.attempt)).where(Job.submission == row.id)) or 0,
            duration_of(score) if score is not None and visible else None,
            phase.approval and row.state == State.PUBLISHED and row.approved_at is None,
            Role.MEMBER in granted.roles,
        )
    place = facts_of(benchmark, track, phase, now)
    everything = {
        "values": row.details | _kept_day(row),
        "details": row.details,
        "submission": shown,
        "stages": [stage.value for stage in STAGES],
        "problems": (row.report or {}).get("problems", []),
        "events": events,
    }
    return page(
        request,
        "submissions/one.html",
        area="submissions",
        trail=[("Submissions", "/submissions"), (place.title, place.url)],
        status=status,
        actor=granted.actor,
        **(everything | tables | context),
    )


def _status(session: Session, row: Submission) -> str:
    if row.state == State.QUEUED or row.state == State.RECEIVED:
        ahead = jobs.place(session, row.id)
        if ahead is not None:
            return f"Waiting; {ahead} before this one" if ahead else "Waiting; this one is next"
    words = row.stage or row.state
    return words if row.percent is None else f"{words}, {row.percent:.0f} %"


def _kept_day(row: Submission) -> dict[str, str]:
    """The day as it is in force, whichever way it was said."""
    return {} if row.anonymous_until is None else {"anonymous_until": f"{row.anonymous_until:%Y-%m-%d}"}


def _anonymous(details: dict[str, Any], now: datetime) -> datetime | None:
    moment = _day(str(details.get("anonymous_until") or ""))
    return moment if moment is not None and moment > now else None


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
