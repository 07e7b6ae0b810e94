"""What `rvosbench admin doctor` looks at: ground truth out of reach, a database of this version, workers that
answer, room on the disk, submissions that move."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rvosbench.errors import Code, ProblemLog, RvosbenchError
from rvosbench_leaderboard.database import upgrade
from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.database.tables import Phase, Track
from rvosbench_leaderboard.organisers.state import look
from rvosbench_leaderboard.pages.formats import size
from rvosbench_leaderboard.processes.place import Place, exposed
from rvosbench_leaderboard.queue import schema
from rvosbench_leaderboard.scoring.cell import isolation

UPLOADS_AT_ONCE = 3  # of the largest allowed size; less room than that is told


def checkup(place: Place, now: datetime, log: ProblemLog, *, truth: bool = True) -> None:
    """Changes nothing. Errors are what breaks a promise, warnings what weakens one. Without `truth` nobody
    has said where ground truth is."""
    _isolation(log)
    _folder(place, log)
    if truth:
        _truth(place, log)
    else:
        log.warn(
            Code.BAD_OPTION,
            "--data",
            expected="the folder of ground truth that the server was given",
            found="none, so it was not looked at",
            fix="repeat the command with --data",
        )
    database = place.open()
    try:
        _database(place, database, now, log, truth=truth)
    except RvosbenchError as error:
        log.include(error.problems)
    finally:
        database.close()


def _isolation(log: ProblemLog) -> None:
    for gap in isolation().gaps:
        log.warn(
            Code.SERVER_UNWELL,
            "isolation",
            expected="scoring that can reach nothing but its submission and the ground truth",
            found=gap,
            fix="install bubblewrap, and allow unprivileged user namespaces",
        )


def _truth(place: Place, log: ProblemLog) -> None:
    data = place.data.resolve()
    if problem := exposed(place):
        log.include([problem])
    if _everybody_reads(data):
        log.warn(
            Code.TRUTH_EXPOSED,
            str(data),
            expected="a folder that only the server's user can read",
            found="one that every user of this machine can read",
            fix=f"chmod -R o= {data}",
        )


def _folder(place: Place, log: ProblemLog) -> None:
    folder = place.folder.resolve()
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        log.warn(
            Code.TRUTH_EXPOSED,
            str(folder),
            expected="a folder for the server's user alone",
            found=stat.filemode(folder.stat().st_mode),
            fix=f"chmod 700 {folder}",
        )


def _everybody_reads(folder: Path) -> bool:
    """Also every folder above has to let them through."""
    if not folder.is_dir() or not folder.stat().st_mode & stat.S_IROTH:
        return False
    return all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.parents))


def _database(place: Place, database: Database, now: datetime, log: ProblemLog, *, truth: bool) -> None:
    with database.read() as session:
        connection = session.connection()
        found = upgrade.version(connection)
        engine = None if database.is_sqlite or found is None else schema.version(connection)
    if found != upgrade.newest():
        log.add(
            Code.SERVER_UNWELL,
            "database",
            expected=f"tables at {upgrade.newest()}",
            found=found or "no tables",
            fix="start the server once: it migrates them",
        )
        return
    if not database.is_sqlite and engine != schema.migrations()[-1].stem:
        log.warn(
            Code.SERVER_UNWELL,
            "procrastinate",
            expected=f"tables at {schema.migrations()[-1].stem}, as this version of the package wants them",
            found=engine or "none",
            fix="install one version of procrastinate on all machines, and start the server once",
        )
    with database.read() as session:
        state = look(session, now)
        if not state.alive:
            log.warn(
                Code.SERVER_UNWELL,
                "workers",
                expected="at least one worker heard of in the last minute",
                found="none",
                fix="start `rvosbench serve`, or `rvosbench worker`",
            )
        for one in state.stuck:
            log.add(
                Code.SERVER_UNWELL,
                f"submission {one.id}",
                expected="a state that does not last for hours",
                found=f"{one.state} since {one.state_at:%Y-%m-%d %H:%M} UTC",
                fix="look at the log of the workers",
            )
        _room(place, session, log)
        if truth:
            _splits(place, session, log)


def _room(place: Place, session: Session, log: ProblemLog) -> None:
    largest = session.scalar(select(func.max(Phase.bytes)).where(~Phase.closed)) or 0
    free = place.blobs.free()
    if free < UPLOADS_AT_ONCE * largest:
        log.warn(
            Code.SERVER_UNWELL,
            "disk",
            expected=f"room for {UPLOADS_AT_ONCE} of the largest submissions, {size(largest)} each",
            found=f"{size(free)} free",
            fix="free some space, or lower max_size of the phases",
        )


def _splits(place: Place, session: Session, log: ProblemLog) -> None:
    for track in session.scalars(select(Track)):
        if not (place.data / track.dataset / track.split / "manifest.json").is_file():
            log.add(
                Code.NOT_CONVERTED,
                f"{track.dataset}:{track.split}",
                expected=f"a converted split with ground truth under {place.data}",
                found="none on this machine",
                fix=f"rvosbench convert {track.dataset} SRC --split {track.split} --data {place.data}",
            )
