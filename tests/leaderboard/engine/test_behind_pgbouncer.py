"""A pooler between the server and PostgreSQL: transactions of one connection run in different sessions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from besieging import lay
from bouncer import bouncer
from postgres_cluster import Cluster
from rvosbench_leaderboard.backup.archive import back_up
from rvosbench_leaderboard.database.engine import IDLE, open_database
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.queue.bell import Bell
from server_world import TEMPLATE, World, copied, described, make_world, predictions_zip
from sqlalchemy import text

from rvosbench.errors import Code, RvosbenchError

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def pooled(postgres: Cluster) -> Iterator[Cluster]:
    with bouncer(postgres) as found:
        yield found


@pytest.fixture
def pooled_world(pooled: Cluster, postgres: Cluster, postgres_template: World, tmp_path: Path) -> World:
    name = postgres.new_database(TEMPLATE).rpartition("/")[2]
    return copied(postgres_template, tmp_path / "server", pooled.url(name))


@pytest.mark.usefixtures("postgres_template")  # the first database of the cluster
def test_tables_are_made_and_submissions_scored(pooled: Cluster, postgres: Cluster, tmp_path: Path) -> None:
    name = postgres.new_database().rpartition("/")[2]
    world = described(make_world(tmp_path / "server", pooled.url(name)))
    assert world.database.is_pooled()
    keys = [world.submit(predictions_zip(world.split, seed=seed)) for seed in range(8)]
    world.work()  # often enough for a statement to be prepared, were it allowed
    assert {world.state(key) for key in keys} == {"scored"}
    world.database.close()


def test_a_pooler_is_told_from_postgresql_itself(pooled_world: World, postgres: Cluster) -> None:
    name = pooled_world.database.engine.url.database or ""
    for database, expected in ((pooled_world.database, True), (open_database(postgres.url(name)), False)):
        assert database.is_pooled() is expected
        with database.read() as session:
            ends = session.scalar(text("SELECT current_setting('idle_in_transaction_session_timeout')"))
        assert ends == f"{int(IDLE)}s"
        database.close()


def test_nothing_is_lost_under_kill_9(pooled_world: World) -> None:
    found = lay(pooled_world, submissions=12, kills=20, seconds=120.0, webs=2)
    assert found.acknowledged >= 12
    assert (found.lost, found.doubled, found.stuck, found.slots_wrong) == (0, 0, 0, 0)


def test_a_worker_waits_by_the_clock_where_no_notification_comes(pooled_world: World) -> None:
    bell = Bell(pooled_world.database.engine.url)
    for _ in range(2):
        bell.wait(["score"], threading.Event(), 0.01)


def test_a_backup_wants_postgresql_itself(pooled_world: World, tmp_path: Path) -> None:
    url = pooled_world.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    place = Place(pooled_world.folder, pooled_world.data, url)
    target = tmp_path / "backup.tar"
    with pytest.raises(RvosbenchError) as refused:
        back_up(place, target, datetime.now(UTC), blobs=True, advance=lambda amount: None)
    (problem,) = refused.value.problems
    assert problem.code is Code.BACKUP_FAILED and "pgbouncer" in problem.found
    assert not target.exists()
