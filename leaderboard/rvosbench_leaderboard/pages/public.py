"""What everybody sees: benchmarks, boards, entries, and the files of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Phase,
    Score,
    Submission,
    Team,
    Track,
)
from rvosbench_leaderboard.organisers.announcements import in_force
from rvosbench_leaderboard.pages import export
from rvosbench_leaderboard.pages.board import Board, Entry
from rvosbench_leaderboard.pages.fresh import Fresh
from rvosbench_leaderboard.pages.phase_facts import PhaseFacts, facts_of
from rvosbench_leaderboard.pages.render import page
from rvosbench_leaderboard.pages.scores import score_tables
from rvosbench_leaderboard.pages.standing import PUBLISHED, board_of, entry_of, published_counts
from rvosbench_leaderboard.pages.visitors import Made
from rvosbench_leaderboard.web.refusal import not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.matrix import Role
from rvosbench_leaderboard.web.security.subjects import phase_query
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Granted, Depends(Allow("site.read"))]
OfBenchmark = Annotated[Granted, Depends(Allow("benchmark.read"))]
OfPhase = Annotated[Granted, Depends(Allow("phase.read"))]
OfEntry = Annotated[Granted, Depends(Allow("entry.read"))]
SUMMARY = 180  # characters


@dataclass(frozen=True, slots=True)
class BenchmarkCard:
    slug: str
    title: str
    summary: str
    tracks: int
    published: int
    closes_at: datetime | None
    open: bool


@dataclass(frozen=True, slots=True)
class TrackFacts:
    track: Track
    phases: tuple[PhaseFacts, ...]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.track, name)


@router.get("/")
def home(request: Request, granted: Anyone) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        cards = [
            _card(session, one, now) for one in session.scalars(select(Benchmark).order_by(Benchmark.title))
        ]
        news = in_force(session, None)
    answer = page(
        request, "home.html", area="benchmarks", actor=granted.actor, benchmarks=cards, announcements=news
    )
    return _cached(request, answer, granted)


@router.get("/b/{benchmark}")
def benchmark_page(request: Request, granted: OfBenchmark) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        row = session.get_one(Benchmark, granted.id)
        tracks = tracks_of(session, row, now)
        news = in_force(session, row.id)
    answer = page(
        request,
        "benchmark.html",
        area="benchmarks",
        actor=granted.actor,
        benchmark=row,
        tracks=tracks,
        announcements=news,
        organiser=bool(granted.roles & {Role.ORGANISER, Role.ADMIN}),
    )
    return _cached(request, answer, granted)


@router.get("/b/{benchmark}/{track}/{phase}")
def phase_page(request: Request, benchmark: str, track: str, phase: str, granted: OfPhase) -> Response:
    """For those without an account the page is the same, and made once for all who ask in the same second;
    most of them are answered by `visitors`."""
    names = (benchmark, track, phase)
    if granted.actor.signed_in or request.url.query:
        return _cached(request, _phase_page(request, names, granted), granted)
    fresh: Fresh = request.app.state.fresh
    made = fresh.get(request.scope["path"], lambda: Made.of(bytes(_phase_page(request, names, granted).body)))
    return made.answer(request.headers)


def _phase_page(request: Request, names: tuple[str, str, str], granted: Granted) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        row, track, benchmark = session.execute(phase_query(*names)).one()
        board = _visible_board(session, track, row, now, granted)
        siblings = session.scalars(
            select(Phase).where(Phase.track == track.id).order_by(Phase.position)
        ).all()
    return page(
        request,
        "phase.html",
        area="benchmarks",
        actor=granted.actor,
        trail=[(benchmark.title, f"/b/{benchmark.slug}")],
        benchmark=benchmark,
        track=track,
        phase=facts_of(benchmark, track, row, now),
        phases=[facts_of(benchmark, track, one, now) for one in siblings],
        board=board,
        entry_url=entry_url,
    )


@router.get("/b/{benchmark}/{track}/{phase}/board.csv")
def board_csv(request: Request, benchmark: str, track: str, phase: str, granted: OfPhase) -> Response:
    board, _ = _exported(request, (benchmark, track, phase), granted)
    name = f"{benchmark}-{track}-{phase}.csv"
    answer = Response(export.as_csv(board), media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _cached(request, answer, granted)


@router.get("/b/{benchmark}/{track}/{phase}/board.json")
def board_json(request: Request, benchmark: str, track: str, phase: str, granted: OfPhase) -> Response:
    board, title = _exported(request, (benchmark, track, phase), granted)
    return _cached(request, JSONResponse(export.as_json(board, title)), granted)


@router.get("/entries/{submission}")
def entry_page(request: Request, granted: OfEntry) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        found = session.execute(
            select(Submission, Team.name, Phase, Track, Benchmark)
            .join(Team, Team.id == Submission.team)
            .join(Phase, Phase.id == Submission.phase)
            .join(Track, Track.id == Phase.track)
            .join(Benchmark, Benchmark.id == Track.benchmark)
            .where(Submission.id == granted.id, *PUBLISHED)
        ).one_or_none()
        if found is None:
            raise not_there()
        submission, team, phase, track, benchmark = found
        waits = phase.approval and submission.approved_at is None and submission.kind != "baseline"
        if waits or phase.visibility != "public":
            raise not_there()
        entry = entry_of(
            submission, team, _current_score(session, submission, track), track, now, rescored=False
        )
        tables = score_tables(session, submission, track)
    place = facts_of(benchmark, track, phase, now)
    answer = page(
        request,
        "entry.html",
        area="benchmarks",
        actor=granted.actor,
        trail=[(benchmark.title, f"/b/{benchmark.slug}"), (f"{track.title}, {phase.title}", place.url)],
        entry=entry,
        details=submission.details,
        **tables,
    )
    return _cached(request, answer, granted)


def entry_url(entry: Entry) -> str:
    return f"/entries/{entry.id}"


def tracks_of(session: Session, benchmark: Benchmark, now: datetime) -> list[TrackFacts]:
    counts = published_counts(session, benchmark)
    phases: dict[str, list[Phase]] = {}
    for one in session.scalars(
        select(Phase)
        .join(Track, Track.id == Phase.track)
        .where(Track.benchmark == benchmark.id)
        .order_by(Phase.position)
    ):
        phases.setdefault(one.track, []).append(one)
    tracks = session.scalars(select(Track).where(Track.benchmark == benchmark.id).order_by(Track.position))
    return [
        TrackFacts(
            track,
            tuple(
                facts_of(benchmark, track, one, now, counts.get(one.id, 0))
                for one in phases.get(track.id, ())
            ),
        )
        for track in tracks
    ]


def _card(session: Session, benchmark: Benchmark, now: datetime) -> BenchmarkCard:
    tracks = tracks_of(session, benchmark, now)
    phases = [phase for track in tracks for phase in track.phases]
    closing = [phase.closes_at for phase in phases if phase.open and phase.closes_at is not None]
    summary = benchmark.description.split("\n\n")[0]
    return BenchmarkCard(
        benchmark.slug,
        benchmark.title,
        summary if len(summary) <= SUMMARY else f"{summary[:SUMMARY].rsplit(' ', 1)[0]} …",
        len(tracks),
        sum(phase.published for phase in phases),
        min(closing, default=None),
        any(phase.open for phase in phases),
    )


def _visible_board(
    session: Session, track: Track, phase: Phase, now: datetime, granted: Granted
) -> Board | None:
    if phase.visibility != "public" and not granted.roles & {Role.ORGANISER, Role.ADMIN}:
        return None
    return board_of(session, track, phase, now)


def _exported(request: Request, names: tuple[str, str, str], granted: Granted) -> tuple[Board, str]:
    services = services_of(request)
    with services.database.read() as session:
        phase, track, benchmark = session.execute(phase_query(*names)).one()
        board = _visible_board(session, track, phase, services.settings.clock(), granted)
    if board is None:
        raise not_there()
    return board, f"{benchmark.title}: {track.title}, {phase.title}"


def _current_score(session: Session, submission: Submission, track: Track) -> Score | None:
    return session.scalar(
        select(Score).where(Score.submission == submission.id, Score.scorer == track.current_scorer)
    )


def _cached(request: Request, answer: Response, granted: Granted) -> Response:
    """Browsers ask again each time, and are told in a few bytes when nothing has changed."""
    made = Made.of(bytes(answer.body))
    headers = made.headers(shared=not granted.actor.signed_in)
    if made.is_known(request.headers):
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
