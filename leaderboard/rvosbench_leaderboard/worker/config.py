"""What a worker is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rvosbench_leaderboard.queue.jobs import SCORE, VALIDATE
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.scoring.limits import SCORING, VALIDATING, Limits
from rvosbench_leaderboard.scoring.run import OnProgress, Run

if TYPE_CHECKING:
    from rvosbench_leaderboard.blobs.folder import Blobs
    from rvosbench_leaderboard.database.engine import Database
    from rvosbench_leaderboard.queue.engine import Queue
    from rvosbench_leaderboard.scoring.messages import Request


class Runner(Protocol):
    """What does one piece of scoring work, apart from this process."""

    def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
        """Raises ScoringFailed if there is none."""

    def end(self, why: str) -> None:
        """From any thread, at any time."""


def in_a_cell(settings: WorkerSettings) -> Runner:
    return Run(settings.isolation, settings.hidden)


Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def silent(message: str) -> None:
    """Reports go nowhere unless the command that starts the worker says where."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`data` holds the converted splits. `hidden` are folders that scoring processes must not see.
    `processes`: how many one scoring may use. `report` takes one line for the operator's log."""

    name: str
    database: Database
    queue: Queue
    blobs: Blobs
    data: Path
    isolation: Isolation
    kinds: Sequence[str] = (VALIDATE, SCORE)
    hidden: Sequence[Path] = ()
    processes: int = 1
    poll: float = 0.2
    beat: float = 5.0
    sweep: float = 10.0
    validating: Limits = VALIDATING
    scoring: Limits = SCORING
    runner: Callable[[WorkerSettings], Runner] = in_a_cell
    clock: Clock = now
    report: Callable[[str], None] = field(default=silent)
