"""One call of the program in a process of its own, with bounds, measured from within.

As a script this is the process: hostile_run.py BYTES ARGUMENT... The last line on stderr are the figures.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Measured:
    """`code` is None if the process did not end by itself; seconds are those of the whole process."""

    code: int | None
    out: str
    err: str
    wall: float
    cpu: float
    peak_mb: float

    @property
    def problems(self) -> list[dict[str, object]]:
        """What `--json` says."""
        found: list[dict[str, object]] = json.loads(self.out).get("problems", []) if self.out else []
        return found


def run(arguments: Sequence[str], *, address_space: int, seconds: float) -> Measured:
    """A call of `rvosbench` that may have so many bytes of address space and so much time."""
    started = time.perf_counter()
    command = [sys.executable, __file__, str(address_space), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return Measured(None, "", f"not done after {seconds} s", seconds, seconds, 0)
    wall = time.perf_counter() - started
    said, _, figures = done.stderr.decode(errors="replace").rstrip("\n").rpartition("\n")
    try:
        cpu, peak = json.loads(figures)
    except (ValueError, TypeError):
        return Measured(done.returncode, done.stdout.decode(), done.stderr.decode(), wall, 0, 0)
    return Measured(done.returncode, done.stdout.decode(), said, wall, cpu, peak)


def peak_mb() -> float:
    """The most memory this process ever had. What the system tells a parent of its child would count the
    parent's own, of which the child is a copy at first."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # in bytes on macOS


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
    from rvosbench.cli import app

    try:
        code = app.run(sys.argv[2:])
    finally:
        used = resource.getrusage(resource.RUSAGE_SELF)
        sys.stdout.flush()
        print(f"\n{json.dumps([used.ru_utime + used.ru_stime, peak_mb()])}", file=sys.stderr)
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
