"""`rvosbench eval` as a process of its own that can be killed in the middle: every video takes its time.

Called with PREDICTIONS HOME OUT SECONDS [--resume ...].
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rvosbench.evaluate.run import Options, evaluate
from rvosbench.evaluate.video import Job
from rvosbench.splits.split import open_folder


def main(predictions: str, split: str, out: str, seconds: str, *flags: str) -> None:
    original = Job.score

    def slow(self: Job, *arguments: object) -> object:
        time.sleep(float(seconds))
        return original(self, *arguments)  # type: ignore[arg-type]

    Job.score = slow  # type: ignore[method-assign,assignment]
    evaluate(Path(predictions), open_folder(Path(split)), Options(out=Path(out), resume="--resume" in flags))


if __name__ == "__main__":
    main(*sys.argv[1:])
