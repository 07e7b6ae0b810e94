"""A private PostgreSQL cluster on a port of its own, for as long as a `with` lasts. The programs of Debian's
postgresql-15 refuse to run as root, so that they run as the user `postgres` where the tests are root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SECONDS = 60


@dataclass
class Cluster:
    folder: Path
    port: int

    def __post_init__(self) -> None:
        self._numbers = count()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self, like: str = "template0") -> str:
        """The address of an empty one, or of a copy of one that nobody is connected to."""
        name = f"bench{next(self._numbers)}"
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        self.run("createdb", *place, "-T", like, name)
        return self.url(name)

    def stop(self) -> None:
        """At once, as when a machine fails."""
        self.run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", "immediate", "-w")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        log = str(self.folder / "log")
        self.run("pg_ctl", "start", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w")

    def run(self, program: str, *arguments: str) -> None:
        command = [str(PROGRAMS / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS, cwd="/"
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="rvosbench-pg-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    made = Cluster(folder, free_port())
    try:
        data = str(folder / "data")
        made.run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        made.start()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
