"""Threat 29: the web process is killed, again and again, while a file is on its way."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Slot, Submission, User
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.processes.serve import listen, the_web
from rvosbench_leaderboard.processes.supervisor import Supervisor
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.sending import Sent
from rvosbench_leaderboard.submitting.uploads import Wanted, upload
from rvosbench_leaderboard.web.accounts import teams
from rvosbench_leaderboard.web.tokens import tokens
from rvosbench_leaderboard.web.uploads.receiving import BLOCK
from served_site import DEFINITION, processes_of, served, wait_for_ground_truth
from sqlalchemy import select
from web_site import PHASE, WebSite

from rvosbench.progress import Silent

MB = 1 << 20
WEB = "rvosbench_leaderboard.processes.web"
PATIENCE = 120.0  # seconds


class Paced(Silent):
    """A line of so many bytes a second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    def advance(self, amount: int = 1) -> None:
        time.sleep(amount / self._rate)


@dataclass(frozen=True)
class Killable:
    address: str
    folder: Path
    web: Callable[[], int | None]  # its process, if there is one now

    def kill(self) -> None:
        """As soon as there is one: the last one may not have been replaced yet."""
        until = time.monotonic() + PATIENCE
        while (pid := self.web()) is None:
            assert time.monotonic() < until
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)

    def arrived(self) -> int:
        return sum(path.stat().st_size for path in (self.folder / "blobs" / "incoming").glob("*"))


@contextmanager
def supervised(folder: Path, data: Path) -> Iterator[Killable]:
    """The web process of a server, kept running as `rvosbench serve` does it."""
    listener = listen("127.0.0.1", 0)
    wanted = the_web(Place(folder, data), listener, Isolation("none"), None)
    supervisor = Supervisor([wanted], lambda line: None)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield Killable(address, folder, lambda: supervisor.pids().get("web"))
    finally:
        supervisor.stopping.set()
        thread.join(PATIENCE)
        listener.close()


def token_of_a_new_team(folder: Path) -> str:
    database = open_database(f"sqlite:///{folder / 'server.db'}")
    now = datetime.now(UTC)
    user = new_id(now)
    with database.write() as session:
        session.add(User(id=user, name="Ada", email="ada@example.net", password_hash="", created_at=now))
        session.flush()
        teams.create(session, "Killed", user, now)
        token = tokens.create(session, user, "it", ("read", "submit"), 1, now)[1]
    database.close()
    return token


def check(server: Killable, phase: str, file: Path, kills: int, rate: float) -> int:
    """How many bytes were sent again."""
    size, token = file.stat().st_size, token_of_a_new_team(server.folder)
    client = Server(server.address, token, pause=lambda _: time.sleep(0.05))
    done: list[Sent] = []
    sending = threading.Thread(
        target=lambda: done.append(upload(client, file, Wanted(phase, "", file.name, {}), Paced(rate)))
    )
    sending.start()
    for kill in range(1, kills + 1):
        while server.arrived() < size * kill // (kills + 1):
            assert sending.is_alive()
            time.sleep(0.01)
        server.kill()
    sending.join(PATIENCE)
    assert done
    database = open_database(f"sqlite:///{server.folder / 'server.db'}")
    with database.read() as session:
        row = session.scalars(select(Submission)).one()
        slots = session.scalars(select(Slot.state)).all()
    database.close()
    content = FolderBlobs(server.folder / "blobs").path(row.blob)
    with file.open("rb") as sent, content.open("rb") as kept:
        whole = hashlib.file_digest(sent, "sha256").hexdigest()
        assert row.sha256 == whole == hashlib.file_digest(kept, "sha256").hexdigest()
    assert (row.id, len(slots)) == (done[0].submission, 1)
    resent = done[0].sent - size
    print(f"{kills} kills, {size:,} bytes, {resent:,} sent again")
    assert 0 < resent < 2 * BLOCK * kills  # a block in memory, and what is between the two ends
    return resent


def written(path: Path, megabytes: int) -> Path:
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(MB))
    return path


def test_threat_29_kill_9_of_the_web_costs_no_byte_that_arrived(site: WebSite, tmp_path: Path) -> None:
    file = written(tmp_path / "mine.zip", 12)
    site.world.database.close()
    with supervised(site.world.folder, site.world.data) as server:
        check(server, PHASE, file, kills=2, rate=16 * MB)


@pytest.mark.full
def test_threat_29_twelve_kills_during_a_gigabyte_cost_less_than_two_percent(tmp_path: Path) -> None:
    """`rvosbench serve` as one runs it."""
    file = written(tmp_path / "mine.zip", 1000)
    (tmp_path / "server" / "benchmarks").mkdir(parents=True)
    (tmp_path / "server" / "benchmarks" / "shapes.toml").write_text(DEFINITION.replace("1 GB", "2 GB"))
    with served(tmp_path) as running:
        wait_for_ground_truth(running)
        server = Killable(running.address, running.folder, lambda: processes_of(running.pid).get(WEB))
        resent = check(server, "shapes/valid/dev", file, kills=12, rate=60 * MB)
    assert resent <= 0.02 * file.stat().st_size
