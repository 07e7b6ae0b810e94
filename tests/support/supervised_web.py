"""The web process of a server, as `rvosbench serve` runs it, and a person to send to it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import User
from rvosbench_leaderboard.processes.front import listen, the_web
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.processes.supervisor import Supervisor
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.web.accounts import teams
from rvosbench_leaderboard.web.tokens import tokens

PATIENCE = 120.0  # seconds


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
def supervised(folder: Path, data: Path, database: str | None = None) -> Iterator[Killable]:
    """The web process of a server, kept running as `rvosbench serve` does it."""
    listener = listen("127.0.0.1", 0)
    wanted = the_web(Place(folder, data, database), listener, Isolation("none"), None)
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


def token_of_a_new_team(folder: Path, name: str = "Senders") -> str:
    database = open_database(f"sqlite:///{folder / 'server.db'}")
    now = datetime.now(UTC)
    user = new_id(now)
    with database.write() as session:
        session.add(User(id=user, name="Ada", email=f"{user}@example.net", password_hash="", created_at=now))
        session.flush()
        teams.create(session, name, user, now)
        token = tokens.create(session, user, "it", ("read", "submit"), 1, now)[1]
    database.close()
    return token
