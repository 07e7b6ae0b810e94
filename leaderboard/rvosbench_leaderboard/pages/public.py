"""What everybody sees: benchmarks, boards, entries, and the files of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Phase,
    Submission,
    Track,
)
from rvosbench_leaderboard.organisers.announcements import in_force
from rvosbench_leaderboard.pages import export
from rvosbench_leaderboard.pages.basis import basis_of, published_entry
from rvosbench_leaderboard.pages.board import Entry
from rvosbench_leaderboard.pages.fresh import Fresh
from rvosbench_leaderboard.pages.kept import KeptBoard, kept_boards
from rvosbench_leaderboard.pages.phase_facts import PhaseFacts, facts_of
from rvosbench_leaderboard.pages.render import page
from rvosbench_leaderboard.pages.scores import score_tables
from rvosbench_leaderboard.pages.standing import published_counts
from rvosbench_leaderboard.pages.view import Asked, view_of
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
        basis = basis_of(session, benchmark, track, row, now) if _shows_board(row, granted) else None
        siblings = session.scalars(
            select(Phase).where(Phase.track == track.id).order_by(Phase.position)
        ).all()
    board = None if basis is None else kept_boards(request).get(basis).board
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
        view=None if board is None else view_of(board, Asked.of(request.query_params)),
        entry_url=entry_url,
    )


@router.get("/b/{benchmark}/{track}/{phase}/board.csv")
def board_csv(request: Request, benchmark: str, track: str, phase: str, granted: OfPhase) -> Response:
    board = _exported(request, (benchmark, track, phase), granted).board
    name = f"{benchmark}-{track}-{phase}.csv"
    answer = Response(export.as_csv(board), media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _cached(request, answer, granted)


@router.get("/b/{benchmark}/{track}/{phase}/board.json")
def board_json(request: Request, benchmark: str, track: str, phase: str, granted: OfPhase) -> Response:
    made = _exported(request, (benchmark, track, phase), granted).json
    return _tagged(request, Response(made.body, media_type="application/json"), made, granted)


@router.get("/entries/{submission}")
def entry_page(request: Request, granted: OfEntry) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        found = session.execute(
            select(Submission, Phase, Track, Benchmark)
            .join(Phase, Phase.id == Submission.phase)
            .join(Track, Track.id == Phase.track)
            .join(Benchmark, Benchmark.id == Track.benchmark)
            .where(Submission.id == granted.id)
        ).one_or_none()
        if found is None:
            raise not_there()
        submission, phase, track, benchmark = found
        entry = published_entry(session, submission.id, track, now)
        waits = phase.approval and submission.approved_at is None and submission.kind != "baseline"
        if entry is None or waits or phase.visibility != "public":
            raise not_there()
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


def _shows_board(phase: Phase, granted: Granted) -> bool:
    return phase.visibility == "public" or bool(granted.roles & {Role.ORGANISER, Role.ADMIN})


def _exported(request: Request, names: tuple[str, str, str], granted: Granted) -> KeptBoard:
    services = services_of(request)
    with services.database.read() as session:
        phase, track, benchmark = session.execute(phase_query(*names)).one()
        if not _shows_board(phase, granted):
            raise not_there()
        basis = basis_of(session, benchmark, track, phase, services.settings.clock())
    return kept_boards(request).get(basis)


def _cached(request: Request, answer: Response, granted: Granted) -> Response:
    return _tagged(request, answer, Made.of(bytes(answer.body)), granted)


def _tagged(request: Request, answer: Response, made: Made, granted: Granted) -> Response:
    """Browsers ask again each time, and are told in a few bytes when nothing has changed."""
    headers = made.headers(shared=not granted.actor.signed_in)
    if made.is_known(request.headers):
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
