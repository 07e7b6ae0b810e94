"""Benchmarks, phases and boards: what everybody sees."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench import __version__
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Benchmark, Member, Phase, Team, Track
from rvosbench_leaderboard.pages.basis import basis_of
from rvosbench_leaderboard.pages.kept import kept_boards
from rvosbench_leaderboard.pages.phase_facts import state_of
from rvosbench_leaderboard.pages.standing import metrics_of
from rvosbench_leaderboard.web.accounts.policy import policy
from rvosbench_leaderboard.web.api.benchmark_models import (
    BenchmarkAnswer,
    BoardAnswer,
    LimitAnswer,
    PhaseAnswer,
    PhaseDetails,
    QuotaAnswer,
    ServerAnswer,
    TrackAnswer,
)
from rvosbench_leaderboard.web.api.shared import Shared, new_router, tagged, with_tag
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.refusal import not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.matrix import Role
from rvosbench_leaderboard.web.security.subjects import phase_query

router = new_router("benchmarks")

OfSite = Annotated[Granted, Depends(Allow("site.read"))]
OfBenchmark = Annotated[Granted, Depends(Allow("benchmark.read"))]
OfPhase = Annotated[Granted, Depends(Allow("phase.read"))]


@router.get("/server")
def server(services: Shared, granted: OfSite) -> ServerAnswer:
    """What answers here."""
    with services.database.read() as session:
        rule = policy(session)
    return ServerAnswer(
        name="rvosbench",
        version=__version__,
        registration=rule,
        largest_upload=services.settings.limits.upload,
        time=services.settings.clock(),
    )


@router.get("/benchmarks", response_model=list[BenchmarkAnswer])
def list_benchmarks(request: Request, services: Shared, granted: OfSite) -> Response:
    """All benchmarks, with their tracks and phases. Has an ETag."""
    with services.database.read() as session:
        rows = session.scalars(select(Benchmark).order_by(Benchmark.title, Benchmark.id)).all()
        answers = [_benchmark(session, row, services.settings) for row in rows]
    return with_tag(request, answers)


@router.get("/benchmarks/{benchmark}", response_model=BenchmarkAnswer)
def show_benchmark(request: Request, benchmark: str, services: Shared, granted: OfBenchmark) -> Response:
    """One benchmark. Has an ETag."""
    with services.database.read() as session:
        answer = _benchmark(session, session.get_one(Benchmark, granted.id), services.settings)
    return with_tag(request, answer)


@router.get("/phases/{benchmark}/{track}/{phase}")
def show_phase(benchmark: str, track: str, phase: str, services: Shared, granted: OfPhase) -> PhaseDetails:
    """One phase, and what your teams have left of its quota."""
    with services.database.read() as session:
        row, its_track, its_benchmark = session.execute(phase_query(benchmark, track, phase)).one()
        quotas = [] if granted.actor.user is None else _quotas(session, row, granted.actor.user, services)
    base = _phase(its_benchmark, its_track, row, services.settings)
    return PhaseDetails(
        **base.model_dump(),
        track=its_track.title,
        dataset=its_track.dataset,
        split=its_track.split,
        protocol=its_track.protocol,
        hidden=its_track.hidden,
        quotas=quotas,
    )


@router.get("/boards/{benchmark}/{track}/{phase}", response_model=BoardAnswer)
def show_board(
    request: Request, benchmark: str, track: str, phase: str, services: Shared, granted: OfPhase
) -> Response:
    """What is published in a phase, best first. Has an ETag."""
    with services.database.read() as session:
        row, its_track, its_benchmark = session.execute(phase_query(benchmark, track, phase)).one()
        if row.visibility != "public" and not granted.roles & {Role.ORGANISER, Role.ADMIN}:
            raise not_there()
        basis = basis_of(session, its_benchmark, its_track, row, services.settings.clock())
    made = kept_boards(request).get(basis).json
    return tagged(request, made.body, made.tag)


def _benchmark(session: Session, row: Benchmark, settings: WebSettings) -> BenchmarkAnswer:
    tracks = session.scalars(
        select(Track).where(Track.benchmark == row.id).order_by(Track.position, Track.id)
    ).all()
    return BenchmarkAnswer(
        slug=row.slug,
        title=row.title,
        description=row.description,
        homepage=row.homepage,
        tracks=[_track(session, row, track, settings) for track in tracks],
    )


def _track(session: Session, benchmark: Benchmark, track: Track, settings: WebSettings) -> TrackAnswer:
    its_phases = session.scalars(
        select(Phase).where(Phase.track == track.id).order_by(Phase.position, Phase.id)
    ).all()
    return TrackAnswer(
        slug=track.slug,
        title=track.title,
        dataset=track.dataset,
        split=track.split,
        protocol=track.protocol,
        hidden=track.hidden,
        metrics=metrics_of(track),
        phases=[_phase(benchmark, track, phase, settings) for phase in its_phases],
    )


def _phase(benchmark: Benchmark, track: Track, phase: Phase, settings: WebSettings) -> PhaseAnswer:
    return PhaseAnswer(
        path=f"{benchmark.slug}/{track.slug}/{phase.slug}",
        title=phase.title,
        state=state_of(phase, settings.clock()),
        opens_at=phase.opens_at,
        closes_at=phase.closes_at,
        per_day=phase.per_day,
        per_week=phase.per_week,
        total=phase.total,
        concurrent=phase.concurrent,
        bytes=phase.bytes,
        visibility=phase.visibility,
        approval=phase.approval,
    )


def _quotas(session: Session, phase: Phase, user: str, services: Shared) -> list[QuotaAnswer]:
    now = services.settings.clock()
    teams = session.execute(
        select(Team.id, Team.name)
        .join(Member, Member.team == Team.id)
        .where(Member.user == user)
        .order_by(Team.name_key)
    ).all()
    answers = []
    for team, name in teams:
        found = phases.standing(session, phase, team, now)
        limits = [
            LimitAnswer(
                name=one.name, allowed=one.allowed, used=one.used, left=one.left, resets_at=one.resets_at
            )
            for one in found.limits
        ]
        answers.append(QuotaAnswer(team=team, name=name, limits=limits, next_at=found.next_at))
    return answers
