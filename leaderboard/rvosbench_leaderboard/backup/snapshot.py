"""The rows of a running server as one file: SQLite by its own online backup, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import inspect, make_url

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.upgrade import upgrade

SQLITE, POSTGRES = "server.db", "server.dump"
_LONGEST = 6 * 3600.0  # seconds for pg_dump and pg_restore


def dump(url: str, folder: Path) -> Path:
    """One moment of the database, while others write to it."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        target = folder / SQLITE
        with (
            closing(sqlite3.connect(str(place.database))) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return target
    target = folder / POSTGRES
    _check_direct(url, "pg_dump")
    _run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}"], url)
    return target


def load(file: Path, url: str) -> None:
    """The rows of a backup become those of the server, with the tables of this version. A file of SQLite is
    used as it is; PostgreSQL takes the rows of a dump into a database in which nothing is."""
    kind = make_url(url).get_backend_name()
    if (kind == "sqlite") != (file.name == SQLITE):
        raise _other_kind(file.name, kind)
    if kind == "sqlite":
        _upgrade(f"sqlite:///{file}")
        return
    _check_direct(url, "pg_restore")
    _check_empty(url)
    _run(["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(file)], url, "--dbname=")
    _upgrade(url)
    file.unlink()


def not_empty(
    what: str, fix: str = "restore into another folder, and another database, and let the server use these"
) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.NOT_EMPTY,
            what,
            expected="a place in which nothing is",
            found="something",
            fix=fix,
        )
    )


def _upgrade(url: str) -> None:
    database = open_database(url)
    try:
        upgrade(database)
    finally:
        database.close()


def _check_direct(url: str, program: str) -> None:
    """What these programs set for their session would stay with one that others use next."""
    database = open_database(url)
    try:
        if database.is_pooled():
            found = "a pooler in between, such as pgbouncer"
            raise _failed(program, found, "give the address of PostgreSQL itself by --db")
    finally:
        database.close()


def _check_empty(url: str) -> None:
    database = open_database(url)
    try:
        if inspect(database.engine).get_table_names():
            raise not_empty("the database")
    finally:
        database.close()


def _run(command: list[str], url: str, option: str = "") -> None:
    """The password goes by the environment: arguments are seen by everybody on the machine."""
    place = make_url(url)
    password = place.password
    address = place.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    if shutil.which(command[0]) is None:
        raise _failed(command[0], "it is not installed", "install the client programs of PostgreSQL")
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run(
        [*command, f"{option}{address}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise _failed(command[0], last, "see that the database runs and may be read by this user")


def _failed(program: str, found: str, fix: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(Code.BACKUP_FAILED, program, expected="a copy of the database", found=found, fix=fix)
    )


def _other_kind(name: str, kind: str) -> RvosbenchError:
    wanted = "a file in the folder" if name == SQLITE else "a PostgreSQL database, given with --db"
    return RvosbenchError(
        Problem(
            Code.BACKUP_DAMAGED,
            name,
            expected=f"the kind of database that the backup was made of: {wanted}",
            found=kind,
            fix="restore with the same kind of database",
        )
    )
