"""Everything that runs on one machine: the web, the workers, and what is told when they start."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import select, update

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.database.tables import Job, User
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.processes.supervisor import Wanted
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.queue.engine import LEASE
from rvosbench_leaderboard.queue.jobs import RUNNING, SCORE, VALIDATE, WAITING
from rvosbench_leaderboard.scoring.cell import Isolation, without


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


def locked(place: Place) -> FileLock:
    """One server to a folder. The lock dies with its process."""
    lock = FileLock(place.folder / "server.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--folder {place.folder}",
                expected="a folder that no server is using",
                found="another server that runs there",
                fix="stop it, or choose another --folder",
            )
        ) from None
    return lock


def listen(host: str, port: int) -> socket.socket:
    """Bound before anything is started: a port that is taken is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--host {host} --port {port}",
                expected="an address of this machine with a free port",
                found=getattr(error, "strerror", None) or str(error),
                fix="choose another --port, or --port 0 for any",
            )
        ) from error
    listener.listen(512)
    listener.set_inheritable(True)
    return listener


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


def the_web(place: Place, listener: socket.socket, isolation: Isolation, origin: str | None) -> Wanted:
    """Where the system can do that, the web does not see the ground truth at all."""
    told = {
        "place": place.as_json(),
        "origin": origin,
        "socket": listener.fileno(),
        "in_cell": isolation.means == "bwrap",
    }

    def around(command: Sequence[str]) -> list[str]:
        return without(isolation, command, hidden=place.data, kept=place.folder)

    return Wanted("web", "rvosbench_leaderboard.processes.web", told, around, (listener.fileno(),))


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
