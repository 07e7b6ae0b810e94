"""The tables of procrastinate, in the database of the submissions. Which of its migrations they are at stands
among the settings: a newer version of the package brings the next ones. Each is a transaction of its own,
since PostgreSQL uses a value that was added to an enumeration only after a commit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from rvosbench_leaderboard.database.tables import Setting

if TYPE_CHECKING:
    from sqlalchemy import Connection

RECORDED = "procrastinate_schema"


def step(connection: Connection) -> bool:
    """Does what comes next. Whether there may be more."""
    from procrastinate.schema import SchemaManager

    at, steps = version(connection), migrations()
    if at is None:
        _run(connection, SchemaManager.get_schema())
        connection.execute(insert(Setting).values(name=RECORDED, value=steps[-1].stem))
        return False
    following = next((one for one in steps if one.stem > at), None)
    if following is None:
        return False
    _run(connection, following.read_text(encoding="utf-8"))
    connection.execute(update(Setting).where(Setting.name == RECORDED).values(value=following.stem))
    return True


def version(connection: Connection) -> str | None:
    """The last migration that was applied; None before the first."""
    return connection.scalar(select(Setting.value).where(Setting.name == RECORDED))


def migrations() -> list[Path]:
    """Those of the installed package, in their order."""
    from procrastinate.schema import SchemaManager

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _run(connection: Connection, script: str) -> None:
    """Several statements, whose percent signs are no places for values."""
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})
