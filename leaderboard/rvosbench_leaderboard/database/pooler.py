"""A pooler such as pgbouncer between us and PostgreSQL: each transaction may run in another session. So what
belongs to a session does not hold there: prepared statements, settings, LISTEN, and what pg_dump sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg


def is_between(connection: psycopg.Connection[Any]) -> bool:
    """A pooler makes up the number of the process that it tells at the start."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return row is None or int(row[0]) != connection.info.backend_pid
