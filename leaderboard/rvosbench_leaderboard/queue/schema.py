"""The tables of procrastinate, in the database of the submissions. Which of its migrations they are at stands
among the settings: a newer version of the package brings the next ones, in the same transaction as ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from rvosbench_leaderboard.database.tables import Setting

if TYPE_CHECKING:
    from sqlalchemy import Connection

RECORDED = "procrastinate_schema"


def upgrade(connection: Connection) -> None:
    from procrastinate.schema import SchemaManager

    at, steps = version(connection), migrations()
    if at is None:
        _run(connection, SchemaManager.get_schema())
        connection.execute(insert(Setting).values(name=RECORDED, value=steps[-1].stem))
        return
    for step in steps:
        if step.stem > at:
            _run(connection, step.read_text(encoding="utf-8"))
    newest = max(at, steps[-1].stem)
    connection.execute(update(Setting).where(Setting.name == RECORDED).values(value=newest))


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
