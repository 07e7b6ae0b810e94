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
from sqlalchemy.exc import DBAPIError, OperationalError

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_leaderboard.database.engine import DatabaseUnavailable, is_a_defect, reason
from rvosbench_leaderboard.queue import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rvosbench_leaderboard.database.engine import Database

_LOCK = 0x7276_6F73  # of PostgreSQL: two servers that start at once migrate one after the other


class TablesUnfit(UsageError):
    """Tables that this version of the server neither made nor can make."""

    def __init__(self, expected: str, found: str, fix: str) -> None:
        super().__init__(Problem(Code.SERVER_UNWELL, "the database", expected=expected, found=found, fix=fix))


def upgrade(database: Database) -> None:
    """Makes all tables, or migrates them. Ours in one transaction: all or nothing; then those of the engine
    of the queue."""
    try:
        _upgrade(database)
    except DBAPIError as error:
        if isinstance(error, OperationalError) and not is_a_defect(error):
            raise DatabaseUnavailable(reason(error)) from error
        raise _not_made(error) from error


def require(database: Database, *, older: bool = False) -> None:
    """For those who use the tables and do not make them; `older` ones may do."""
    with database.engine.connect() as connection:
        found = version(connection)
    if found != newest() and not (older and found in _known()):
        raise _of_another_version(found)


def _upgrade(database: Database) -> None:
    with _alone(database) as connection:
        found = version(connection)
        if found is not None and found not in _known():
            raise _of_another_version(found)
        if found != newest():
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


def _not_made(error: DBAPIError) -> TablesUnfit:
    """The database says why: most often the role may not, or other tables have the names."""
    return TablesUnfit(
        "a database in which the tables of the server can be made and changed",
        reason(error),
        "give the server an empty database that its role owns: createdb -O ROLE NAME",
    )


def _of_another_version(found: str | None) -> TablesUnfit:
    return TablesUnfit(
        f"tables at {newest()}, as this version of rvosbench wants them",
        f"tables at {found}" if found else "no tables of a server",
        "`rvosbench serve` makes and migrates them at its start: start it first, with the same version "
        "of rvosbench on all machines",
    )


def _known() -> set[str]:
    return {one.revision for one in ScriptDirectory.from_config(_config(None)).walk_revisions()}


def newest() -> str | None:
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
