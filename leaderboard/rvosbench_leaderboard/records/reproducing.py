"""The steps of a record, run anew in a folder of their own; then its predictions are scored.

Records come from anybody, so only commands that make data and predictions are run, none with a shell, and
none with a path that leads out of the folder.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.ids import HOME_VARIABLE
from rvosbench_leaderboard.records.scored import Scored
from rvosbench_leaderboard.records.verifying import score_again

if TYPE_CHECKING:
    from rvosbench.progress import Progress
    from rvosbench_leaderboard.records.model import Record

MAKING_DATA = ("sample", "convert")
ALLOWED = (*((one,) for one in MAKING_DATA), ("floor",), ("baseline", "run"))
DATA, PREDICTIONS = "data", "predictions"
"""The folder of converted splits that steps make, and the name, whatever its ending, of what they predict."""
TIMEOUT = 24 * 3600
MOST_TOLD = 600  # letters of what a step says when it fails


def words_of(record: Record) -> list[list[str]]:
    """The steps, each as the words of a command line after `rvosbench`; refused with all that is wrong."""
    if not record.steps:
        raise RvosbenchError(
            _refusal(
                record,
                "steps that make the predictions",
                "a figure that was printed: neither its predictions nor the way to them are known"
                if record.status in ("printed", "self-reported")
                else "none",
                "ask the authors for predictions; `rvosbench leaderboard verify RECORD PREDS` scores them",
            )
        )
    problems, steps = [], []
    for step in record.steps:
        words, complaint = _words(step)
        steps.append(words)
        if complaint:
            problems.append(
                _refusal(
                    record,
                    "steps with "
                    + ", ".join(" ".join(one) for one in ALLOWED)
                    + ", and paths inside the folder",
                    f"{step}: {complaint}",
                    "run the step by hand if you trust it, then `rvosbench leaderboard verify RECORD PREDS`",
                )
            )
    if problems:
        raise RvosbenchError(*problems)
    return steps


def _words(step: str) -> tuple[list[str], str]:
    try:
        words = shlex.split(step)
    except ValueError as error:
        return [], str(error)
    if not any(tuple(words[: len(start)]) == start for start in ALLOWED):
        return words, "another command"
    for word in words:
        path = PurePosixPath(word.partition("=")[2] or word)
        if path.is_absolute() or ".." in path.parts or word.startswith("~"):
            return words, f"a path that leads elsewhere, {word}"
    return words, ""


def reproduce(record: Record, data: Path | None, progress: Progress) -> Scored:
    """`data` is where converted splits are that the steps do not make themselves. It is read and never
    written: steps that make data make it in the temporary folder, whatever they leave unsaid."""
    steps = words_of(record)
    with tempfile.TemporaryDirectory(prefix="rvosbench-reproduce-") as scratch:
        folder = Path(scratch)
        own = folder / DATA
        for words in steps:
            environment = dict(os.environ)
            if words[0] in MAKING_DATA or own.is_dir():
                environment[HOME_VARIABLE] = str(own)
            elif data is not None:
                environment[HOME_VARIABLE] = str(data.absolute())
            progress.say(f"rvosbench {shlex.join(words)}")
            done = subprocess.run(
                [sys.executable, "-m", "rvosbench.cli", *words],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            if done.returncode:
                told = done.stderr.strip()[-MOST_TOLD:]
                raise RvosbenchError(
                    _refusal(
                        record,
                        "steps that run",
                        f"`rvosbench {shlex.join(words)}` ended with {done.returncode}: {told}",
                        "run the step by hand to see why",
                    )
                )
        made = sorted(folder.glob(f"{PREDICTIONS}*"))
        if len(made) != 1:
            raise RvosbenchError(
                _refusal(
                    record,
                    f"steps that make one file or folder called {PREDICTIONS}",
                    ", ".join(path.name for path in made) or "none",
                    "mend the steps of the record",
                )
            )
        home = own if (own / record.dataset / record.split).is_dir() else data
        return score_again(made[0], f"{record.dataset}:{record.split}", home, record.protocol, progress)


def _refusal(record: Record, expected: str, found: str, fix: str) -> Problem:
    return Problem(Code.NOT_REPRODUCIBLE, record.id, expected=expected, found=found, fix=fix)
