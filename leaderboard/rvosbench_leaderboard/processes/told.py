"""How a process of the server begins: with what its supervisor tells it, and bound to live no longer."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import threading
from typing import Any

_PR_SET_PDEATHSIG = 1


def read_told() -> dict[str, Any]:
    """The document on standard input. Ends the process if its supervisor is gone before it says anything."""
    with os.fdopen(os.dup(0), encoding="utf-8") as asked:
        line = asked.readline()
    if not line:
        raise SystemExit
    told: dict[str, Any] = json.loads(line)
    return told


def leave_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; the supervisor ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def stop_on_signals(stopping: threading.Event) -> None:
    """SIGTERM and Ctrl-C ask for an orderly end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())


def end_with(supervisor: int, *, in_cell: bool = False) -> None:
    """The kernel asks this process to end when its supervisor is gone, whatever killed that. In a cell of its
    own the supervisor cannot be seen, and the cell ends with it."""
    if in_cell:
        return
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:
            os.kill(os.getpid(), signal.SIGTERM)
