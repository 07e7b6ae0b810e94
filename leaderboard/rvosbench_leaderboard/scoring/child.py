"""The process that opens ground truth: reads one request from stdin, answers on stdout, and ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import IO, Any

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.scoring.limits import end_with_parent
from rvosbench_leaderboard.scoring.messages import Request, ScoringFailed

EVERY = 0.5  # seconds between two lines of progress


class _Told:
    """Progress as lines. The stage is what is being looked at."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._stage, self._total, self._done, self._said = "", 0, 0, 0.0

    def start(self, task: str, total: int | None, unit: str) -> None:
        self._stage = task if task in ("headers", "masks") else f"{unit}s"
        self._total, self._done, self._said = total or 0, 0, 0.0

    def advance(self, amount: int = 1) -> None:
        self._done += amount
        now = time.monotonic()
        if self._total and now - self._said >= EVERY:
            self._said = now
            _say(self._answers, {"progress": {"stage": self._stage, "share": self._done / self._total}})

    def finish(self) -> None: ...

    def say(self, message: str) -> None: ...


def main(parent: int) -> None:
    """`parent` is the process to end with; 0 where a cell sees to that."""
    if parent:
        end_with_parent(parent)
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with os.fdopen(0, encoding="utf-8") as asked:
        request = Request.from_json(json.loads(asked.readline()))
    request.limits.apply()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    _say(answers, _answer(request, answers))


def _answer(request: Request, answers: IO[str]) -> Mapping[str, Any]:
    from rvosbench_leaderboard.scoring.work import work

    try:
        return {"result": work(request, _Told(answers))}
    except (RvosbenchError, ScoringFailed) as error:
        return {"failed": str(error)}
    except MemoryError:
        return {"failed": "not enough memory"}


def _say(answers: IO[str], document: Mapping[str, Any]) -> None:
    answers.write(json.dumps(document, allow_nan=False) + "\n")
    answers.flush()


if __name__ == "__main__":
    import sys

    main(int(sys.argv[1]))
