"""What one piece of scoring work may use, and the end of it with its parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class Limits:
    """`wall` is kept by the parent, the rest by the kernel. `memory` is of addresses, for each process: more
    than is ever in use."""

    wall: float
    cpu: int
    memory: int = 6 << 30
    file: int = 64 << 20
    files: int = 512

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Limits:
        return cls(**values)

    def apply(self) -> None:
        """On this process and all that it starts."""
        for what, value in (
            (resource.RLIMIT_CPU, self.cpu),
            (resource.RLIMIT_AS, self.memory),
            (resource.RLIMIT_FSIZE, self.file),
            (resource.RLIMIT_NOFILE, self.files),
            (resource.RLIMIT_CORE, 0),
        ):
            _, hard = resource.getrlimit(what)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(what, (value, value))


VALIDATING = Limits(wall=300.0, cpu=300)
SCORING = Limits(wall=4 * 3600.0, cpu=8 * 3600)


def end_with_parent(parent: int) -> None:
    """The kernel kills this process when its parent dies, however that happens. `parent` is who started it:
    if that one is dead already, there is nothing to wait for."""
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is None:
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
