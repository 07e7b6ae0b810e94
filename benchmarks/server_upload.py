"""Uploads to the evaluation server over loopback: megabytes a second, seconds from the last byte to the
submission, and the memory of the web process. Beside them the same bytes written by a bare loop, with the
same sha256 and fsync, as the most that this disk and core allow.

    python benchmarks/server_upload.py [--megabytes 1000] [--parallel 1 4]

The server runs in a process of its own with an empty database and no workers. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rvosbench.progress import Silent

if TYPE_CHECKING:
    from rvosbench_leaderboard.database.engine import Database

PHASE = "bench/speed/open"
MB = 1_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Run:
    what: str
    seconds: float
    megabytes: float
    cpu: float  # processor seconds of the web process, or of the loop
    peak: int | None  # kB of the web process

    def row(self) -> str:
        peak = "" if self.peak is None else f"{self.peak / 1000:.0f} MB"
        return (
            f"| {self.what} | {self.megabytes:,.0f} MB | {self.seconds:.2f} s |"
            f" {self.megabytes / self.seconds:,.0f} MB/s | {self.cpu:.2f} s | {peak} |"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=1000)
    options.add_argument("--parallel", type=int, nargs="+", default=[1, 4])
    options.add_argument("--folder", type=Path, default=None)
    options.add_argument("--serve", type=Path, default=None, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve is not None:
        serve(chosen.serve)
        return
    print("| | size | time | speed | processor | web process, peak |\n|---|---|---|---|---|---|")
    with TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        file = folder / "upload.zip"
        fill(file, chosen.megabytes * MB)
        print(bare(file, folder / "copy").row(), flush=True)
        for count in chosen.parallel:
            with server(folder / f"server-{count}") as (address, token, process):
                print(uploads(file, count, address, token, process).row(), flush=True)


def fill(file: Path, size: int) -> None:
    block = os.urandom(_BLOCK)
    with file.open("wb") as target:
        for number in range(size // _BLOCK + 1):
            target.write(number.to_bytes(8, "big") + block[8 : min(_BLOCK, size - number * _BLOCK)])
        target.flush()
        os.fsync(target.fileno())  # so that nothing but what is measured waits for the disk


def bare(file: Path, target: Path) -> Run:
    begun, used = time.perf_counter(), time.process_time()
    digest = hashlib.sha256()
    with file.open("rb") as source, target.open("wb") as out:
        while block := source.read(_BLOCK):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    seconds = time.perf_counter() - begun
    used = time.process_time() - used
    target.unlink()
    return Run("read, sha256, write, fsync in a loop", seconds, file.stat().st_size / MB, used, None)


def uploads(file: Path, count: int, address: str, token: str, process: int) -> Run:
    """Each has other bytes in front, so that none goes on with another's."""
    from rvosbench_leaderboard.submitting.connection import Server
    from rvosbench_leaderboard.submitting.sending import Sending
    from rvosbench_leaderboard.submitting.uploads import Wanted, sum_up

    wanted = Wanted(PHASE, "", file.name, {})
    sha256 = sum_up(file, Silent())
    places = []
    client = Server(address, token)
    for number in range(count):
        about = wanted.header(sha256 if number == 0 else "")
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(file.stat().st_size),
            "Upload-Metadata": about,
        }
        places.append(client.ask("POST", "/api/v1/uploads", headers=headers).headers["location"])
    threads = [
        threading.Thread(target=Sending(Server(address, token), file, place, Silent()).run)
        for place in places
    ]
    begun, used = time.perf_counter(), cpu_of(process)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, used = time.perf_counter() - begun, cpu_of(process) - used
    what = "one upload" if count == 1 else f"{count} uploads at once"
    return Run(what, seconds, count * file.stat().st_size / MB, used, peak_of(process))


def peak_of(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


def cpu_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str, int]]:
    command = [sys.executable, __file__, "--serve", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("no output")
            address, token = process.stdout.readline().split()
            yield address, token, process.pid
        finally:
            process.terminate()


def serve(folder: Path) -> None:
    import socket

    import uvicorn
    from rvosbench_leaderboard.blobs.folder import FolderBlobs
    from rvosbench_leaderboard.database.engine import open_database
    from rvosbench_leaderboard.database.upgrade import upgrade
    from rvosbench_leaderboard.web.app import create_app
    from rvosbench_leaderboard.web.config import WebSettings
    from rvosbench_leaderboard.web.limits.connections import server_options

    folder.mkdir()
    database = open_database(f"sqlite:///{folder}/server.db")
    upgrade(database)
    token = furnish(database)
    settings = WebSettings(
        database, FolderBlobs(folder / "blobs"), report=lambda line: print(line, file=sys.stderr)
    )
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]} {token}", flush=True)
    options = server_options(settings.limits.headers)
    uvicorn.Server(uvicorn.Config(create_app(settings), **options)).run(sockets=[listener])


def furnish(database: Database) -> str:
    """A benchmark, a person in a team, and the token of this person."""
    from rvosbench_leaderboard.database.columns import new_id
    from rvosbench_leaderboard.database.tables import Benchmark, Phase, Scorer, Track, User
    from rvosbench_leaderboard.web.accounts import teams
    from rvosbench_leaderboard.web.tokens import tokens

    now = datetime.now(UTC)
    benchmark, track, scorer, user = (new_id(now) for _ in range(4))
    with database.write() as session:
        session.add(Benchmark(id=benchmark, slug="bench", title="Bench", created_at=now))
        session.flush()
        session.add(
            Track(
                id=track,
                benchmark=benchmark,
                slug="speed",
                title="Speed",
                dataset="sample",
                split="val",
                protocol="mevis",
                hidden=True,
                key_metric="J&F",
                metrics=["J&F"],
                dataset_fingerprint="0" * 64,
            )
        )
        session.flush()
        session.add(
            Scorer(
                id=scorer,
                track=track,
                scoring_version=1,
                config_hash="0" * 64,
                dataset_fingerprint="0" * 64,
                created_at=now,
            )
        )
        session.flush()
        session.get_one(Track, track).current_scorer = scorer
        session.add(Phase(id=new_id(now), track=track, slug="open", title="Open", bytes=64_000_000_000))
        session.add(User(id=user, name="Ada", email="ada@example.org", password_hash="", created_at=now))
        session.flush()
        teams.create(session, "Team", user, now)
        return tokens.create(session, user, "speed", ("read", "submit"), 1, now)[1]


if __name__ == "__main__":
    main()
