"""An evaluation as a process of its own that is killed in the middle, as by `kill -9`: by itself, so that it
is always at the same place, however busy the machine is.

Called with PREDICTIONS SPLIT OUT VIDEOS; dies when so many videos are finished.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from rvosbench.evaluate.run import Options, evaluate
from rvosbench.evaluate.video import Job
from rvosbench.splits.split import open_folder


def main(predictions: str, split: str, out: str, videos: str) -> None:
    original = Job.score
    begun = 0

    def deadly(self: Job, *arguments: object) -> object:
        nonlocal begun
        if begun == int(videos):
            os.kill(os.getpid(), signal.SIGKILL)
        begun += 1
        return original(self, *arguments)  # type: ignore[arg-type]

    Job.score = deadly  # type: ignore[method-assign,assignment]
    evaluate(Path(predictions), open_folder(Path(split)), Options(out=Path(out), workers=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
