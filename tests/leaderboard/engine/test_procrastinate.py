"""PostgreSQL's queue is procrastinate's, and still one transaction with our rows: placed with the submission,
finished with the score, and never only one of the two."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from postgres_cluster import Cluster
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database import engine
from rvosbench_leaderboard.database.engine import Database, DatabaseUnavailable, open_database
from rvosbench_leaderboard.database.tables import Job, Upload
from rvosbench_leaderboard.database.upgrade import upgrade
from rvosbench_leaderboard.queue import jobs, schema
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.queue.engine import Claim, LeaseLost
from rvosbench_leaderboard.worker.sweep import sweep
from server_world import TEMPLATE, World, copied, predictions_zip
from sqlalchemy import select, text

pytestmark = pytest.mark.full
EVERYTHING = (jobs.VALIDATE, jobs.SCORE)


class Broken(Exception):
    pass


@pytest.fixture
def world(postgres_template: World, postgres: Cluster, tmp_path: Path) -> Iterator[World]:
    made = copied(postgres_template, tmp_path / "server", postgres.new_database(TEMPLATE))
    yield made
    made.database.close()


@pytest.fixture
def empty(postgres: Cluster) -> Iterator[Database]:
    database = open_database(postgres.new_database())
    yield database
    database.close()


def engine_rows(world: World, columns: str = "queue_name, status::text") -> list[tuple[Any, ...]]:
    with world.database.read() as session:
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM procrastinate_jobs"))]


def told(world: World, statement: str) -> None:
    """By somebody with a prompt of the database."""
    with world.database.write() as session:
        session.execute(text(statement))


def claimed(world: World, worker: str = "a") -> Claim:
    claim = world.queue.claim(EVERYTHING, worker, world.clock())
    assert claim is not None
    return claim


def test_a_submission_that_is_not_committed_leaves_no_job(world: World) -> None:
    upload = world.reserve()
    with pytest.raises(Broken), world.database.write() as session:
        row = session.get_one(Upload, upload)
        phases.received(session, row, sha256="0" * 64, now=world.clock())
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1
        raise Broken
    assert engine_rows(world) == []
    world.arrive(upload, b"")
    assert engine_rows(world) == [("validate", "todo")]


def test_a_job_is_finished_with_what_came_of_it_or_not_at_all(world: World) -> None:
    world.submit(predictions_zip(world.split))
    claim = claimed(world)
    with pytest.raises(Broken), world.database.write() as session:
        world.queue.finish(session, claim)
        raise Broken
    assert engine_rows(world) == [("validate", "doing")]
    with world.database.write() as session:
        world.queue.finish(session, claim)
    assert engine_rows(world) == []
    with pytest.raises(LeaseLost), world.database.write() as session:
        world.queue.finish(session, claim)


def test_a_job_whose_worker_the_engine_has_forgotten_is_given_to_another(world: World) -> None:
    """In procrastinate itself such a job stays `doing` for ever unless somebody asks for it."""
    world.submit(predictions_zip(world.split))
    late = claimed(world)
    told(world, "DELETE FROM procrastinate_workers")
    assert claimed(world, "b").attempt == late.attempt + 1
    assert not world.queue.beat(late, world.clock())


def test_a_job_that_its_worker_forgot_comes_back_while_the_worker_goes_on(world: World) -> None:
    """A heartbeat of the worker alone would keep the first job for ever."""
    first, second = (world.submit(predictions_zip(world.split, seed=seed)) for seed in (1, 2))
    forgotten, other = claimed(world), claimed(world)
    assert (forgotten.submission, other.submission) == (first, second)
    world.clock.forward(seconds=20)
    assert world.queue.beat(other, world.clock())
    world.clock.forward(seconds=20)
    again = claimed(world)
    assert (again.submission, again.attempt) == (first, forgotten.attempt + 1)
    assert world.queue.beat(other, world.clock())


def test_a_machine_whose_clock_is_wrong_takes_nothing_from_others(world: World) -> None:
    world.submit(predictions_zip(world.split))
    claim = claimed(world)
    far_off = world.clock() + timedelta(days=400)
    assert world.queue.claim(EVERYTHING, "b", far_off) is None
    assert world.queue.beat(claim, far_off)


def test_a_job_that_the_engine_lost_is_placed_anew(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    told(world, "DELETE FROM procrastinate_jobs")
    world.work()
    assert world.state(key) == "received"
    assert sweep(world.database, world.blobs, world.clock(), world.log.append) == 1
    assert sweep(world.database, world.blobs, world.clock()) == 0
    assert any("the engine had lost" in line for line in world.log)
    world.work()
    assert world.state(key) == "scored"


def test_a_job_that_the_engine_lost_while_it_was_worked_at_is_done_once(world: World) -> None:
    world.submit(predictions_zip(world.split))
    late = claimed(world)
    told(world, "DELETE FROM procrastinate_jobs")
    sweep(world.database, world.blobs, world.clock())
    assert claimed(world, "b").attempt == late.attempt + 1
    with pytest.raises(LeaseLost), world.database.write() as session:
        world.queue.finish(session, late)


def test_a_job_that_nobody_wants_done_leaves_the_engine(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    told(world, "UPDATE jobs SET state = 'done'")
    assert world.queue.claim(EVERYTHING, "a", world.clock()) is None
    assert engine_rows(world) == []
    assert sweep(world.database, world.blobs, world.clock()) == 1
    world.work()
    assert world.state(key) == "scored"


def test_a_cancelled_submission_leaves_the_engine_and_its_worker(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    claim = claimed(world)
    world.act(phases.cancel, key, actor="owner")
    assert engine_rows(world) == []
    assert not world.queue.beat(claim, world.clock())


def test_what_people_wait_for_goes_before_what_a_re_score_adds(world: World) -> None:
    first, second = (world.submit(predictions_zip(world.split, seed=seed)) for seed in (1, 2))
    with world.database.write() as session:
        jobs.drop(session, first)
        session.execute(text("DELETE FROM jobs WHERE submission = :key"), {"key": first})
        jobs.enqueue(session, first, jobs.VALIDATE, world.clock(), priority=jobs.BULK)
    third = world.submit(predictions_zip(world.split, seed=3))
    with world.database.read() as session:
        assert [jobs.place(session, key) for key in (second, third, first)] == [0, 1, 2]
    assert [claimed(world).submission for _ in range(3)] == [second, third, first]


def test_an_idle_worker_is_told_of_a_job_at_once(world: World) -> None:
    queue, stopping = world.queue, threading.Event()
    queue.wait(EVERYTHING, stopping, 0.01)  # from now on it listens
    later = threading.Timer(0.2, world.submit, (predictions_zip(world.split),))
    began = time.monotonic()
    later.start()
    queue.wait(EVERYTHING, stopping, 60)
    assert 0.1 < time.monotonic() - began < 30
    later.join()
    assert queue.claim(EVERYTHING, "a", world.clock()) is not None


def test_a_worker_of_scores_is_not_woken_by_what_is_to_be_validated(world: World) -> None:
    queue, stopping = world.queue, threading.Event()
    queue.wait((jobs.SCORE,), stopping, 0.01)
    world.submit(predictions_zip(world.split))
    began = time.monotonic()
    queue.wait((jobs.SCORE,), stopping, 0.5)
    assert time.monotonic() - began >= 0.5


def test_a_process_that_stands_still_in_a_transaction_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SIGSTOP may hit it, in the middle of a heartbeat."""
    world.submit(predictions_zip(world.split))
    claim = claimed(world)
    monkeypatch.setattr(engine, "IDLE", 0.5)
    stopped = open_database(world.database.engine.url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable), stopped.write() as session:
        queue_of(stopped).hold(session, claim)
        later = threading.Thread(target=world.clock.forward, kwargs={"seconds": 31})
        later.start()  # has to wait for the lock
        later.join(30)
        assert claimed(world, "b").attempt == claim.attempt + 1
        queue_of(stopped).finish(session, claim)
    stopped.close()


