"""Brings the tables of a database to the form that this version of the server wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from rvosbench_leaderboard.queue import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rvosbench_leaderboard.database.engine import Database

_LOCK = 0x7276_6F73  # of PostgreSQL: two servers that start at once migrate one after the other


def upgrade(database: Database) -> None:
    """Makes all tables, or migrates them. Ours in one transaction: all or nothing; then those of the engine
    of the queue."""
    with _alone(database) as connection:
        if version(connection) != newest():
            command.upgrade(_config(connection), "head")
    more = not database.is_sqlite
    while more:
        with _alone(database) as connection:
            more = schema.step(connection)


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    with database.engine.execution_options(rvosbench_begin="BEGIN IMMEDIATE").begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


def version(connection: Connection) -> str | None:
    """The migration that the tables are at; None before the first."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
