"""The tables: made by migrations, the same as the classes say, on both databases; times with zones alone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Base, Phase
from rvosbench_leaderboard.database.upgrade import newest, upgrade, version
from server_world import World
from sqlalchemy.exc import StatementError


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """procrastinate keeps its tables itself."""
    return not (kind == "table" and str(name).startswith("procrastinate_"))


def test_migrations_lead_to_the_tables_of_the_classes(world: World) -> None:
    upgrade(world.database)
    with world.database.engine.connect() as connection:
        assert version(connection) == newest()
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, Base.metadata) == []


def test_times_come_back_in_utc(world: World) -> None:
    there = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    world.set_phase(opens_at=there)
    with world.database.read() as session:
        found = session.get_one(Phase, world.phase).opens_at
    assert found == there
    assert found is not None and found.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        world.set_phase(opens_at=datetime(2026, 3, 29))


def test_what_fails_in_a_transaction_leaves_nothing(world: World) -> None:
    class Oops(Exception):
        pass

    with pytest.raises(Oops), world.database.write() as session:
        session.get_one(Phase, world.phase).title = "changed"
        session.flush()
        raise Oops
    with world.database.read() as session:
        assert session.get_one(Phase, world.phase).title == "Development"


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=step) for step in range(50)]
    ids = [new_id(moment) for moment in moments]
    assert ids == sorted(ids)
    assert {uuid.UUID(one).version for one in ids} == {7}


def test_ids_of_one_moment_differ_and_keep_their_order() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    ids = [new_id(moment) for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {uuid.UUID(one).version for one in ids} == {7}
    assert {uuid.UUID(one).variant for one in ids} == {uuid.RFC_4122}
