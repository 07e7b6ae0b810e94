"""Real processes that sleep past their lease, and threads that want the same jobs, on both databases."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.scoring.messages import Request
from rvosbench_leaderboard.scoring.run import OnProgress
from rvosbench_leaderboard.worker.config import now
from rvosbench_leaderboard.worker.process import WorkerProcess
from server_world import InThisProcess, World, predictions_zip

EVERYTHING = (jobs.VALIDATE, jobs.SCORE)
LEASE = timedelta(seconds=1)
SECONDS = 60.0


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def forked(task: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            task()
        finally:
            os._exit(0)
    return pid


def test_threat_25_a_process_that_was_stopped_past_its_lease_writes_nothing(
    world: World, tmp_path: Path
) -> None:
    world.clock = now  # type: ignore[assignment]  # real time, for real processes
    key = world.submit(predictions_zip(world.split))
    world.work(kinds=(jobs.VALIDATE,))
    at_work, go_on, over = (tmp_path / name for name in ("at-work", "go-on", "over"))

    class Stopped(InThisProcess):
        """Has its result, and then sleeps."""

        def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
            found = super().result(request, on_progress)
            at_work.touch()
            wait_for(go_on.exists)
            return found

    address = world.database.engine.url.render_as_string(hide_password=False)
    world.database.close()  # a connection does not survive a fork

    def sleeper() -> None:
        database = open_database(address)
        settings = world.settings(
            "sleeper", database=database, queue=queue_of(database, LEASE), runner=Stopped, beat=60.0
        )
        WorkerProcess(replace(settings, kinds=(jobs.SCORE,)), "here").work_once()
        over.touch()

    pid = forked(sleeper)
    try:
        wait_for(at_work.exists)
        os.kill(pid, signal.SIGSTOP)
        world.lease = LEASE
        time.sleep(LEASE.total_seconds())
        wait_for(lambda: world.worker("other").work_once() or world.state(key) == "scored")
        assert world.state(key) == "scored"
        written = world.scores(key)[0].id
        go_on.touch()
        os.kill(pid, signal.SIGCONT)
        wait_for(over.exists)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert [score.id for score in world.scores(key)] == [written]
    assert world.state(key) == "scored"


def test_threat_25_many_workers_at_once_never_get_the_same_job(world: World) -> None:
    keys = [world.submit(predictions_zip(world.split)) for _ in range(12)]
    start = threading.Barrier(4)
    taken: list[str] = []

    def take(name: str) -> None:
        queue = world.queue
        start.wait()
        while (claim := queue.claim(EVERYTHING, name, world.clock())) is not None:
            taken.append(claim.submission)

    threads = [threading.Thread(target=take, args=(f"w{number}",)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Counter(taken) == Counter(keys)
