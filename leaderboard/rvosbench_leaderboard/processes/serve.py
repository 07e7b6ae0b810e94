"""What works behind the web on one machine, and what is told when it starts."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.database.tables import Job, User
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.processes.supervisor import Wanted
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.queue.engine import LEASE
from rvosbench_leaderboard.queue.jobs import RUNNING, SCORE, VALIDATE, WAITING
from rvosbench_leaderboard.scoring.cell import Isolation

BEHIND_THE_WEB = 10  # how nice a worker is, and what it starts: pages are answered while all cores score


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_workers() -> int:
    return max(1, cores() // 4)


@dataclass(frozen=True, slots=True)
class Crew:
    """`workers` score, one more validates: the verdict on a structure never waits for a score."""

    workers: int
    lease: float = LEASE.total_seconds()

    @property
    def processes(self) -> int:
        """Of each scoring."""
        return max(1, cores() // self.workers)


def take_over(database: Database) -> None:
    """With SQLite nobody else works here: what a killed server held is free at once."""
    if database.is_sqlite:
        with database.write() as session:
            held = update(Job).where(Job.state == RUNNING)
            session.execute(held.values(state=WAITING, worker=None, lease_until=None))


def admin_link(database: Database, address: str) -> str | None:
    """A link for the first administrator, as long as there is none."""
    from rvosbench_leaderboard.web.accounts.links import Purpose, make_link

    with database.write() as session:
        if session.scalar(select(User.id).where(User.admin)) is not None:
            return None
        secret = make_link(session, Purpose.ADMIN, None, datetime.now(UTC))
    return f"{address}/link/admin/{secret}"


def the_workers(
    place: Place,
    database: Database,
    crew: Crew,
    isolation: Isolation,
    report: Callable[[str], None],
    names: str = "",
) -> list[Wanted]:
    queue = queue_of(database)
    here = names or f"{platform.node()}-{os.getpid()}"

    def freed(name: str) -> Callable[[], None]:
        def free() -> None:
            try:
                queue.release(name)
            except RvosbenchError as error:  # its lease ends by itself
                report(str(error))

        return free

    kinds: list[tuple[str, list[str]]] = [(f"{here}-v", [VALIDATE])]
    kinds += [(f"{here}-{number}", [SCORE]) for number in range(1, crew.workers + 1)]
    return [
        Wanted(
            name,
            "rvosbench_leaderboard.processes.work",
            _told(place, name, work, crew, isolation),
            on_death=freed(name),
            nice=BEHIND_THE_WEB,
        )
        for name, work in kinds
    ]


def _told(place: Place, name: str, kinds: list[str], crew: Crew, isolation: Isolation) -> dict[str, Any]:
    return {
        "place": place.as_json(),
        "name": name,
        "kinds": kinds,
        "lease": crew.lease,
        "processes": crew.processes,
        "isolation": isolation.means,
        "hidden": [str(place.folder)],
    }
