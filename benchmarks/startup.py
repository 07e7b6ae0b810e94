"""How long it takes until something happens: `import rvosbench`, `rvosbench --help`, and Python alone.

    python benchmarks/startup.py [--runs 15]

Prints the median and the fastest of several runs, each in a new process, as a Markdown table.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

CASES = (
    ("python -c pass", "pass", None),
    ("import rvosbench", "import rvosbench", 0.1),
    ("rvosbench --help", "from rvosbench.cli.app import run; run(['--help'])", 0.25),
)


@dataclass(frozen=True, slots=True)
class Timing:
    name: str
    seconds: tuple[float, ...]
    aim: float | None

    def row(self) -> str:
        aim = f"{self.aim} s" if self.aim is not None else ""
        return (
            f"| `{self.name}` | {statistics.median(self.seconds):.3f} s | {min(self.seconds):.3f} s | {aim} |"
        )


def seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(runs: int) -> list[Timing]:
    """One run of each beforehand, so that compiled files and the disk cache are there."""
    for _, code, _ in CASES:
        seconds(code)
    return [Timing(name, tuple(seconds(code) for _ in range(runs)), aim) for name, code, aim in CASES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    timings = measure(parser.parse_args().runs)
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    print("| | median | fastest | aim |\n|---|---|---|---|")
    for timing in timings:
        print(timing.row())


if __name__ == "__main__":
    main()
