"""What one process of the trial of queues does: prepare a database, place jobs, work, or count what is
left."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any, Protocol

import psycopg

PAUSE = 0.05  # seconds that a job takes
LOST = 2.0  # seconds without a sign of life after which a worker counts as dead, for every engine alike


def begin(connection: psycopg.Connection[Any], job: int) -> None:
    connection.execute("INSERT INTO begun VALUES (%s, %s)", (job, time.time()))


def end(connection: psycopg.Connection[Any], job: int) -> None:
    connection.execute("INSERT INTO done VALUES (%s, %s)", (job, time.time()))


def note_placed(url: str, jobs: range) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for job in jobs:
            connection.execute("INSERT INTO placed VALUES (%s, %s)", (job, time.time()))


class Ours:
    """The queue of `rvosbench_leaderboard.queue`: procrastinate's tables in our transactions, with a finish
    that is refused to whoever lost the lease."""

    def __init__(self, url: str) -> None:
        from rvosbench_leaderboard.database.engine import open_database
        from rvosbench_leaderboard.queue.choice import queue_of

        self._url = url
        self._database = open_database(url)
        self._queue = queue_of(self._database, timedelta(seconds=LOST))

    def prepare(self) -> None:
        from rvosbench_leaderboard.database.upgrade import upgrade

        upgrade(self._database)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("ALTER TABLE jobs DROP CONSTRAINT fk_jobs_submission")

    def place(self, jobs: range) -> None:
        from datetime import UTC, datetime

        from rvosbench_leaderboard.queue.jobs import SCORE, enqueue

        note_placed(self._url, jobs)
        for job in jobs:
            with self._database.write() as session:
                enqueue(session, str(job), SCORE, datetime.now(UTC))

    def work(self, number: int) -> None:
        from datetime import UTC, datetime

        from rvosbench_leaderboard.queue.engine import LeaseLost
        from sqlalchemy import text

        own = psycopg.connect(self._url, autocommit=True)
        never = threading.Event()
        while True:
            claim = self._queue.claim(("score",), f"{number}-{time.time()}", datetime.now(UTC))
            if claim is None:
                self._queue.wait(("score",), never, 1.0)
                continue
            begin(own, int(claim.submission))
            time.sleep(PAUSE)
            try:
                with self._database.write() as session:
                    self._queue.finish(session, claim)
                    values = {"job": int(claim.submission), "at": time.time()}
                    session.execute(text("INSERT INTO done VALUES (:job, :at)"), values)
            except LeaseLost:
                continue

    def left(self) -> int:
        return count(self._url, "SELECT count(*) FROM jobs WHERE state IN ('waiting', 'running')")


class Procrastinate:
    """Its own worker; jobs of dead workers are asked for and retried every half second, which it leaves to
    its users."""

    def __init__(self, url: str) -> None:
        procrastinate = import_module("procrastinate")
        self._url = url
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

        def job(number: int) -> None:
            with psycopg.connect(url, autocommit=True) as own:
                begin(own, number)
                time.sleep(PAUSE)
                end(own, number)

        self._task = self._app.task(name="job")(job)

    def prepare(self) -> None:
        procrastinate = import_module("procrastinate")
        sync = self._app.with_connector(procrastinate.SyncPsycopgConnector(conninfo=self._url))
        with sync.open():
            sync.schema_manager.apply_schema()

    def place(self, jobs: range) -> None:
        note_placed(self._url, jobs)
        with self._app.open():
            for job in jobs:
                self._task.defer(number=job)

    def work(self, number: int) -> None:
        asyncio.run(self._work())

    async def _work(self) -> None:
        async with self._app.open_async():
            sweeping = asyncio.create_task(self._sweep())
            await self._app.run_worker_async(
                concurrency=1,
                update_heartbeat_interval=LOST / 4,
                stalled_worker_timeout=LOST,
                install_signal_handlers=False,
            )
            sweeping.cancel()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            manager = self._app.job_manager
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=LOST):
                await manager.retry_job(job)

    def left(self) -> int:
        return count(self._url, "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")


class PgQueuer:
    """Its own worker, which takes over jobs without a heartbeat by itself."""

    def __init__(self, url: str) -> None:
        self._url = url

    def prepare(self) -> None:
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        pgqueuer = import_module("pgqueuer")
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await pgqueuer.Queries(pgqueuer.PsycopgDriver(connection)).install()

    def place(self, jobs: range) -> None:
        note_placed(self._url, jobs)
        asyncio.run(self._place(jobs))

    async def _place(self, jobs: range) -> None:
        pgqueuer = import_module("pgqueuer")
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            queries = pgqueuer.Queries(pgqueuer.PsycopgDriver(connection))
            for job in jobs:
                await queries.enqueue("job", str(job).encode())

    def work(self, number: int) -> None:
        asyncio.run(self._work())

    async def _work(self) -> None:
        pgqueuer = import_module("pgqueuer")
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        own = psycopg.connect(self._url, autocommit=True)
        queue = pgqueuer.PgQueuer(pgqueuer.PsycopgDriver(connection))

        async def job(one: Any) -> None:
            number = int((one.payload or b"0").decode())
            begin(own, number)
            await asyncio.sleep(PAUSE)
            end(own, number)

        job.__annotations__.clear()  # it looks there for a class of its own
        queue.entrypoint("job")(job)
        await queue.run(
            batch_size=1, dequeue_timeout=timedelta(seconds=1), heartbeat_timeout=timedelta(seconds=LOST)
        )

    def left(self) -> int:
        return count(self._url, "SELECT count(*) FROM pgqueuer")


def count(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        (found,) = connection.execute(query).fetchone() or (0,)
    return int(found)


class Engine(Protocol):
    def prepare(self) -> None: ...

    def place(self, jobs: range) -> None: ...

    def work(self, number: int) -> None: ...

    def left(self) -> int: ...


ENGINES: dict[str, Callable[[str], Engine]] = {
    "ours": Ours,
    "procrastinate": Procrastinate,
    "pgqueuer": PgQueuer,
}


def main(name: str, url: str, what: str, *rest: str) -> None:
    engine = ENGINES[name](url)
    if what == "prepare":
        engine.prepare()
    elif what == "place":
        first, jobs = map(int, rest)
        engine.place(range(first, first + jobs))
    elif what == "work":
        engine.work(int(rest[0]))
    else:
        print(engine.left())


if __name__ == "__main__":
    main(*sys.argv[1:])
