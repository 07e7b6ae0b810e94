"""One evaluation of the size of MeViS valid: 140 videos, 2,236 sentences, about 177,000 PNG files in one zip.

    python benchmarks/valid_size.py [--size 480p] [--workers 2] [--scale 1.0] [--folder FOLDER]

Prints seconds, peak memory, and how good the time was that was said to be left after a tenth of the work.
Masks are made up (see material.py); each has a file of its own in the zip, as in a real one.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from material import SIZES, SPLIT, convert_release, draw, png, rles, stems

VIDEOS, SENTENCES, FRAMES = 140, 2236, 79
DIFFERENT = 20  # tracks; videos share them
BAR = re.compile(r"(\d+)/(\d+) \[(\d[\d:]*)<(\d[\d:]*)")
MEASURED_EVERY = 0.2  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", choices=SIZES, default="480p")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of videos and sentences")
    parser.add_argument("--folder", type=Path, help="where it is made (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        archive, data, masks = make(Path(name), SIZES[options.size], options.scale)
        megabytes = archive.stat().st_size / 1e6
        print(f"{options.size}, {masks:,} PNG files in a zip of {megabytes:.0f} MB\n")
        show(measured(archive, data, options.workers), masks)


def make(
    folder: Path, size: tuple[int, int], scale: float, different: int = DIFFERENT
) -> tuple[Path, Path, int]:
    number, sentences = round(VIDEOS * scale), round(SENTENCES * scale)
    tracks = [draw(video, size, FRAMES) for video in range(min(different, number))]
    truths = [rles(truth) for truth, _ in tracks]
    files = [[png(mask) for mask in prediction] for _, prediction in tracks]
    names = [f"video{video:04d}" for video in range(number)]
    of_video = {name: sentences // number + (place < sentences % number) for place, name in enumerate(names)}
    data = convert_release(
        folder, {name: truths[place % len(tracks)] for place, name in enumerate(names)}, of_video
    )
    archive = folder / "predictions.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for place, name in enumerate(names):
            for expression in range(of_video[name]):
                for stem, content in zip(stems(FRAMES), files[place % len(files)], strict=True):
                    file.writestr(f"{name}/{expression}/{stem}.png", content)
    return archive, data, sentences * FRAMES


@dataclass
class Measured:
    """`said` is (seconds since the bar began, seconds that were said to be left) after a tenth."""

    wall: float = 0.0
    cpu: float = 0.0
    first: float = 0.0  # MB of the process that started the others
    together: float = 0.0  # MB of all, shared memory counted once
    started: float | None = None
    ended: float = 0.0
    said: tuple[float, float] | None = None
    scores: dict[str, float] = field(default_factory=dict)


def measured(archive: Path, data: Path, workers: int) -> Measured:
    """The bar is shown on a terminal of our own, where it is drawn ten times a second."""
    found = Measured()
    master, terminal = pty.openpty()
    program = Path(sys.executable).with_name("rvosbench")
    command = [program, "eval", archive, "--dataset", f"mevis-v1:{SPLIT}", "--data", data, "--json"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*map(str, command), "--workers", str(workers)], stdout=subprocess.PIPE, stderr=terminal, text=True
    )
    os.close(terminal)
    watchers = [
        threading.Thread(target=watch_bar, args=(master, found)),
        threading.Thread(target=watch_memory, args=(process, found)),
    ]
    for watcher in watchers:
        watcher.start()
    output = process.stdout.read() if process.stdout else ""
    if process.wait():
        raise SystemExit(f"eval ended with {process.returncode}")
    found.wall = time.perf_counter() - start
    for watcher in watchers:
        watcher.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found.cpu = used.ru_utime + used.ru_stime
    found.scores = json.loads(output)["metrics"]
    return found


def watch_bar(master: int, found: Measured) -> None:
    while True:
        try:
            text = os.read(master, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            return
        now = time.perf_counter()
        for done, total, elapsed, left in BAR.findall(text):
            found.ended = now
            if found.started is None:
                found.started = now - seconds(elapsed)
            if found.said is None and int(done) >= int(total) / 10:
                found.said = now, seconds(left)


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + int(part)
    return total


def watch_memory(process: subprocess.Popen[str], found: Measured) -> None:
    while process.poll() is None:
        found.first = max(found.first, proportional(process.pid) / 1024)
        found.together = max(found.together, sum(map(proportional, family(process.pid))) / 1024)
        time.sleep(MEASURED_EVERY)


def family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in family(int(child)))]


def proportional(pid: int) -> int:
    """Kilobytes of a process, its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def show(found: Measured, masks: int) -> None:
    rate = masks / found.wall
    print("| wall s | CPU s | masks per second | first process MB | all processes MB |")
    print("|---:|---:|---:|---:|---:|")
    print(
        f"| {found.wall:.1f} | {found.cpu:.1f} | {rate:,.0f} | {found.first:.0f} | {found.together:.0f} |\n"
    )
    if found.said is None:
        print("It was over before a tenth of it was shown.")
        return
    at, left = found.said
    really = found.ended - at
    off = (left - really) / really if really else 0.0
    print(f"After a tenth {left:.0f} s were said to be left; it took {really:.1f} s more ({off:+.0%}).")
    print(f"J&F {found.scores['J&F']:.6f}")


if __name__ == "__main__":
    main()
