"""One attempt at a job: keeps the lease while the scoring process works, and tells how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.database.tables import Submission
from rvosbench_leaderboard.queue.engine import LeaseLost

if TYPE_CHECKING:
    from rvosbench_leaderboard.queue.engine import Claim
    from rvosbench_leaderboard.scoring.messages import Request
    from rvosbench_leaderboard.worker.config import WorkerSettings

TOLD_EVERY = 2.0  # seconds
GUESS_FROM = 0.05  # of the work that must be done before the end is guessed


class Attempt:
    """`alive` is called with every heartbeat: a worker that scores for an hour is heard of meanwhile."""

    def __init__(
        self,
        settings: WorkerSettings,
        claim: Claim,
        stopping: threading.Event,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._alive = alive
        self._settings = settings
        self._claim = claim
        self._stopping = stopping
        self._lost = False
        self._over = threading.Event()
        self._run = settings.runner(settings)
        self._begun: tuple[str, float, float] = ("", 0.0, 0.0)  # the stage, when it began, its share then
        self._told = 0.0

    def result(self, request: Request) -> Mapping[str, Any]:
        """Raises ScoringFailed, or LeaseLost where the lease is over or this worker is to stop."""
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        try:
            return self._run.result(request, self._progress)
        except Exception:
            if self._lost:
                raise LeaseLost from None
            raise
        finally:
            self._over.set()
            beating.join()

    def _beat(self) -> None:
        """Until the work is over. A database that is away for a while does not end the work: the fence is
        asked again when the result is written."""
        last = time.monotonic()
        while not self._over.wait(min(0.1, self._settings.beat)):
            if self._stopping.is_set():
                self._give_up("the worker stops")
                return
            if time.monotonic() - last >= self._settings.beat:
                last = time.monotonic()
                try:
                    if not self._settings.queue.beat(self._claim, self._settings.clock()):
                        self._give_up("the lease is lost")
                        return
                    self._alive()
                except RvosbenchError as error:
                    self._settings.report(f"no heartbeat: {error}")

    def _give_up(self, why: str) -> None:
        self._lost = True
        self._run.end(why)

    def _progress(self, stage: str, share: float) -> None:
        """The end is guessed from the pace of the stage: starting a process and reading the ground truth take
        their time once."""
        now = time.monotonic()
        if self._begun[0] != stage:
            self._begun = (stage, now, share)
        if now - self._told < TOLD_EVERY:
            return
        self._told = now
        left = None
        _, began, before = self._begun
        if share >= GUESS_FROM and share > before:
            left = timedelta(seconds=(now - began) / (share - before) * (1 - share))
        try:
            with self._settings.database.write() as session:
                submission = session.get(Submission, self._claim.submission, with_for_update=True)
                self._settings.queue.hold(session, self._claim)
                if submission is not None and self._claim.scorer is None:
                    submission.stage, submission.percent = stage, round(100 * share, 1)
                    submission.eta_at = None if left is None else self._settings.clock() + left
        except (RvosbenchError, LeaseLost):
            return  # the beat tells
