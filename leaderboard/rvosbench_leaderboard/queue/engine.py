"""What a worker asks of a queue. Placing a job is no part of it: that happens in the transaction of the
submission, by `jobs.enqueue`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LEASE = timedelta(seconds=30)
PAUSES = (timedelta(seconds=5), timedelta(minutes=1))
"""After each failure of ours but the last: an upgrade or a share mounted anew takes about so long."""
MOST_ATTEMPTS = 30
"""How often the worker of one job may be killed from outside before the job is held to be the cause."""


def pause(failures: int) -> timedelta | None:
    """Until a job that failed so often is tried again. None: it is given up."""
    return PAUSES[failures - 1] if failures <= len(PAUSES) else None


class LeaseLost(Exception):
    """Somebody else has the job by now, or nobody wants it done any more. What was found is thrown away."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours for the time of a lease. `attempt` is the fence. `holder`: what procrastinate knows
    this claim by."""

    job: str
    submission: str
    kind: str
    scorer: str | None
    attempt: int
    failures: int
    worker: str
    holder: int | None = None

    @property
    def hopeless(self) -> bool:
        return self.attempt > MOST_ATTEMPTS


class Queue(Protocol):
    def claim(self, kinds: Sequence[str], worker: str, now: datetime) -> Claim | None:
        """The next job of these kinds; also one whose lease is over."""

    def wait(self, kinds: Sequence[str], stopping: threading.Event, seconds: float) -> None:
        """Until there may be a job, the worker is to stop, or the time is over."""

    def beat(self, claim: Claim, now: datetime) -> bool:
        """Extends the lease. False: it is lost."""

    def hold(self, session: Session, claim: Claim) -> None:
        """Raises LeaseLost unless the job is still ours; it stays so until the transaction ends."""

    def finish(self, session: Session, claim: Claim) -> None:
        """Done, in the transaction that writes what came of it. Raises LeaseLost."""

    def fail(self, session: Session, claim: Claim, error: str, now: datetime) -> bool:
        """The work died. Whether it will be tried again, after a pause. Raises LeaseLost."""

    def release(self, worker: str) -> int:
        """The worker is known to be dead: its jobs can be had at once. How many there were."""
