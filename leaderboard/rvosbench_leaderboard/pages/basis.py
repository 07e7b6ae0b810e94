"""From the tables to a board: what is published in a phase, scored by the scorer that counts now. Everything
that a board is made of is read each time, as plain values, so that who has made one of the same values before
need not make it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import starmap
from typing import Any, NamedTuple, Protocol

from pydantic_core import from_json
from sqlalchemy import Select, Text, case, cast, func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Benchmark, Phase, Score, Scorer, Submission, Team, Track
from rvosbench_leaderboard.pages import board
from rvosbench_leaderboard.pages.board import Board, Entry, Status
from rvosbench_leaderboard.pages.phase_facts import quota_of
from rvosbench_leaderboard.pages.standing import (
    IN_PUBLIC,
    figures,
    interval_of,
    method_in,
    metrics_of,
    was_shown,
)


class Published(NamedTuple):
    """A published submission. JSON stays the text that it is in the table. `team` and `anonymous_until` are
    as they may be seen now: only one of them is there."""

    id: str
    team: str | None
    anonymous_until: datetime | None
    published_at: datetime
    kind: str
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    disqualified_at: datetime | None
    disqualified_reason: str | None
    details: str
    metrics: str | None
    intervals: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """All that the board of a phase depends on. Two that are equal make the same board."""

    phase: str
    title: str
    dataset: str
    split: str
    protocol: str
    hidden: bool
    metrics: tuple[str, ...]  # the first one ranks
    scoring_version: int | None
    quota: str
    submitted: int
    changed_at: datetime | None
    rescored: frozenset[str]
    rows: tuple[Published, ...]


def basis_of(session: Session, benchmark: Benchmark, track: Track, phase: Phase, now: datetime) -> Basis:
    """`now` decides which teams are anonymous still."""
    scorer = session.get(Scorer, track.current_scorer) if track.current_scorer else None
    return Basis(
        phase=phase.id,
        title=f"{benchmark.title}: {track.title}, {phase.title}",
        dataset=track.dataset,
        split=track.split,
        protocol=track.protocol,
        hidden=track.hidden,
        metrics=tuple(metrics_of(track)),
        scoring_version=None if scorer is None else scorer.scoring_version,
        quota=quota_of(phase),
        submitted=session.scalar(select(func.count()).where(Submission.phase == phase.id)) or 0,
        changed_at=_changed_at(session, track, phase, scorer),
        rescored=frozenset(_rescored(session, track, phase)),
        rows=tuple(sorted(_rows(session, track, phase, now))),
    )


class EntryMaker(Protocol):
    def __call__(self, row: Published, key_metric: str, *, rescored: bool) -> Entry: ...


def entry_of(row: Published, key_metric: str, *, rescored: bool) -> Entry:
    badges = [*(["baseline"] if row.kind == "baseline" else []), *(["re-scored"] if rescored else [])]
    status, status_at, reason = _status(row)
    details = from_json(row.details)
    return Entry(
        id=row.id,
        method=method_in(details),
        team=row.team,
        published_at=row.published_at,
        metrics={} if row.metrics is None else figures(from_json(row.metrics)),
        interval=None if row.intervals is None else interval_of(from_json(row.intervals), key_metric),
        metadata=details,
        badges=tuple(badges),
        status=status,
        status_at=status_at,
        reason=reason,
        anonymous_until=row.anonymous_until,
    )


def board_of(basis: Basis, make: EntryMaker = entry_of) -> Board:
    """`make` is given by who remembers entries."""
    entries = [make(row, basis.metrics[0], rescored=row.id in basis.rescored) for row in basis.rows]
    built = board.build(entries, basis.metrics)
    return replace(built, facts=tuple(_facts(basis, entries)), changed_at=basis.changed_at)


def published_entry(session: Session, submission: str, track: Track, now: datetime) -> Entry | None:
    """One alone, as it stands on its board but for its rank."""
    row = session.execute(_published(track, now).where(Submission.id == submission)).one_or_none()
    return None if row is None else entry_of(Published(*row), track.key_metric, rescored=False)


def _status(row: Published) -> tuple[Status, datetime | None, str]:
    if row.disqualified_at is not None:
        return "disqualified", row.disqualified_at, row.disqualified_reason or ""
    if row.withdrawn_at is not None:
        return "withdrawn", row.withdrawn_at, row.withdrawn_reason or ""
    return "ranked", None, ""


def _rows(session: Session, track: Track, phase: Phase, now: datetime) -> Iterable[Published]:
    query = _published(track, now).where(Submission.phase == phase.id)
    if phase.approval:
        query = query.where(Submission.approved_at.is_not(None) | (Submission.kind == "baseline"))
    return starmap(Published, session.execute(query))


def _published(track: Track, now: datetime) -> Select[Any]:
    anonymous = Submission.anonymous_until > now
    return (
        select(
            Submission.id,
            case((anonymous, None), else_=Team.name),
            case((anonymous, Submission.anonymous_until)),
            Submission.published_at,
            Submission.kind,
            Submission.withdrawn_at,
            Submission.withdrawn_reason,
            Submission.disqualified_at,
            Submission.disqualified_reason,
            cast(Submission.details, Text),
            cast(Score.metrics, Text),
            cast(Score.intervals, Text),
        )
        .join(Team, Team.id == Submission.team)
        .outerjoin(Score, (Score.submission == Submission.id) & (Score.scorer == track.current_scorer))
        .where(*IN_PUBLIC)
    )


def _rescored(session: Session, track: Track, phase: Phase) -> Iterable[str]:
    """Those with scores of more than one scorer that the board has shown."""
    return session.scalars(
        select(Score.submission)
        .join(Submission, Submission.id == Score.submission)
        .join(Scorer, Scorer.id == Score.scorer)
        .where(Submission.phase == phase.id, was_shown(track))
        .group_by(Score.submission)
        .having(func.count() > 1)
    )


def _changed_at(session: Session, track: Track, phase: Phase, scorer: Scorer | None) -> datetime | None:
    """When the board last became another one: by an entry, a judgement, or a switch of scorers."""
    changes = (Submission.state_at, Submission.approved_at, Submission.disqualified_at, Score.created_at)
    latest = session.execute(
        select(*map(func.max, changes))
        .outerjoin(Score, (Score.submission == Submission.id) & (Score.scorer == track.current_scorer))
        .where(Submission.phase == phase.id, *IN_PUBLIC)
    ).one()
    times = [None if scorer is None else scorer.shown_at, *latest]
    return max((time for time in times if time is not None), default=None)


def _facts(basis: Basis, entries: Iterable[Entry]) -> Iterable[tuple[str, str]]:
    ranked = sum(entry.status == "ranked" for entry in entries)
    version = "–" if basis.scoring_version is None else str(basis.scoring_version)  # noqa: RUF001
    yield "Data", f"{basis.dataset}, split {basis.split}"
    yield "Ground truth", "hidden" if basis.hidden else "public; all entries are scored here alike"
    yield "Protocol", basis.protocol
    yield "Ranked by", f"{basis.metrics[0]}; entries with the same printed score share a rank"
    if any(entry.interval for entry in entries):
        yield "Interval", "95 %, resampled by video; in small figures below the score"
    yield "Scoring version", version
    yield "Quota of a team", basis.quota
    yield "Entries", f"{ranked} on the board of {basis.submitted} submitted"