def test_waiting_goes_on_where_the_line_is_cut(world: World) -> None:
    queue, stopping = world.queue, threading.Event()
    queue.wait(EVERYTHING, stopping, 0.01)
    told(world, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    began = time.monotonic()
    queue.wait(EVERYTHING, stopping, 0.3)
    assert time.monotonic() - began >= 0.25
    world.submit(predictions_zip(world.split))
    assert queue.claim(EVERYTHING, "a", world.clock()) is not None


def test_jobs_of_a_server_from_before_the_engine_are_taken_over(world: World) -> None:
    """As it was with migration 0002: our table alone."""
    key = world.submit(predictions_zip(world.split))
    told(world, "DROP INDEX ix_jobs_ticket")
    told(world, "ALTER TABLE jobs DROP COLUMN ticket")
    told(world, "ALTER TABLE scorers DROP COLUMN shown_at, DROP COLUMN found_at")
    told(world, "UPDATE alembic_version SET version_num = '0002'")
    told(world, f"DELETE FROM settings WHERE name = '{schema.RECORDED}'")
    for kind, names in (
        ("TABLE", "procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs"),
        ("TABLE", "procrastinate_workers"),
    ):
        told(world, f"DROP {kind} {names} CASCADE")
    told(
        world,
        """DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT oid::regprocedure AS name FROM pg_proc WHERE proname LIKE 'procrastinate%' LOOP
            EXECUTE 'DROP FUNCTION ' || one.name || ' CASCADE';
        END LOOP;
        FOR one IN SELECT oid::regtype AS name FROM pg_type
            WHERE typname LIKE 'procrastinate%' AND typtype IN ('e', 'c') LOOP
            EXECUTE 'DROP TYPE ' || one.name || ' CASCADE';
        END LOOP; END $$""",
    )
    upgrade(world.database)
    assert sweep(world.database, world.blobs, world.clock()) == 1
    world.work()
    assert world.state(key) == "scored"


def test_an_older_schema_of_the_engine_becomes_that_of_a_fresh_installation(
    world: World, empty: Database
) -> None:
    """Whatever version of procrastinate a server began with."""
    steps = schema.migrations()
    older = next(number for number, step in enumerate(steps) if step.stem.startswith("02.06"))

    def run(script: str) -> None:
        with empty.engine.begin() as connection:
            connection.exec_driver_sql(script, execution_options={"no_parameters": True})

    run("CREATE TABLE settings (name varchar PRIMARY KEY, value varchar NOT NULL)")
    for one in steps[:older]:
        run(one.read_text(encoding="utf-8"))
    run(f"INSERT INTO settings VALUES ('{schema.RECORDED}', '{steps[older - 1].stem}')")
    more = True
    while more:
        with empty.engine.begin() as connection:
            more = schema.step(connection)
    with empty.engine.connect() as connection:
        assert schema.version(connection) == steps[-1].stem
    assert functions(empty) == functions(world.database)
    assert columns(empty) == columns(world.database)


def functions(database: Database) -> set[str]:
    query = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate%'"
    with database.read() as session:
        return set(session.scalars(text(query)))


def columns(database: Database) -> set[tuple[str, ...]]:
    query = """SELECT table_name, column_name, udt_name FROM information_schema.columns
               WHERE table_name LIKE 'procrastinate%'"""
    with database.read() as session:
        return {tuple(row) for row in session.execute(text(query))}


def test_one_job_never_stands_twice_in_the_engine(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    with world.database.write() as session:
        row = session.scalars(select(Job).where(Job.submission == key)).one()
        row.state = jobs.DONE
        session.flush()
        jobs.enqueue(session, key, jobs.VALIDATE, world.clock())
        jobs.enqueue(session, key, jobs.VALIDATE, world.clock())
    assert engine_rows(world) == [("validate", "todo")]
