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
from postgres_cluster import Cluster
from rvosbench_leaderboard.database.engine import DatabaseUnavailable, open_database
from rvosbench_leaderboard.database.tables import Slot, Submission, Upload
from rvosbench_leaderboard.phases import Refused
from rvosbench_leaderboard.phases.submitting import FLOOR
from server_world import TEMPLATE, World, copied, predictions_zip
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

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


def test_threat_28_a_locked_database_is_waited_for(sqlite_world: World) -> None:
    thread = lock_for(sqlite_world, 0.7)
    key = sqlite_world.submit(predictions_zip(sqlite_world.split))
    thread.join()
    assert sqlite_world.state(key) == "received"


def test_threat_28_one_that_stays_locked_is_said_so_and_nothing_is_half_done(sqlite_world: World) -> None:
    team = sqlite_world.team()
    thread = lock_for(sqlite_world, 1.5)
    impatient = open_database(f"sqlite:///{sqlite_world.folder / 'server.db'}", patience=0.3)
    patient, sqlite_world.database = sqlite_world.database, impatient
    with pytest.raises(DatabaseUnavailable) as unavailable:
        sqlite_world.reserve(team)
    assert unavailable.value.problems[0].code is Code.DATABASE_UNAVAILABLE
    thread.join()
    sqlite_world.database = patient
    with sqlite_world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0
    sqlite_world.reserve(team)


def test_threat_28_readers_do_not_wait_for_writers(sqlite_world: World) -> None:
    thread = lock_for(sqlite_world, 0.5)
    began = time.monotonic()
    with sqlite_world.database.read() as session:
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


def test_threat_27_a_database_on_a_full_disk_keeps_what_it_has_and_recovers(sqlite_world: World) -> None:
    kept = sqlite_world.submit(predictions_zip(sqlite_world.split))
    full = "PRAGMA max_page_count = 1"  # SQLite never goes below what is used: the next page is refused
    with sqlite_world.database.engine.connect() as connection:
        connection.execute(text(full))
        used = connection.scalar(text("PRAGMA page_count"))
        assert used is not None
    sqlite_world.database.close()
    tight = open_database(f"sqlite:///{sqlite_world.folder / 'server.db'}")
    with tight.engine.connect() as connection:
        connection.execute(text(full))
    sqlite_world.database = tight
    failures = 0
    for _ in range(200):  # until the free room inside of pages is used up
        try:
            sqlite_world.reserve()
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
    sqlite_world.reserve()
    sqlite_world.work()
    assert sqlite_world.state(kept) == "scored"


@pytest.mark.parametrize("threads", [16, pytest.param(64, marks=pytest.mark.full)])
def test_threat_17_a_race_is_won_exactly_as_often_as_the_quota_allows(world: World, threads: int) -> None:
    """Four processes with as many threads each, all at once."""
    quota = 5
    world.set_phase(per_day=quota)
    team = world.team()
    told = {
        "url": world.database.engine.url.render_as_string(hide_password=False),
        "phase": world.phase,
        "team": team,
        "threads": threads,
    }
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


@pytest.mark.full
def test_threat_28_postgresql_that_is_stopped_and_comes_back_loses_nothing(
    postgres: Cluster, postgres_template: World, tmp_path: Path
) -> None:
    world = copied(postgres_template, tmp_path / "server", postgres.new_database(TEMPLATE))
    team = world.team()
    acknowledged = world.submit(predictions_zip(world.split))
    name = world.database.engine.url.database or ""
    world.database.close()
    postgres.stop()
    world.database = open_database(postgres.url(name), patience=0.5)
    with pytest.raises(DatabaseUnavailable):
        world.reserve(team)
    restart = threading.Timer(1.0, postgres.start)
    restart.start()
    world.database = open_database(postgres.url(name), patience=60.0)
    other = world.submit(predictions_zip(world.split, seed=2))
    restart.join()
    world.work()
    assert [world.state(key) for key in (acknowledged, other)] == ["scored", "scored"]


def test_a_statement_that_is_wrong_is_no_bad_weather(sqlite_world: World) -> None:
    with pytest.raises(OperationalError, match="no such table"), sqlite_world.database.write() as session:
        session.execute(text("SELECT * FROM absent"))
