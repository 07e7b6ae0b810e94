"""Keeps processes running: starts them, starts them again when they die, and ends them all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a process that died is started again
HEALTHY = 10.0  # seconds after which a start counts as a success
GRACE = 15.0  # seconds in which a process may end by itself


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process that should run: a module, and what it is told on its standard input. `around` is put before
    the command; `descriptors` are handed down. `on_death` is called after it died, before the next start.
    `nice`: how far it stands back for others."""

    name: str
    module: str
    told: dict[str, Any]
    around: Callable[[Sequence[str]], list[str]] = list
    descriptors: tuple[int, ...] = ()
    on_death: Callable[[], None] = lambda: None
    nice: int = 0


@dataclass
class _Kept:
    wanted: Wanted
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    next_start: float = 0.0


@dataclass
class Supervisor:
    """`loading` are processes that were launched already, by their names."""

    wanted: Sequence[Wanted]
    report: Callable[[str], None]
    loading: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    _kept: list[_Kept] = field(default_factory=list)

    def run(self) -> None:
        """Until `stopping` is set."""
        self._kept = [_Kept(one) for one in self.wanted]
        try:
            while not self.stopping.is_set():
                for kept in self._kept:
                    self._look_after(kept)
                self.stopping.wait(0.05)
        finally:
            self._end_all()

    def pids(self) -> dict[str, int]:
        return {
            kept.wanted.name: kept.process.pid
            for kept in self._kept
            if kept.process is not None and kept.process.poll() is None
        }

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.process is not None:
            if kept.process.poll() is None:
                return
            self.report(f"{kept.wanted.name} ended ({_how(kept.process.returncode)}); it is started again")
            kept.process = None
            kept.pause = FIRST_PAUSE if now - kept.started > HEALTHY else min(2 * kept.pause, LONGEST_PAUSE)
            kept.next_start = now + kept.pause
            kept.wanted.on_death()
        if now >= kept.next_start:
            process = self.loading.pop(kept.wanted.name, None) or launch(kept.wanted)
            tell(process, kept.wanted)
            kept.process, kept.started = process, now

    def _end_all(self) -> None:
        running = [kept.process for kept in self._kept if kept.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def launch(wanted: Wanted) -> subprocess.Popen[bytes]:
    """It loads what it needs, and waits to be told."""
    command = wanted.around([sys.executable, "-m", wanted.module])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=wanted.descriptors)
    if wanted.nice:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, wanted.nice)
    return process


def tell(process: subprocess.Popen[bytes], wanted: Wanted) -> None:
    """Through a pipe: the address of a database is no part of a command line."""
    if process.stdin is not None:
        try:
            process.stdin.write(json.dumps(wanted.told | {"supervisor": os.getpid()}).encode() + b"\n")
            process.stdin.close()
        except BrokenPipeError:
            pass  # it is dead already, which the next look finds


@contextmanager
def launched(wanted: Wanted) -> Iterator[subprocess.Popen[bytes]]:
    """Before it can be told anything. If that never comes, it ends."""
    process = launch(wanted)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"status {code}"
