"""Pages on which a track goes over to another scorer: all scored again beside the old scores, compared, one
switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Benchmark, Phase, Scorer, Submission, Team, Track
from rvosbench_leaderboard.organisers.audit import record
from rvosbench_leaderboard.pages.board import competition_ranks
from rvosbench_leaderboard.pages.formats import rounded, told
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.pages.standing import ON_BOARD, about, figures, method_of
from rvosbench_leaderboard.phases import rescore
from rvosbench_leaderboard.web.refusal import not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Reading = Annotated[Granted, Depends(Allow("organise.read"))]
Changing = Annotated[Granted, Depends(Allow("organise.change"))]


@dataclass(frozen=True, slots=True)
class ScorerFacts:
    """`number` counts the scorers of a track as they were found; `about` says what is new in this one;
    `in_use`: workers can score with it, as the one that was started last has it."""

    id: str
    number: int
    about: str
    created_at: datetime
    current: bool
    in_use: bool
    scored: int
    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class TrackScorers:
    title: str
    slug: str
    scorers: tuple[ScorerFacts, ...]


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    method: str
    team: str
    rank_before: int | None
    rank_after: int | None
    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def changed(self) -> bool:
        if self.before is None or self.after is None:
            return False
        return rounded(self.before) != rounded(self.after)


@router.get("/organise/{benchmark}/rescore")
def rescore_page(request: Request, granted: Reading) -> Response:
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        tracks = session.scalars(
            select(Track).where(Track.benchmark == benchmark.id).order_by(Track.position)
        ).all()
        found = [TrackScorers(one.title, one.slug, _scorers(session, one)) for one in tracks]
    return page(
        request,
        "organise/rescore.html",
        area="organise",
        actor=granted.actor,
        benchmark=benchmark,
        heading="Re-score",
        tracks=found,
    )


@router.post("/organise/{benchmark}/rescore/{track}/{scorer}/start")
def start(request: Request, benchmark: str, track: str, scorer: str, granted: Changing) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        row = _track(session, granted, track)
        placed = rescore.start(session, row, _scorer(session, row, scorer).id, now=now)
        on = f"benchmark:{benchmark}/track:{track}"
        record(session, actor=granted.user, action="re-score", on=on, now=now, scorer=scorer, jobs=placed)
    return go(f"/organise/{benchmark}/rescore", "rescoring")


@router.get("/organise/{benchmark}/rescore/{track}/{scorer}")
def diff_page(request: Request, track: str, scorer: str, granted: Reading) -> Response:
    with services_of(request).database.read() as session:
        benchmark = session.get_one(Benchmark, granted.id)
        row = _track(session, granted, track)
        after = _scorer(session, row, scorer)
        scorers = {one.id: one for one in _scorers(session, row)}
        progress = rescore.progress(session, row, after.id)
        lines = _lines(session, row, after.id)
    return page(
        request,
        "organise/diff.html",
        area="organise",
        actor=granted.actor,
        benchmark=benchmark,
        heading="Re-score",
        track=row,
        before=scorers.get(row.current_scorer or ""),
        after=scorers[after.id],
        key=row.key_metric,
        rows=lines,
        missing=progress.left,
        refused=progress.refused,
        both=sum(one.difference is not None for one in lines),
        changed=sum(one.changed for one in lines),
        moved=sum(one.rank_before != one.rank_after for one in lines),
    )


@router.post("/organise/{benchmark}/rescore/{track}/{scorer}/switch")
def switch(request: Request, benchmark: str, track: str, scorer: str, granted: Changing) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        row = _track(session, granted, track)
        chosen = _scorer(session, row, scorer)
        before = row.current_scorer
        rescore.switch(session, row, chosen.id, now=now)
        on = f"benchmark:{benchmark}/track:{track}"
        record(session, actor=granted.user, action="switch", on=on, now=now, before=before, after=chosen.id)
    return go(f"/organise/{benchmark}/rescore", "switched")


def _track(session: Session, granted: Granted, slug: str) -> Track:
    row = session.scalar(select(Track).where(Track.benchmark == granted.id, Track.slug == slug))
    if row is None:
        raise not_there("track")
    return row


def _scorer(session: Session, track: Track, scorer: str) -> Scorer:
    row = session.get(Scorer, scorer)
    if row is None or row.track != track.id:
        raise not_there("scorer")
    return row


def _scorers(session: Session, track: Track) -> tuple[ScorerFacts, ...]:
    """The newest first."""
    rows = rescore.scorers(session, track)
    usable = rescore.usable(session, track)
    found = []
    for number, row in enumerate(rows, start=1):
        progress = rescore.progress(session, track, row.id)
        found.append(
            ScorerFacts(
                row.id,
                number,
                about(row, rows[number - 2] if number > 1 else None),
                row.created_at,
                row.id == track.current_scorer,
                row.id == usable,
                progress.done,
                progress.left,
                progress.refused,
            )
        )
    return tuple(reversed(found))


def _lines(session: Session, track: Track, scorer: str) -> list[Line]:
    """Ranks are those of the boards: of what stands on one, among those of its phase; the new ones once
    nothing is left to be scored."""
    changes = rescore.diff(session, track, scorer)
    values = [
        tuple(
            None if side is None else told(figures(dict(side))).get(track.key_metric)
            for side in (one.before, one.after)
        )
        for one in changes
    ]
    waits = rescore.progress(session, track, scorer).left > 0
    ranks: list[list[int | None]] = [[None] * len(changes), [None] * len(changes)]
    for places in _boards(session, [one.submission for one in changes]):
        for side in (0,) if waits else (0, 1):
            of_board = competition_ranks([values[place][side] for place in places])
            for place, rank in zip(places, of_board, strict=True):
                ranks[side][place] = rank
    names = {
        submission.id: (method_of(submission), team)
        for submission, team in session.execute(
            select(Submission, Team.name)
            .join(Team, Team.id == Submission.team)
            .where(Submission.id.in_([one.submission for one in changes]))
        )
    }
    return [
        Line(one.submission, *names[one.submission], ranks[0][place], ranks[1][place], *values[place])
        for place, one in enumerate(changes)
    ]


def _boards(session: Session, submissions: list[str]) -> list[list[int]]:
    """Of each phase, the places in the list of what stands on its board."""
    phases = dict(
        session.execute(
            select(Submission.id, Submission.phase)
            .join(Phase, Phase.id == Submission.phase)
            .where(Submission.id.in_(submissions), *ON_BOARD)
        ).all()
    )
    boards: dict[str, list[int]] = {}
    for place, submission in enumerate(submissions):
        if submission in phases:
            boards.setdefault(phases[submission], []).append(place)
    return list(boards.values())
