"""How long a scoring still takes is guessed from the pace of what it is doing now."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from rvosbench_leaderboard.database.tables import Submission
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.worker import progress
from rvosbench_leaderboard.worker.progress import Attempt
from server_world import World, predictions_zip


class Seconds:
    value = 1000.0

    def monotonic(self) -> float:
        return self.value


def test_what_it_took_to_begin_is_not_taken_for_the_pace(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.submit(predictions_zip(world.split))
    claim = world.queue.claim((jobs.VALIDATE,), "w1", world.clock())
    assert claim is not None
    seconds = Seconds()
    monkeypatch.setattr(progress, "time", seconds)
    attempt = Attempt(world.settings(), claim, threading.Event())

    def end() -> datetime | None:
        with world.database.read() as session:
            return session.get_one(Submission, key).eta_at

    seconds.value += 60  # a process is started, ground truth is read
    attempt._progress("masks", 0.0)
    assert end() is None
    seconds.value += 10
    attempt._progress("masks", 0.1)
    assert end() == world.clock() + timedelta(seconds=90)
    seconds.value += 30
    attempt._progress("masks", 0.5)
    assert end() == world.clock() + timedelta(seconds=40)
    seconds.value += 5
    attempt._progress("headers", 0.9)  # of another stage no pace is known yet
    assert end() is None
