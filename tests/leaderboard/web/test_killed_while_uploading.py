"""Threat 29: the web process is killed, again and again, while a file is on its way."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Slot, Submission
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.sending import Sent
from rvosbench_leaderboard.submitting.uploads import Wanted, upload
from rvosbench_leaderboard.web.uploads.receiving import BLOCK
from served_site import DEFINITION, processes_of, served, wait_for_ground_truth
from sqlalchemy import select
from supervised_web import PATIENCE, Killable, supervised, token_of_a_new_team
from web_site import PHASE, WebSite

from rvosbench.progress import Silent

MB = 1 << 20
WEB = "rvosbench_leaderboard.processes.web"


class Paced(Silent):
    """A line of so many bytes a second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    def advance(self, amount: int = 1) -> None:
        time.sleep(amount / self._rate)


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
def test_threat_29_kills_of_a_whole_server_cost_less_than_two_percent(tmp_path: Path) -> None:
    """`rvosbench serve` as one runs it."""
    file = written(tmp_path / "mine.zip", 400)
    (tmp_path / "server" / "benchmarks").mkdir(parents=True)
    (tmp_path / "server" / "benchmarks" / "shapes.toml").write_text(DEFINITION)
    with served(tmp_path) as running:
        wait_for_ground_truth(running)
        server = Killable(running.address, running.folder, lambda: processes_of(running.pid).get(WEB))
        resent = check(server, "shapes/valid/dev", file, kills=5, rate=60 * MB)
    assert resent <= 0.02 * file.stat().st_size
