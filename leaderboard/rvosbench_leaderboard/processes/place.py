"""The folder of a server: everything that it keeps, but for ground truth and, with PostgreSQL, the rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rvosbench.errors import Code, PartNotInstalled, Problem, UsageError
from rvosbench.ids import HOME_VARIABLE, home
from rvosbench_leaderboard.blobs.folder import FolderBlobs

if TYPE_CHECKING:  # what takes time to load is loaded where it is used: the web is started before that
    from rvosbench_leaderboard.database.engine import Database, DatabaseUnavailable

AT_FIRST = 2.0  # seconds until a command gives up a database that does not answer


@dataclass(frozen=True, slots=True)
class Place:
    """`database` None: the file `server.db` in the folder."""

    folder: Path
    data: Path
    database: str | None = None

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'server.db'}"

    @property
    def blobs(self) -> FolderBlobs:
        return FolderBlobs(self.folder / "blobs")

    @property
    def benchmarks(self) -> Path:
        return self.folder / "benchmarks"

    def open(self) -> Database:
        from rvosbench_leaderboard.database.engine import open_database

        return open_database(self.url)

    def reach(self) -> Database:
        """For commands: refused at once if nothing answers there."""
        from sqlalchemy import text

        from rvosbench_leaderboard.database.engine import DatabaseUnavailable, open_database

        first = open_database(self.url, AT_FIRST)
        try:
            with first.read() as session:
                session.execute(text("SELECT 1"))
        except DatabaseUnavailable as error:
            raise _no_database(self, error) from error
        finally:
            first.close()
        return self.open()

    def ready(self, *, older: bool = False) -> Database:
        """For commands that use the tables and do not make them; `older` ones may do."""
        from rvosbench_leaderboard.database.upgrade import require

        database = self.reach()
        require(database, older=older)
        return database

    def make(self) -> None:
        """The folder, for this user alone."""
        for path in (self.folder, self.folder / "blobs", self.benchmarks):
            path.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def as_json(self) -> dict[str, Any]:
        return {"folder": str(self.folder), "data": str(self.data), "database": self.database}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Place:
        return cls(Path(values["folder"]), Path(values["data"]), values["database"])


def find_place(folder: Path, data: Path | None, url: str | None) -> Place:
    """From what was typed. The address of a database may come from `$RVOSBENCH_DB`, where `ps` does not show
    it."""
    url = url or os.environ.get("RVOSBENCH_DB") or None
    if url is not None and not _is_address(url):
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--db",
                expected="postgresql://USER@HOST/NAME, or nothing for a file in the folder",
                found=url.partition(":")[0],
                fix="leave --db out, or give the address of a PostgreSQL database",
            )
        )
    if url is not None and url.startswith("postgresql://"):
        _require_postgresql()
    return Place(folder.resolve(), home(data).resolve(), url)


def _is_address(url: str) -> bool:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(url)
    except (ValueError, ArgumentError):
        return False
    return url.startswith(("postgresql://", "sqlite:///"))


def _no_database(place: Place, error: DatabaseUnavailable) -> UsageError:
    """A password in the address is not repeated."""
    from sqlalchemy import make_url

    return UsageError(
        Problem(
            Code.DATABASE_UNAVAILABLE,
            f"--db {make_url(place.database).render_as_string()}" if place.database else place.url,
            expected="a database that answers",
            found=error.problems[0].found,
            fix="see that it runs, and that host, port, name and user are right"
            if place.database
            else "see that it is a file of a server that can be read and written; else restore a backup",
        )
    )


def names_truth(data: Path | None) -> bool:
    """Whether it was said where ground truth is, by option or environment."""
    return data is not None or bool(os.environ.get(HOME_VARIABLE))


def require_truth(place: Place, named: Path | None) -> None:
    """Before a server is started: ground truth is where one said, and not where the server keeps its own."""
    if names_truth(named) and not place.data.is_dir():
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--data {place.data}",
                expected="the folder of all converted splits",
                found="a file" if place.data.exists() else "nothing",
                fix="name the folder that `rvosbench convert --data` was given, or make an empty one",
            )
        )
    if problem := exposed(place):
        raise UsageError(problem)


def exposed(place: Place) -> Problem | None:
    """Ground truth that lies in the folder of the server, or around it."""
    data, folder = place.data.resolve(), place.folder.resolve()
    if not data.is_relative_to(folder) and not folder.is_relative_to(data):
        return None
    return Problem(
        Code.TRUTH_EXPOSED,
        str(data),
        expected="ground truth apart from the folder of the server",
        found="one and the same folder" if data == folder else "one inside the other",
        fix="keep them beside each other, and name both by --folder and --data",
    )


def checked_origin(text: str) -> str:
    """As browsers say it: scheme, host and port, with no slash after it."""
    try:
        parts = urlsplit(text)
        well = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        well = False
    if not well or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--origin {text}",
                expected="the address that people type, such as https://bench.example.org",
                found="a path behind the host" if well else "no such address",
                fix="give http:// or https://, the host and, if need be, the port; nothing else",
            )
        )
    return f"{parts.scheme}://{parts.netloc}"


def _require_postgresql() -> None:
    """Said before anything is started."""
    absent = [name for name in ("psycopg", "procrastinate") if find_spec(name) is None]
    if absent:
        raise PartNotInstalled(f"PostgreSQL ({', '.join(absent)})", "server")
