"""A scorer as a command: how it is called for a case, and how what it says is read.

The contract is in conformance/README.md: the command ends with 0 if it scored and with 3 if it refused, and
the last line of its output is one JSON object.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rvosbench.conformance.case import Answer, Case, Verdict
from rvosbench.conformance.pack import Pack
from rvosbench.errors import Code, Problem, UsageError

SCORED, REFUSED = 0, 3
_MOST_OUTPUT = 1 << 20  # bytes that are read of what a scorer says


@dataclass(frozen=True)
class Finished:
    """How a process ended; `code` is None if it was stopped because its time was over."""

    code: int | None
    out: str
    err: str
    seconds: float


@dataclass(frozen=True)
class Reply:
    """What a scorer says of a case. What is None was not said. `failure` is why it said nothing that could be
    read, `not_applicable` why it cannot be asked."""

    verdict: Verdict | None = None
    scores: Mapping[str, Any] | None = None
    codes: frozenset[str] | None = None
    not_applicable: str | None = None
    failure: str | None = None
    seconds: float = field(default=0.0, compare=False)
    finished: Finished | None = field(default=None, compare=False)


class Scorer(ABC):
    """`scores` says whether it gives figures at all: who only validates does not."""

    name: str
    scores = True

    def expected(self, case: Case) -> Answer:
        return case.answer

    @abstractmethod
    def ask(self, case: Case, pack: Pack) -> Reply:
        """Runs the scorer once, in a process of its own."""


class CommandScorer(Scorer):
    """A command with placeholders such as {submission} in its arguments."""

    def __init__(self, command: str, timeout: float) -> None:
        self.name = command
        try:
            self._words = shlex.split(command)
        except ValueError as error:  # a quote that nothing closes
            found, self._words = f"{command}: {error}", []
        else:
            found = command
        self._timeout = timeout
        if not any("{submission}" in word for word in self._words):
            raise UsageError(
                Problem(
                    Code.BAD_OPTION,
                    "--scorer",
                    expected="a command with {submission} where the path of a submission belongs",
                    found=found,
                    fix="for example: --scorer 'python adapter.py {submission} {truth} {form}'",
                )
            )

    def ask(self, case: Case, pack: Pack) -> Reply:
        fields = {
            "{submission}": str(pack.submission(case)),
            "{truth}": str(pack.truth(case)),
            "{release}": str(pack.release(case)),
            "{dataset}": case.benchmark.name,
            "{protocol}": case.benchmark.protocol,
            "{form}": case.submission.form.value,
            "{missing}": case.missing,
        }
        words = self._words
        for name, value in fields.items():
            words = [word.replace(name, value) for word in words]
        return read_reply(run(words, self._timeout))


def run(words: Sequence[str], timeout: float) -> Finished:
    """In an empty folder of its own. When its time is over, it is killed with all its children."""
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="rvosbench-scorer-") as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        try:
            process = subprocess.Popen(
                words, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        except OSError as error:
            raise UsageError(
                Problem(
                    Code.BAD_OPTION,
                    "--scorer",
                    expected="a command that can be started",
                    found=f"{words[0]}: {error.strerror}",
                    fix="give its whole path",
                )
            ) from error
        code: int | None
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        seconds = time.perf_counter() - started
        return Finished(code, _text(out), _text(err), seconds)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Children may be left even where the process itself has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _text(file: Any) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _MOST_OUTPUT))
    text: str = file.read().decode("utf-8", "replace")
    return text


def read_reply(done: Finished) -> Reply:
    """As the contract has it."""
    about: dict[str, Any] = {"seconds": done.seconds, "finished": done}
    if done.code not in (SCORED, REFUSED):
        return Reply(**about)
    document = _document(done.out)
    if document is None:
        if done.code == REFUSED:
            return Reply(Verdict.REFUSE, **about)
        return Reply(failure="the last line of its output is no JSON object", **about)
    if (verdict := document.get("verdict")) == "not-applicable":
        return Reply(not_applicable=str(document.get("reason", "not said why")), **about)
    codes = document.get("codes")
    about["codes"] = frozenset(map(str, codes)) if isinstance(codes, list) else None
    if done.code == REFUSED:
        return Reply(Verdict.REFUSE, **about)
    if verdict is not None and verdict not in (Verdict.ACCEPT, Verdict.WARN):
        return Reply(failure=f"it ended with 0 and the verdict {verdict!r}", **about)
    scores = document.get("scores")
    if not isinstance(scores, dict):
        return Reply(failure="no object `scores` in what it printed", **about)
    return Reply(None if verdict is None else Verdict(verdict), scores, **about)


def _document(out: str) -> dict[str, Any] | None:
    lines = [line for line in out.splitlines() if line.strip()]
    try:
        document = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
