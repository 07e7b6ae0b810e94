"""A whole evaluation server without its web: database, blobs, ground truth, a benchmark, teams; workers that
run in this process."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.engine import Database, open_database
from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Member,
    Phase,
    Score,
    Submission,
    Team,
    Track,
    Upload,
    User,
)
from rvosbench_leaderboard.database.upgrade import upgrade
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.queue.engine import Queue
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.scoring.messages import Request, ScoringFailed
from rvosbench_leaderboard.scoring.run import OnProgress
from rvosbench_leaderboard.scoring.work import work
from rvosbench_leaderboard.worker.config import WorkerSettings
from rvosbench_leaderboard.worker.process import WorkerProcess
from scoring import Masks, blobs, make_split, png, video
from sqlalchemy import select, text

from rvosbench.errors import RvosbenchError
from rvosbench.progress import Silent
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split, open_folder

TEMPLATE = "bench0"  # the first database of a cluster
BARE = Isolation("none")  # what is tried apart need not be paid for by every test


@dataclass
class Clock:
    """Stands still until it is moved."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 26, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


@dataclass
class DatabaseClock(Clock):
    """Time that passes also passes for the engine of the queue, which goes by the clock of its database: what
    it wrote down is that much older."""

    database: Database | None = None

    def forward(self, **by: float) -> datetime:
        assert self.database is not None
        passed = timedelta(**by)
        with self.database.write() as session:
            for table, column in (("workers", "last_heartbeat"), ("jobs", "scheduled_at")):
                older = f"UPDATE procrastinate_{table} SET {column} = {column} - :passed"
                session.execute(text(older), {"passed": passed})
        return super().forward(**by)


def clock_of(database: Database) -> Clock:
    return Clock() if database.is_sqlite else DatabaseClock(database=database)


def hidden_split(home: Path, seed: int = 5, frames: int = 2, name: str = "valid") -> Split:
    """Two videos, three sentences each, one of them about nothing. The seed decides what is true, and nothing
    else: names, sizes and sentences are the same."""
    noise = np.random.default_rng(seed)
    videos = [
        video(
            place,
            {"1": blobs(noise, frames, 20, 24), "2": blobs(noise, frames, 20, 24)},
            [
                ExpressionRecord("0", "one of them", ("1",)),
                ExpressionRecord("1", "both", ("1", "2")),
                ExpressionRecord("2", "no one", ()),
            ],
        )
        for place in ("alley", "beach")
    ]
    return make_split(home, "mevis-v2", name, videos)


def predictions_zip(split: Split, seed: int = 1, change: Mapping[str, bytes | None] | None = None) -> bytes:
    """A zip of PNG files for every frame that is scored. `change` replaces files, or leaves them out."""
    noise = np.random.default_rng(seed)
    files: dict[str, bytes] = {}
    for one in split.expressions:
        masks: Masks = blobs(noise, len(one.scored), *one.video.size)
        for frame, mask in zip(one.scored, masks, strict=True):
            files[f"{one.video.name}/{one.name}/{one.video.frames[frame]}.png"] = png(mask)
    for name, content in (change or {}).items():
        files.pop(name, None)
        if content is not None:
            files[name] = content
    return zipped(files)


