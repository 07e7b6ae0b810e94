"""A server under kill -9: processes that submit and processes that work, killed at random, until everything
that was acknowledged has its end. Forked from one warm process, so that a new one costs nothing."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import time
import traceback
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import uvicorn
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Event, Job, Phase, Score, Slot, Submission, Upload
from rvosbench_leaderboard.phases import IN_WORK
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.uploads import Wanted, upload
from rvosbench_leaderboard.web.app import create_app
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.limits.connections import server_options
from rvosbench_leaderboard.web.tokens import tokens
from rvosbench_leaderboard.worker.config import now
from rvosbench_leaderboard.worker.process import WorkerProcess
from server_world import InThisProcess, World, predictions_zip
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from web_site import GENEROUS

from rvosbench.progress import Silent

LEASE = timedelta(seconds=1.5)


@dataclass(frozen=True)
class Outcome:
    """What a siege came to. `doubled` are submissions with more than one end, `lost` those that were
    acknowledged and have none. `strays` tells the story of each that did not end as it should."""

    acknowledged: int
    kills: int
    kills_of_workers: int
    kills_of_webs: int
    scored: int
    rejected: int
    lost: int
    doubled: int
    stuck: int
    begun_again: int
    slots_wrong: int
    integrity: str
    seconds: float
    strays: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "strays"}


@dataclass
class Siege:
    """`submissions` are acknowledged in all; after `kills` nobody is killed any more. Each process is forked
    with a name that says what it does. Senders do what the web does, and are killed; where there are `webs`,
    they are clients by HTTP, and these are killed in their place, on a socket that outlives them."""

    world: World
    submissions: int
    kills: int
    workers: int = 2
    senders: int = 2
    webs: int = 0
    seconds: float = 60.0
    seed: int = 0

    def run(self) -> Outcome:
        self._dice = random.Random(self.seed)
        self._log = self.world.folder / "acknowledged"
        self._log.touch()
        good = predictions_zip(self.world.split)
        bad = predictions_zip(self.world.split, change={"alley/0/00000.png": None})
        self._contents = (good, good, bad)
        self._team = self.world.team()
        self._user = self.world.user_of(self._team)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        with self.world.database.write() as session:
            scopes = ("read", "submit")
            self._token = tokens.create(session, self._user, "siege", scopes, 30, now())[1]
        self.world.database.close()  # a connection does not survive a fork
        began = time.monotonic()
        killed = self._fight(began + self.seconds)
        return self._count(killed, time.monotonic() - began)

    def acknowledged(self) -> list[str]:
        """Written by senders after the commit: a line of an id each; the last one may be torn."""
        return [line for line in self._log.read_text().splitlines() if len(line) == 36]

    def _fight(self, until: float) -> Counter[str]:
        tasks: dict[str, Callable[[], None]] = {}
        for number in range(self.workers):
            tasks[f"w{number}"] = partial(self._work, f"w{number}")
        for number in range(self.senders):
            tasks[f"s{number}"] = partial(self._send_all, f"s{number}")
        for number in range(self.webs):
            tasks[f"h{number}"] = self._serve
        running = {name: self._fork(task) for name, task in tasks.items()}
        killed: Counter[str] = Counter()
        while time.monotonic() < until:
            time.sleep(self._dice.uniform(0.005, 0.06))
            for name, pid in list(running.items()):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    if name.startswith("w"):
                        self._released(name)
                    running[name] = self._fork(tasks[name])
            sent = self._senders_are_done()
            if killed.total() < self.kills:
                name = self._dice.choice(
                    [one for one in sorted(running) if not (self.webs and one[0] == "s")]
                )
                os.kill(running[name], signal.SIGKILL)
                killed[name[0]] += 1
            elif sent and self._is_quiet():
                break
        for pid in running.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return killed

    def _fork(self, task: Callable[[], None]) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            task()
        except Exception:
            self._say(traceback.format_exc())
        finally:
            os._exit(0)

    def _released(self, name: str) -> None:
        """As the supervisor does; half of the time it was killed as well, and the lease has to run out."""
        if self._dice.random() < 0.5:
            database = open_database(self._url)
            queue_of(database).release(name)
            database.close()

    @property
    def _url(self) -> str:
        return self.world.database.engine.url.render_as_string(hide_password=False)

    def _work(self, name: str) -> None:
        database = open_database(self._url)
        settings = replace(
            self.world.settings(name),
            database=database,
            queue=queue_of(database, LEASE),
            runner=InThisProcess,
            beat=0.3,
            sweep=0.5,
            clock=now,
            report=self._say,
        )
        WorkerProcess(settings, "siege").run()

    def _say(self, line: str) -> None:
        with (self.world.folder / "said").open("a") as said:
            said.write(f"{line}\n")

    def _send_all(self, name: str) -> None:
        """Says in the end that nothing more comes of it."""
        (self._send_by_http if self.webs else self._send)()
        with self._log.open("a") as log:
            log.write(f"{name} is done\n")
        time.sleep(3600)

    def _senders_are_done(self) -> bool:
        said = set(self._log.read_text().splitlines())
        return all(f"s{number} is done" in said for number in range(self.senders))

    def _send(self) -> None:
        """What the web does; an acknowledgement is what a client would have read."""
        database = open_database(self._url)
        dice = random.Random(os.getpid())
        while len(self.acknowledged()) < self.submissions:
            content = dice.choice(self._contents)
            with database.write() as session:
                upload = phases.reserve(
                    session,
                    session.get_one(Phase, self.world.phase),
                    self._team,
                    self._user,
                    name="mine.zip",
                    size=len(content),
                    sha256=None,
                    now=datetime.now(UTC),
                )
            self.world.blobs.partial(upload.id).write_bytes(content)
            self.world.blobs.keep(upload.id)
            with database.write() as session:
                again = session.get_one(Upload, upload.id)
                digest = hashlib.sha256(content).hexdigest()
                key = phases.received(session, again, sha256=digest, now=datetime.now(UTC)).id
            with self._log.open("a") as log:
                log.write(f"{key}\n")

    def _serve(self) -> None:
        settings = WebSettings(open_database(self._url), self.world.blobs, limits=GENEROUS)
        options = server_options(settings.limits.headers) | {"log_config": None}
        uvicorn.Server(uvicorn.Config(create_app(settings), **options)).run(sockets=[self._listener])

    def _send_by_http(self) -> None:
        """As `rvosbench submit` does: it goes on where a dead server left it."""
        port = self._listener.getsockname()[1]
        server = Server(f"http://127.0.0.1:{port}", self._token, pause=lambda _: time.sleep(0.05))
        dice = random.Random(os.getpid())
        file = self.world.folder / f"{os.getpid()}.zip"
        while len(self.acknowledged()) < self.submissions:
            file.write_bytes(dice.choice(self._contents))
            with zipfile.ZipFile(file, "a") as archive:
                archive.comment = uuid.uuid4().hex.encode()  # no two uploads are of the same file
            wanted = Wanted("mevis/valid/dev", self._team, "mine.zip", {})
            key = upload(server, file, wanted, Silent()).submission
            with self._log.open("a") as log:
                log.write(f"{key}\n")

    def _story(self, session: Session, key: str) -> str:
        """All that is known of a submission."""
        events = session.scalars(select(Event).where(Event.submission == key).order_by(Event.id))
        told = [f"{one.at:%H:%M:%S.%f} {one.after} {one.detail or ''}".strip() for one in events]
        found = session.scalars(select(Job).where(Job.submission == key).order_by(Job.id))
        work = [f"{one.kind} {one.state}, attempt {one.attempt}, {one.failures} failures" for one in found]
        log = self.world.folder / "said"
        lines = log.read_text().splitlines() if log.exists() else []
        said = [line for line in lines if key in line or "Error" in line][-20:]
        return "; ".join([key, *told, *work, *said])

    def _is_quiet(self) -> bool:
        database = open_database(self._url)
        with database.read() as session:
            busy = session.scalar(select(func.count()).where(Submission.state.in_(IN_WORK)))
        database.close()
        return not busy

    def _count(self, killed: Counter[str], seconds: float) -> Outcome:
        database = open_database(self._url)
        ends = ("scored", "rejected")
        moved = select(Event.submission).where(Event.after.in_(ends), Event.before != Event.after)
        settled = select(Submission.state, Slot.state).join(Slot, Slot.upload == Submission.upload)
        with database.read() as session:
            states = {one.id: one.state for one in session.scalars(select(Submission))}
            reached = Counter(session.scalars(moved))
            scores = Counter(session.scalars(select(Score.submission)))
            slots = [tuple(row) for row in session.execute(settled)]
            again = session.scalar(select(func.count()).where(Event.detail == "begun again")) or 0
            live = session.scalar(select(func.count()).where(Job.state.in_(jobs.LIVE))) or 0
            check = session.scalar(text("PRAGMA integrity_check")) if database.is_sqlite else "ok"
            strays = tuple(self._story(session, key) for key, state in states.items() if state not in ends)
        database.close()
        known = self.acknowledged()
        right = {"scored": "spent", "rejected": "refunded"}
        return Outcome(
            acknowledged=len(known),
            kills=killed.total(),
            kills_of_workers=killed["w"],
            kills_of_webs=killed["h"],
            scored=sum(state == "scored" for state in states.values()),
            rejected=sum(state == "rejected" for state in states.values()),
            lost=sum(states.get(key) not in ends for key in known),
            doubled=sum(count != 1 for count in reached.values())
            + sum(scores[key] != (state == "scored") for key, state in states.items()),
            stuck=sum(state not in ends for state in states.values()) + live,
            begun_again=again,
            slots_wrong=sum(right.get(state) != slot for state, slot in slots),
            integrity=str(check),
            seconds=round(seconds, 1),
            strays=strays,
        )


def lay(world: World, submissions: int, kills: int, seconds: float, seed: int = 0, webs: int = 0) -> Outcome:
    return Siege(world, submissions, kills, seconds=seconds, seed=seed, webs=webs).run()
