"""The parent's side of one piece of scoring work: start it in its cell, listen, end it when time is up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rvosbench_leaderboard.scoring.cell import Isolation, in_cell
from rvosbench_leaderboard.scoring.messages import Request, ScoringFailed

_KEPT = 4000  # bytes of what the process complained about
OnProgress = Callable[[str, float], None]


class Run:
    """One process. `end` may be called from any thread, at any time."""

    def __init__(self, isolation: Isolation, hidden: Sequence[Path] = ()) -> None:
        self._isolation = isolation
        self._hidden = hidden
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._why = ""

    def result(self, request: Request, on_progress: OnProgress) -> Mapping[str, Any]:
        """Raises ScoringFailed if there is none."""
        self._process = process = self._start(request)
        timer = threading.Timer(request.limits.wall, self.end, ("it took too long",))
        complaints = _Tail(process.stderr)
        for thread in (timer, complaints):
            thread.daemon = True
            thread.start()
        try:
            if self._ended.is_set():
                self.end(self._why)
            found = self._talk(process, request, on_progress)
        finally:
            timer.cancel()
            _kill(process)
            process.wait()
            complaints.join(5)
        if found is None:
            raise ScoringFailed(self._why or _obituary(process.returncode, complaints.text()))
        return found

    def end(self, why: str) -> None:
        self._why = why
        self._ended.set()
        if self._process is not None:
            _kill(self._process)

    def _start(self, request: Request) -> subprocess.Popen[bytes]:
        in_bwrap = self._isolation.means == "bwrap"
        parent = 0 if in_bwrap else os.getpid()
        command = [sys.executable, "-m", "rvosbench_leaderboard.scoring.child", str(parent)]
        shown = [request.data, *([] if request.blob is None else [request.blob])]
        return subprocess.Popen(
            in_cell(self._isolation, command, hidden=self._hidden, shown=shown),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=_environment(),
            cwd="/",
        )

    def _talk(
        self, process: subprocess.Popen[bytes], request: Request, on_progress: OnProgress
    ) -> Mapping[str, Any] | None:
        if process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(json.dumps(request.as_json()).encode() + b"\n")
            process.stdin.close()
        except BrokenPipeError:
            return None
        for line in process.stdout:
            try:
                answer = json.loads(line)
            except ValueError:
                return None  # it was killed in the middle of a line
            if "progress" in answer:
                on_progress(answer["progress"]["stage"], answer["progress"]["share"])
            elif "failed" in answer:
                raise ScoringFailed(answer["failed"])
            else:
                result: Mapping[str, Any] = answer["result"]
                return result
        return None


def _environment() -> dict[str, str]:
    """Nothing that is secret, such as the address of the database."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "RVOSBENCH_KERNEL", "LD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all that it started: it leads a process group of its own."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _obituary(code: int | None, complaints: str) -> str:
    if code is not None and code < 0:
        how = f"it was killed by signal {-code}"
    else:
        how = f"it ended with status {code}"
    return f"{how}; {complaints}" if complaints else how


class _Tail(threading.Thread):
    """Reads a pipe to its end and keeps the last of it."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__()
        self._pipe = pipe
        self._kept = b""

    def run(self) -> None:
        if self._pipe is not None:
            for line in self._pipe:
                self._kept = (self._kept + line)[-_KEPT:]

    def text(self) -> str:
        return self._kept.decode(errors="replace").strip()