def zipped(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return archive.getvalue()


class InThisProcess:
    """The scoring work without a process of its own, for tests of everything around it."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._ended = ""

    def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
        if self._ended:
            raise ScoringFailed(self._ended)
        try:
            return work(request, Silent())
        except RvosbenchError as error:
            raise ScoringFailed(str(error)) from error

    def end(self, why: str) -> None:
        self._ended = why


@dataclass
class World:
    folder: Path
    data: Path
    split: Split
    database: Database
    clock: Clock
    phase: str = ""
    track: str = ""
    lease: timedelta = timedelta(seconds=30)
    log: list[str] = field(default_factory=list)

    @property
    def blobs(self) -> FolderBlobs:
        return FolderBlobs(self.folder / "blobs")

    @property
    def queue(self) -> Queue:
        return queue_of(self.database, self.lease)

    def settings(self, name: str = "w1", **changes: Any) -> WorkerSettings:
        return replace(
            WorkerSettings(
                name,
                self.database,
                self.queue,
                self.blobs,
                self.data,
                BARE,
                poll=0.02,
                runner=InThisProcess,
                clock=self.clock,
                report=self.log.append,
            ),
            **changes,
        )

    def worker(self, name: str = "w1", **changes: Any) -> WorkerProcess:
        return WorkerProcess(self.settings(name, **changes), "here")

    def work(self, name: str = "w1", **changes: Any) -> None:
        """Until nothing is left to do."""
        worker = self.worker(name, **changes)
        while worker.work_once():
            pass

    def team(self, name: str = "Red") -> str:
        with self.database.write() as session:
            made = session.scalar(select(Team.id).where(Team.name == name))
            if made is not None:
                return made
            now = self.clock()
            user, team = new_id(now), new_id(now)
            mail = f"{name.lower()}@example.org"
            session.add(User(id=user, name=name, email=mail, password_hash="", created_at=now))
            session.add(Team(id=team, name=name, name_key=name.lower(), created_at=now))
            session.flush()
            session.add(Member(team=team, user=user, role="owner", joined_at=now))
        return team

    def user_of(self, team: str) -> str:
        with self.database.read() as session:
            return session.scalars(select(Member.user).where(Member.team == team)).one()

    def set_phase(self, **values: Any) -> None:
        with self.database.write() as session:
            phase = session.get_one(Phase, self.phase)
            for name, value in values.items():
                setattr(phase, name, value)

    def reserve(self, team: str | None = None, size: int = 1000, **more: Any) -> str:
        team = team or self.team()
        user = self.user_of(team)
        with self.database.write() as session:
            phase = session.get_one(Phase, self.phase)
            upload = phases.reserve(
                session, phase, team, user, name="mine.zip", size=size, sha256=None, now=self.clock(), **more
            )
            return upload.id

    def submit(self, content: bytes, team: str | None = None) -> str:
        """What the web does once all bytes are there."""
        key = self.reserve(team, len(content))
        self.blobs.partial(key).write_bytes(content)
        self.blobs.keep(key)
        return self.arrive(key, content)

    def arrive(self, key: str, content: bytes) -> str:
        with self.database.write() as session:
            upload = session.get_one(Upload, key)
            digest = hashlib.sha256(content).hexdigest()
            return phases.received(session, upload, sha256=digest, now=self.clock()).id

    def submission(self, key: str) -> Submission:
        with self.database.read() as session:
            return session.get_one(Submission, key)

    def state(self, key: str) -> str:
        return self.submission(key).state

    def scores(self, key: str) -> list[Score]:
        with self.database.read() as session:
            return list(session.scalars(select(Score).where(Score.submission == key)))

    def act(self, do: Callable[..., object], key: str, **more: Any) -> None:
        """One of the functions of `phases` on a submission."""
        with self.database.write() as session:
            do(session, session.get_one(Submission, key), now=self.clock(), **more)


def make_world(
    folder: Path, url: str | None = None, make: Callable[[Path], Split] = hidden_split, **phase: Any
) -> World:
    """A server with one benchmark whose track is the split that `make` puts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(url or f"sqlite:///{folder / 'server.db'}")
    upgrade(database)
    data = folder / "data"
    split = make(data)
    world = World(folder, data, split, database, clock_of(database))
    now = world.clock()
    with database.write() as session:
        benchmark, track, phase_id = (new_id(now) for _ in range(3))
        session.add(Benchmark(id=benchmark, slug="mevis", title="MeViS", created_at=now))
        session.flush()
        session.add(
            Track(
                id=track,
                benchmark=benchmark,
                slug="valid",
                title="Valid",
                dataset=split.manifest.dataset,
                split=split.manifest.split,
                protocol="mevis",
                hidden=True,
                key_metric="J&F",
                metrics=["J&F", "J", "F"],
            )
        )
        session.flush()
        values = {"bytes": 1 << 30, "visibility": "public"} | phase
        session.add(Phase(id=phase_id, track=track, slug="dev", title="Development", **values))
    world.phase, world.track = phase_id, track
    return world


def described(world: World) -> World:
    """With its scorer, as the first sweep of a worker leaves it."""
    world.worker().tracks.look()
    return world


def copied(template: World, folder: Path, url: str | None = None) -> World:
    """The same server once more, in another folder: quicker than making it. `url`: a copy of its database,
    where that is no file in the folder."""
    template.database.close()
    shutil.copytree(template.folder, folder)
    data = folder / "data"
    split = open_folder(data / "mevis-v2" / "valid")
    database = open_database(url or f"sqlite:///{folder / 'server.db'}")
    return World(folder, data, split, database, clock_of(database), template.phase, template.track)
