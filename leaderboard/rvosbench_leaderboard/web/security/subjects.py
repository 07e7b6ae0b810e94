"""The object that a path names, and what the actor is to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Member,
    Organiser,
    Phase,
    Submission,
    Team,
    Token,
    Track,
    Upload,
)
from rvosbench_leaderboard.web.security.actor import Actor
from rvosbench_leaderboard.web.security.matrix import Role, Subject


@dataclass(frozen=True, slots=True)
class Found:
    """`user` is whom it belongs to alone; `team` and `benchmark` those that it belongs to."""

    id: str
    team: str | None = None
    benchmark: str | None = None
    user: str | None = None


Path = Mapping[str, Any]


def find(session: Session, subject: Subject, path: Path) -> Found | None:
    return _FINDERS[subject](session, path)


def roles_of(session: Session, actor: Actor, found: Found | None) -> frozenset[Role]:
    roles = {Role.ANYONE}
    if actor.user is None:
        return frozenset(roles)
    roles.add(Role.USER)
    if actor.admin:
        roles.add(Role.ADMIN)
    if found is None:
        return frozenset(roles)
    if found.user == actor.user:
        roles.add(Role.SELF)
    if found.team is not None and (member := session.get(Member, (found.team, actor.user))) is not None:
        roles.add(Role.MEMBER)
        if member.role == "owner":
            roles.add(Role.OWNER)
    if found.benchmark is not None and session.get(Organiser, (found.benchmark, actor.user)) is not None:
        roles.add(Role.ORGANISER)
    return frozenset(roles)


def phase_query(benchmark: str, track: str, phase: str) -> Select[Phase, Track, Benchmark]:
    return (
        select(Phase, Track, Benchmark)
        .join(Track, Track.id == Phase.track)
        .join(Benchmark, Benchmark.id == Track.benchmark)
        .where(Benchmark.slug == benchmark, Track.slug == track, Phase.slug == phase)
    )


def _benchmark(session: Session, path: Path) -> Found | None:
    row = session.scalar(select(Benchmark).where(Benchmark.slug == path["benchmark"]))
    return None if row is None else Found(row.id, benchmark=row.id)


def _phase(session: Session, path: Path) -> Found | None:
    row = session.execute(phase_query(path["benchmark"], path["track"], path["phase"])).one_or_none()
    return None if row is None else Found(row[0].id, benchmark=row[2].id)


def _submission(session: Session, path: Path) -> Found | None:
    row = session.get(Submission, path["submission"])
    if row is None:
        return None
    return Found(row.id, row.team, _benchmark_of(session, row.phase))


def _upload(session: Session, path: Path) -> Found | None:
    row = session.get(Upload, path["upload"])
    return None if row is None else Found(row.id, row.team, _benchmark_of(session, row.phase))


def _team(session: Session, path: Path) -> Found | None:
    row = session.get(Team, path["team"])
    return None if row is None else Found(row.id, team=row.id)


def _token(session: Session, path: Path) -> Found | None:
    row = session.get(Token, path["token"])
    return None if row is None or row.revoked_at is not None else Found(row.id, user=row.user)


def _benchmark_of(session: Session, phase: str) -> str | None:
    return session.scalar(
        select(Track.benchmark).join(Phase, Phase.track == Track.id).where(Phase.id == phase)
    )


_FINDERS: Mapping[Subject, Callable[[Session, Path], Found | None]] = MappingProxyType(
    {
        Subject.BENCHMARK: _benchmark,
        Subject.PHASE: _phase,
        Subject.SUBMISSION: _submission,
        Subject.UPLOAD: _upload,
        Subject.TEAM: _team,
        Subject.TOKEN: _token,
    }
)
