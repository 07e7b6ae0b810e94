"""Locked databases, full disks, and 256 requests at once."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from rvosbench_leaderboard.database.engine import DatabaseUnavailable, open_database
from rvosbench_leaderboard.database.tables import Slot, Submission, Upload
from rvosbench_leaderboard.phases import Refused
from rvosbench_leaderboard.phases.submitting import FLOOR
from server_world import World, predictions_zip
from sqlalchemy import func, select, text

from rvosbench.errors import Code, RvosbenchError

RACE = Path(__file__).parents[2] / "support" / "quota_race.py"


def lock_for(world: World, seconds: float) -> threading.Thread:
    """Somebody else holds the right to write."""
    held = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(world.folder / "server.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    return thread


def test_threat_28_a_locked_database_is_waited_for(world: World) -> None:
    thread = lock_for(world, 0.7)
    key = world.submit(predictions_zip(world.split))
    thread.join()
    assert world.state(key) == "received"


def test_threat_28_one_that_stays_locked_is_said_so_and_nothing_is_half_done(world: World) -> None:
    team = world.team()
    thread = lock_for(world, 1.5)
    impatient = open_database(f"sqlite:///{world.folder / 'server.db'}", patience=0.3)
    patient, world.database = world.database, impatient
    with pytest.raises(DatabaseUnavailable) as unavailable:
        world.reserve(team)
    assert unavailable.value.problems[0].code is Code.DATABASE_UNAVAILABLE
    thread.join()
    world.database = patient
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0
    world.reserve(team)


def test_threat_28_readers_do_not_wait_for_writers(world: World) -> None:
    thread = lock_for(world, 0.5)
    began = time.monotonic()
    with world.database.read() as session:
        session.scalar(select(func.count()).select_from(Submission))
    assert time.monotonic() - began < 0.4
    thread.join()


def test_threat_27_a_full_disk_refuses_an_upload_before_it_begins(world: World) -> None:
    world.reserve(size=500, free=FLOOR + 2000)
    with pytest.raises(Refused) as refused:
        world.reserve(size=1500, free=FLOOR + 2000)
    assert refused.value.problems[0].code is Code.STORAGE_FULL
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Slot)) == 1


def test_threat_27_a_database_on_a_full_disk_keeps_what_it_has_and_recovers(world: World) -> None:
    kept = world.submit(predictions_zip(world.split))
    full = "PRAGMA max_page_count = 1"  # SQLite never goes below what is used: the next page is refused
    with world.database.engine.connect() as connection:
        connection.execute(text(full))
        used = connection.scalar(text("PRAGMA page_count"))
        assert used is not None
    world.database.close()
    tight = open_database(f"sqlite:///{world.folder / 'server.db'}")
    with tight.engine.connect() as connection:
        connection.execute(text(full))
    world.database = tight
    failures = 0
    for _ in range(200):  # until the free room inside of pages is used up
        try:
            world.reserve()
        except RvosbenchError as error:
            assert error.problems[0].code is Code.DATABASE_UNAVAILABLE
            failures += 1
            break
    assert failures
    with tight.read() as session:
        uploads = session.scalar(select(func.count()).select_from(Upload))
        slots = session.scalar(select(func.count()).select_from(Slot))
    assert uploads == slots
    with tight.engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    world.reserve()
    world.work()
    assert world.state(kept) == "scored"


@pytest.mark.parametrize("threads", [16, pytest.param(64, marks=pytest.mark.full)])
def test_threat_17_a_race_is_won_exactly_as_often_as_the_quota_allows(world: World, threads: int) -> None:
    """Four processes with as many threads each, all at once."""
    quota = 5
    world.set_phase(per_day=quota)
    team = world.team()
    told = {"url": str(world.database.engine.url), "phase": world.phase, "team": team, "threads": threads}
    told |= {"user": world.user_of(team), "now": world.clock().isoformat()}
    racing = [
        subprocess.Popen(
            [sys.executable, str(RACE), json.dumps(told)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for one in racing:
        assert one.stdout is not None and one.stdout.readline() == b"ready\n"
    for one in racing:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    found = [json.loads(one.communicate(timeout=120)[0]) for one in racing]
    assert sum(one["accepted"] for one in found) == quota
    assert sum(one["refused"] for one in found) == 4 * threads - quota
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Slot)) == quota
