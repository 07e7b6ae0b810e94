"""Puts a definition in force: the benchmark, its tracks and phases become what the file says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select

from rvosbench.errors import Code, ProblemLog, RvosbenchError
from rvosbench.io.json import read_text
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Definition,
    Organiser,
    Phase,
    Submission,
    Track,
    User,
)
from rvosbench_leaderboard.definitions.form import BenchmarkForm, PhaseForm, TrackForm, read_definition
from rvosbench_leaderboard.definitions.lines import Path as Place
from rvosbench_leaderboard.definitions.lines import lines_of, place_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.database.engine import Database

FILE = "file"
"""The author of a version that came from the folder of definitions."""
NO_TOML = "give the definition itself: a text file in TOML"


@dataclass(frozen=True, slots=True)
class Defined:
    """`version` is that in force now; `changed` whether this text made it. `unknown` are organisers without
    an account: they are made organisers when the definition is put in force again."""

    benchmark: str
    slug: str
    version: int
    changed: bool
    unknown: tuple[str, ...]


def define(
    session: Session,
    text: str,
    *,
    name: str,
    author: str,
    now: datetime,
    only: str | None = None,
) -> Defined:
    """In the caller's transaction; raises everything that is wrong with the text. `only`: the slug that it
    must have, for an organiser who may change one benchmark alone."""
    log = ProblemLog()
    form = read_definition(text, name, log)
    if form is None:
        raise RvosbenchError(*log)
    if only is not None and form.slug != only:
        _refuse(
            name,
            f"the slug {only}",
            form.slug,
            "keep the slug; administrators define new benchmarks",
        )
    benchmark = session.scalar(select(Benchmark).where(Benchmark.slug == form.slug).with_for_update())
    if benchmark is None:
        benchmark = Benchmark(id=new_id(now), slug=form.slug, title=form.title, created_at=now)
        session.add(benchmark)
    benchmark.title, benchmark.description = form.title, form.description
    benchmark.homepage = form.homepage
    session.flush()
    _tracks(session, benchmark, form, partial(place_of, name, lines_of(text)), now)
    unknown = _organisers(session, benchmark, form)
    version, changed = _version(session, benchmark, text, author, now)
    session.flush()
    return Defined(benchmark.id, benchmark.slug, version, changed, unknown)


def load_folder(
    database: Database, folder: Path, now: datetime, report: Callable[[str], None]
) -> list[Defined]:
    """Every `*.toml` of the folder that is no version yet: one that was followed by a version from the web is
    left alone. A file with errors leaves what is in force as it is; all errors of all files are raised at the
    end."""
    log = ProblemLog()
    found = []
    for path in sorted(folder.glob("*.toml")):
        text = read_text(path, log, fix=NO_TOML)
        if text is None:
            continue
        try:
            with database.write() as session:
                if _is_known(session, text):
                    continue
                found.append(define(session, text, name=path.name, author=FILE, now=now))
        except RvosbenchError as error:
            log.include(error.problems)
    for one in found:
        if one.changed:
            report(f"benchmark {one.slug}: version {one.version} is in force")
        for address in one.unknown:
            report(f"benchmark {one.slug}: the organiser {address} has no account yet")
    if log.has_errors:
        raise RvosbenchError(*log)
    return found


def _is_known(session: Session, text: str) -> bool:
    same = select(Definition.version).where(Definition.sha256 == _digest(text))
    return session.scalar(same.limit(1)) is not None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tracks(
    session: Session,
    benchmark: Benchmark,
    form: BenchmarkForm,
    placed: Callable[[Place, str], str],
    now: datetime,
) -> None:
    own = select(Track).where(Track.benchmark == benchmark.id)
    before = {track.slug: track for track in session.scalars(own)}
    for position, wanted in enumerate(form.tracks):
        track = before.pop(wanted.slug, None)
        if track is None:
            track = Track(id=new_id(now), benchmark=benchmark.id, slug=wanted.slug)
            session.add(track)
        else:
            at = placed(("tracks", position, "dataset"), f"tracks.{track.slug}.dataset")
            _check_same(session, track, wanted, at)
        track.title, track.hidden, track.position = wanted.title, wanted.hidden, position
        track.dataset, track.split, track.protocol = wanted.dataset, wanted.split, wanted.protocol
        track.metrics, track.key_metric = list(wanted.metrics), wanted.metrics[0]
        session.flush()
        _phases(session, track, wanted, now)
    for gone in before.values():
        for phase in session.scalars(select(Phase).where(Phase.track == gone.id)):
            phase.closed = True


def _check_same(session: Session, track: Track, wanted: TrackForm, at: str) -> None:
    """What a track is scored by cannot change under submissions; without any, it is described anew."""
    before = (track.dataset, track.split, track.protocol)
    after = (wanted.dataset, wanted.split, wanted.protocol)
    if before == after:
        return
    used = exists().where(Submission.phase == Phase.id, Phase.track == track.id)
    if session.scalar(select(used)):
        _refuse(
            at,
            f"track {track.slug} with {track.dataset}:{track.split} and the protocol {track.protocol}, "
            "since it has submissions",
            f"{wanted.dataset}:{wanted.split} and {wanted.protocol}",
            "add another track, with a slug of its own",
        )
    track.current_scorer = track.dataset_fingerprint = None


def _phases(session: Session, track: Track, wanted: TrackForm, now: datetime) -> None:
    before = {phase.slug: phase for phase in session.scalars(select(Phase).where(Phase.track == track.id))}
    for position, form in enumerate(wanted.phases):
        phase = before.pop(form.slug, None)
        if phase is None:
            phase = Phase(id=new_id(now), track=track.id, slug=form.slug)
            session.add(phase)
        _set(phase, form, position)
    for gone in before.values():
        gone.closed = True


def _set(phase: Phase, form: PhaseForm, position: int) -> None:
    phase.title, phase.opens_at, phase.closes_at = form.title, form.opens_at, form.closes_at
    phase.per_day, phase.per_week, phase.total = form.per_day, form.per_week, form.total
    phase.concurrent, phase.bytes = form.concurrent, form.bytes
    phase.visibility, phase.approval = form.visibility, form.approval
    phase.position, phase.closed = position, False


def _organisers(session: Session, benchmark: Benchmark, form: BenchmarkForm) -> tuple[str, ...]:
    session.execute(delete(Organiser).where(Organiser.benchmark == benchmark.id))
    unknown = []
    for address in dict.fromkeys(form.organisers):
        user = session.scalar(select(User.id).where(User.email == address))
        if user is None:
            unknown.append(address)
        else:
            session.add(Organiser(benchmark=benchmark.id, user=user))
    return tuple(unknown)


def _version(
    session: Session, benchmark: Benchmark, text: str, author: str, now: datetime
) -> tuple[int, bool]:
    digest = _digest(text)
    newest = session.scalar(select(func.max(Definition.version)).where(Definition.benchmark == benchmark.id))
    if newest is not None:
        same = session.get_one(Definition, (benchmark.id, newest))
        if same.sha256 == digest:
            return newest, False
    version = (newest or 0) + 1
    session.add(
        Definition(
            benchmark=benchmark.id,
            version=version,
            text=text,
            sha256=digest,
            author=author,
            created_at=now,
        )
    )
    return version, True


def _refuse(name: str, expected: str, found: str, fix: str) -> None:
    log = ProblemLog()
    log.add(Code.BAD_DEFINITION, name, expected=expected, found=found, fix=fix)
    raise RvosbenchError(*log)
