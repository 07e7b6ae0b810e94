"""One database, SQLite or PostgreSQL: short transactions, retried while the database is locked or away."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard.database.pooler import is_between

PATIENCE = 10.0  # seconds until a locked or absent database is an error
IDLE = 30.0  # seconds after which PostgreSQL ends a transaction whose process stands still
_BEGIN = "rvosbench_begin"
_POOLED = "rvosbench_pooled"
_ENDS_IDLE = f"idle_in_transaction_session_timeout = {int(IDLE * 1000)}"
_STOOD_STILL = "25P03"


class DatabaseUnavailable(RvosbenchError):
    """Locked for too long, stopped, or out of space. To be tried again later: nothing was changed."""

    def __init__(self, found: str) -> None:
        super().__init__(
            Problem(
                Code.DATABASE_UNAVAILABLE,
                path="the database",
                expected="a database that answers",
                found=found,
                fix="try again in a minute; organisers: see that it runs and that its disk has space",
            )
        )


class Database:
    """`write` begins with the right to write, so that what it reads stays true until its end. Never wait for
    anything else inside a transaction."""

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writing = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._patience = patience

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._session(self._writing) as session:
            yield session
            with _told_apart():
                session.commit()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        connection = self._begun(engine)
        try:
            with Session(connection, expire_on_commit=False) as session:
                yield session
                with _told_apart():
                    connection.commit()
        except (OperationalError, InternalError) as error:
            if is_a_defect(error):
                raise
            raise DatabaseUnavailable(reason(error)) from error
        finally:
            connection.close()

    def _begun(self, engine: Engine) -> Connection:
        """A connection in a transaction; whoever else holds the lock is waited for."""
        until = time.monotonic() + self._patience
        pause = 0.005
        while True:
            connection = None
            try:
                connection = engine.connect()
                connection.begin()
                return connection
            except (DatabaseError, InterfaceError, PoolTimeout) as error:
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                if time.monotonic() >= until or not _passes(error):
                    raise DatabaseUnavailable(reason(error)) from error
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311  (jitter)
            pause = min(pause * 2, 0.25)

    def is_pooled(self) -> bool:
        """Whether a pooler stands between us and PostgreSQL."""
        with self.read() as session:
            return bool(session.connection().info.get(_POOLED))

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, patience: float = PATIENCE) -> Database:
    """`sqlite:///FILE` or `postgresql://...`. The tables are made by `upgrade`."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        engine = create_engine(
            place, pool_size=16, max_overflow=112, connect_args={"timeout": 0.2, "check_same_thread": False}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        place = place.set(drivername="postgresql+psycopg")
        engine = create_engine(
            place, pool_pre_ping=True, pool_size=10, max_overflow=30, connect_args={"connect_timeout": 5}
        )
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_pooled)
    return Database(engine, patience)


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    """Transactions are begun by us; acknowledged ones survive a loss of power."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, record: Any) -> None:
    """A process that is stopped in the middle of a transaction does not keep its locks. Behind a pooler that
    is said in each transaction, and no statement is prepared."""
    record.info[_POOLED] = is_between(connection)
    if record.info[_POOLED]:
        connection.prepare_threshold = None
    else:
        connection.execute(f"SET {_ENDS_IDLE}")
    connection.commit()


def _begin_pooled(connection: Connection) -> None:
    if connection.info.get(_POOLED):
        connection.exec_driver_sql(f"SET LOCAL {_ENDS_IDLE}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _told_apart() -> Iterator[None]:
    """A commit that the database could not make is no defect of ours."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnavailable(reason(error)) from error


def is_a_defect(error: DBAPIError) -> bool:
    """SQLite calls a statement that is wrong by the same name as a disk that is full, PostgreSQL one after a
    failed one by that of a session that it ended."""
    if isinstance(error, InternalError):
        return getattr(error.orig, "sqlstate", None) != _STOOD_STILL
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF == sqlite3.SQLITE_ERROR


def _passes(error: DBAPIError | PoolTimeout) -> bool:
    """Whether waiting helps: a lock that is held, a server that starts."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return not isinstance(cause, sqlite3.Error) or "locked" in str(cause)


def reason(error: DBAPIError | PoolTimeout) -> str:
    """In one line, as the database says it."""
    if not isinstance(error, DBAPIError):
        return "too many requests at once"
    text = str(error.orig).strip().splitlines()
    return text[0][:200] if text else type(error.orig).__name__
