"""The loop of one worker: claim, work, write; and a sweep now and then."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy import delete

from rvosbench import __version__
from rvosbench.errors import Code, RvosbenchError
from rvosbench_leaderboard.database.tables import Worker
from rvosbench_leaderboard.phases import quota
from rvosbench_leaderboard.phases.states import IN_WORK, State, move, note
from rvosbench_leaderboard.queue.engine import LeaseLost
from rvosbench_leaderboard.queue.jobs import VALIDATE
from rvosbench_leaderboard.scoring.messages import ScoringFailed
from rvosbench_leaderboard.worker.progress import Attempt
from rvosbench_leaderboard.worker.scoring import score
from rvosbench_leaderboard.worker.sweep import sweep
from rvosbench_leaderboard.worker.tracks import Tracks
from rvosbench_leaderboard.worker.validating import WORKER, locked, validate

if TYPE_CHECKING:
    from rvosbench_leaderboard.queue.engine import Claim
    from rvosbench_leaderboard.worker.config import WorkerSettings

PAUSE = 1.0  # seconds after the database could not be reached


class WorkerProcess:
    """`stopping` ends it: work that is not done is given back at once."""

    def __init__(self, settings: WorkerSettings, host: str) -> None:
        self._settings = settings
        self._host = host
        self.tracks = Tracks(settings)
        self._next_sweep = 0.0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._sweep_if_due()
                if not self.work_once():
                    self._settings.queue.wait(self._settings.kinds, self.stopping, self._settings.poll)
            except RvosbenchError as error:
                self._settings.report(str(error))
                self.stopping.wait(PAUSE)
        self._sign_off()

    def work_once(self) -> bool:
        """Whether there was a job."""
        settings = self._settings
        claim = settings.queue.claim(settings.kinds, settings.name, settings.clock())
        if claim is None:
            return False
        attempt = Attempt(settings, claim, self.stopping, lambda: self._say_alive(claim.submission))
        try:
            if claim.hopeless:
                raise ScoringFailed("the workers that had it were killed again and again")
            (validate if claim.kind == VALIDATE else score)(settings, claim, attempt)
        except LeaseLost:
            if self.stopping.is_set():
                settings.queue.release(settings.name)
        except ScoringFailed as error:
            self._failed(claim, str(error))
        return True

    def _failed(self, claim: Claim, error: str) -> None:
        """Our fault: tried again, and after some times given up, with the slot given back."""
        settings = self._settings
        now = settings.clock()
        settings.report(f"submission {claim.submission}: {claim.kind} failed: {error}")
        try:
            with settings.database.write() as session:
                submission = locked(session, claim)
                again = settings.queue.fail(session, claim, error, now)
                if claim.scorer is not None or State(submission.state) not in IN_WORK:
                    return
                note(session, submission, actor=WORKER, now=now, detail="an attempt failed")
                if not again:
                    move(session, submission, State.FAILED_INTERNAL, actor=WORKER, now=now)
                    submission.code = Code.SCORING_FAILED.value
                    quota.settle(session, submission.upload, quota.REFUNDED, now, "a fault of the server")
        except LeaseLost:
            return

    def _sweep_if_due(self) -> None:
        settings = self._settings
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + settings.sweep
        self._say_alive()
        sweep(settings.database, settings.blobs, settings.clock(), settings.report)
        if VALIDATE in settings.kinds:
            self.tracks.look()

    def _sign_off(self) -> None:
        """Of one that was told to stop nobody need wonder why it is silent."""
        try:
            with self._settings.database.write() as session:
                session.execute(delete(Worker).where(Worker.id == self._settings.name))
        except RvosbenchError as error:
            self._settings.report(str(error))

    def _say_alive(self, job: str | None = None) -> None:
        now = self._settings.clock()
        with self._settings.database.write() as session:
            row = session.get(Worker, self._settings.name)
            if row is None:
                row = Worker(
                    id=self._settings.name, host=self._host, started_at=now, seen_at=now, version=__version__
                )
                session.add(row)
            row.seen_at, row.job = now, job
            row.isolation = {
                "means": self._settings.isolation.means,
                "gaps": self._settings.isolation.gaps,
                "kinds": list(self._settings.kinds),
            }
