"""Databases in which the server cannot have its tables, or has none yet: refused with a reason, before
anything is started."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from postgres_cluster import Cluster
from rvosbench_leaderboard.database.engine import DatabaseUnavailable, open_database
from rvosbench_leaderboard.database.upgrade import TablesUnfit, upgrade

from rvosbench.cli.app import run
from rvosbench.errors import Code


def refused(capsys: pytest.CaptureFixture[str], *command: str) -> dict[str, str]:
    """What the command says of its one problem."""
    assert run([*command, "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    return dict(problem)


def server_with(folder: Path, *statements: str) -> Path:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "server.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> str:
    (tmp_path / "truth").mkdir()
    return str(tmp_path / "truth")


def test_tables_of_somebody_else_are_left_alone(
    tmp_path: Path, truth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = server_with(tmp_path / "server", "CREATE TABLE users (a)", "INSERT INTO users VALUES (1)")
    said = refused(capsys, "serve", "--folder", str(folder), "--data", truth, "--port", "0")
    assert said["code"] == Code.SERVER_UNWELL and "users already exists" in said["found"]
    with closing(sqlite3.connect(folder / "server.db")) as database:
        assert database.execute("SELECT * FROM users").fetchall() == [(1,)]
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("users",)]


def test_tables_of_a_newer_version_are_not_touched(
    tmp_path: Path, truth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = server_with(
        tmp_path / "server",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('9999')",
    )
    for command in (
        ("serve", "--data", truth, "--port", "0"),
        ("admin", "link"),
        ("admin", "backup", str(tmp_path / "b.tar")),
    ):
        said = refused(capsys, *command, "--folder", str(folder))
        assert (said["code"], said["found"]) == (Code.SERVER_UNWELL, "tables at 9999")


def test_a_file_that_is_no_database_is_said_to_be_none(
    tmp_path: Path, truth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "server.db").write_bytes(b"no database " * 500)
    for command in (("serve", "--data", truth, "--port", "0"), ("admin", "link")):
        said = refused(capsys, *command, "--folder", str(folder))
        assert (said["code"], said["found"]) == (Code.DATABASE_UNAVAILABLE, "file is not a database")
    assert run(["admin", "doctor", "--folder", str(folder), "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert Code.DATABASE_UNAVAILABLE in [one["code"] for one in problems]


def test_tables_that_cannot_be_made_now_are_a_matter_of_time(tmp_path: Path) -> None:
    """Somebody else holds the right to write."""
    with closing(sqlite3.connect(tmp_path / "server.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable):
            upgrade(open_database(f"sqlite:///{tmp_path}/server.db"))


@pytest.mark.full
def test_a_role_that_may_not_make_tables_is_told_so(
    postgres: Cluster, tmp_path: Path, truth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE ROLE weak LOGIN")
        owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        theirs = url.replace("postgres@", "weak@")
        with pytest.raises(TablesUnfit):
            upgrade(open_database(theirs))
        place = ("--folder", str(tmp_path / "server"), "--db", theirs)
        said = refused(capsys, "serve", *place, "--data", truth, "--port", "0")
        assert said["code"] == Code.SERVER_UNWELL and "permission denied for schema" in said["found"]
        assert run(["worker", *place, "--data", truth]) == 2
        assert "no tables of a server" in capsys.readouterr().err
    finally:
        with psycopg.connect(postgres.url(), autocommit=True) as owner:
            owner.execute("DROP ROLE weak")
