"""The folder of a server: everything that it keeps, but for ground truth and, with PostgreSQL, the rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, PartNotInstalled, Problem, UsageError
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.engine import Database, open_database


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
        return open_database(self.url)

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
    from rvosbench.ids import home

    url = url or os.environ.get("RVOSBENCH_DB") or None
    if url is not None and not url.startswith(("postgresql://", "sqlite:///")):
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


def _require_postgresql() -> None:
    """Said before anything is started."""
    absent = [name for name in ("psycopg", "procrastinate") if find_spec(name) is None]
    if absent:
        raise PartNotInstalled(f"PostgreSQL ({', '.join(absent)})", "server")
