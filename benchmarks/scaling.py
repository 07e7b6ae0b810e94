"""How scoring grows: with processes, with sentences that mean the same object, and with frames.

    python benchmarks/scaling.py [--size 720p] [--rounds 7] [--folder FOLDER]

Three tables. One process against two, in turns, over work of a few seconds. Ten sentences to an object
against ten objects with a sentence each: the same predictions, so the difference is the ground truth that is
shared. Peak memory of folders of 1 x, 4 x and 16 x as many frames.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from material import SIZES, SPLIT, convert_release, draw, png, rles, stems

FRAMES = 60
SENTENCES = 10
PROBE = """
import sys
from rvosbench.cli.app import run
code = run(sys.argv[1:])
with open("/proc/self/status") as status:  # what getrusage tells includes the parent's memory at the fork
    print(next(line for line in status if line.startswith("VmHWM:")).split()[1], file=sys.stderr)
sys.exit(code)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", choices=SIZES, default="720p")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--videos", type=int, default=32, help="of the first table")
    parser.add_argument("--folder", type=Path, help="where it is made (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        size = SIZES[options.size]
        print(f"{options.size}, {os.cpu_count()} cores\n")
        two_processes(make(Path(name) / "wide", size, options.videos, SENTENCES), options.rounds)
        shared = make(Path(name) / "shared", size, 4, SENTENCES)
        apart = make(Path(name) / "apart", size, 4 * SENTENCES, 1)
        sharing(shared, apart, options.rounds)
        memory([make(Path(name) / f"long{times}", size, 1, 1, times) for times in (1, 4, 16)])


def make(folder: Path, size: tuple[int, int], videos: int, sentences: int, times: int = 1) -> Path:
    """A folder with predictions and converted ground truth. Files are hard links to those of one track;
    `times` makes each video so many times as long."""
    truth, prediction = draw(1, size, FRAMES)
    folder.mkdir()
    files = []
    for stem, mask in zip(stems(FRAMES), prediction, strict=True):
        files.append(folder / f"{stem}.png")
        files[-1].write_bytes(png(mask))
    names = [f"video{video:04d}" for video in range(videos)]
    convert_release(folder, dict.fromkeys(names, rles(truth) * times), dict.fromkeys(names, sentences))
    for name in names:
        for expression in range(sentences):
            target = folder / "predictions" / name / str(expression)
            target.mkdir(parents=True)
            for place, stem in enumerate(stems(FRAMES * times)):
                (target / f"{stem}.png").hardlink_to(files[place % FRAMES])
    return folder


def arguments(folder: Path, workers: int) -> list[str]:
    given = [folder / "predictions", "--dataset", f"mevis-v1:{SPLIT}", "--data", folder / "data"]
    return ["eval", *map(str, given), "--json", "--workers", str(workers)]


def run(folder: Path, workers: int = 1) -> tuple[float, float, str]:
    """Wall and CPU seconds, and the fingerprint."""
    program = str(Path(sys.executable).with_name("rvosbench"))
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [program, *arguments(folder, workers)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, json.loads(output)["fingerprint"]


def two_processes(folder: Path, rounds: int) -> None:
    one, two, ratios = [], [], []
    for _ in range(rounds):
        one.append(run(folder, 1))
        two.append(run(folder, 2))
        ratios.append(one[-1][0] / two[-1][0])
    if len({fingerprint for _, _, fingerprint in one + two}) > 1:
        raise SystemExit("the fingerprints differ")
    print(f"Processes, medians of {rounds} runs in turns; the fingerprint is the same\n")
    print("| processes | wall s | CPU s |\n|---:|---:|---:|")
    for number, runs in ((1, one), (2, two)):
        wall, cpu = statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)
        print(f"| {number} | {wall:.2f} | {cpu:.2f} |")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"\nOne takes {statistics.median(ratios):.2f} times as long as two ({spread}).\n")


def sharing(shared: Path, apart: Path, rounds: int) -> None:
    costs = {}
    for name, folder in (("ten sentences to an object", shared), ("a sentence to an object", apart)):
        costs[name] = statistics.median(run(folder)[1] for _ in range(rounds))
    print("Sharing of ground truth: the same predictions, CPU seconds from start to score\n")
    print("| | CPU s |\n|---|---:|")
    for name, cpu in costs.items():
        print(f"| {name} | {cpu:.2f} |")
    print()


def memory(folders: list[Path]) -> None:
    print("Peak memory of one process\n\n| frames | MB |\n|---:|---:|")
    for folder in folders:
        number = sum(1 for _ in (folder / "predictions").rglob("*.png"))
        command = [sys.executable, "-c", PROBE, *arguments(folder, 1)]
        done = subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        print(f"| {number:,} | {int(done.stderr.splitlines()[-1]) / 1024:.0f} |")


if __name__ == "__main__":
    main()
