"""What the evaluation server's engine takes: the verdict on the structure of a submission of the size of
MeViS valid, the time until an idle worker begins, and the time to the first page.

    python benchmarks/server.py

Seconds of the clock and of the processor; on a busy machine the latter are the ones to look at.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import numpy as np
from rvosbench_leaderboard.database.tables import Event
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.scoring.limits import VALIDATING
from rvosbench_leaderboard.scoring.messages import VALIDATE, Request
from rvosbench_leaderboard.scoring.run import Run
from scoring import make_split, png, video
from server_world import Clock, described, make_world, predictions_zip
from sqlalchemy import select

from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

VIDEOS, SENTENCES, FRAMES = 140, 16, 79  # MeViS valid: 140 videos, 2,236 sentences
HEIGHT, WIDTH = 48, 64


def main() -> None:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--videos", type=int, default=VIDEOS)
    parser.add_argument("--start-only", action="store_true", help="the time to the first page alone")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        print("| | s | processor s | |")
        print("|---|---|---|---|")
        if not asked.start_only:
            print("| " + " | ".join(structure(place / "large", asked.videos)) + " |", flush=True)
            print("| " + " | ".join(pick_up(place / "small")) + " |", flush=True)
        for row in first_pages(place):
            print("| " + " | ".join(row) + " |", flush=True)
    print(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f}.")


def structure(folder: Path, videos: int) -> tuple[str, ...]:
    split = large_split(folder / "data", videos)
    archive = folder / "submission.zip"
    content = png(np.ones((HEIGHT, WIDTH), np.bool_))
    files = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, allowZip64=True) as target:
        for one in split.expressions:
            for frame in one.scored:
                name = f"{one.video.name}/{one.name}/{one.video.frames[frame]}.png"
                target.writestr(zipfile.ZipInfo(name), content)
                files += 1
    about = split.manifest
    request = Request(
        VALIDATE, folder / "data", about.dataset, about.split, "mevis", VALIDATING, archive, "submission.zip"
    )
    found, wall, cpu = timed(lambda: Run(Isolation("none")).result(request, lambda stage, share: None))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    said = "accepted" if found["accepted"] else "refused"
    return (f"verdict on the structure of {files:,} files", f"{wall:.1f}", f"{cpu:.1f}", f"{said}, {peak} MB")


def large_split(home: Path, videos: int) -> Split:
    mask = np.zeros((FRAMES, HEIGHT, WIDTH), np.bool_)
    mask[:, 10:30, 20:40] = True
    sentences = [ExpressionRecord(str(number), "it moves", ("1",)) for number in range(SENTENCES)]
    records = [video(f"video{number:03d}", {"1": mask}, sentences) for number in range(videos)]
    return make_split(home, "mevis-v2", "valid", records)


class Now(Clock):
    """The time of the day."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


def pick_up(folder: Path, submissions: int = 20) -> tuple[str, ...]:
    """From received to the first event of a worker, which runs in a thread of this process."""
    world = replace(described(make_world(folder)), clock=Now())
    worker = world.worker(poll=0.2)
    thread = threading.Thread(target=worker.run)
    thread.start()
    keys = []
    content = predictions_zip(world.split)
    for _ in range(submissions):
        keys.append(world.submit(content))
        while world.state(keys[-1]) != "scored":
            time.sleep(0.05)
        time.sleep(random.random())
    worker.stopping.set()
    thread.join()
    waits = []
    with world.database.read() as session:
        for key in keys:
            times = session.scalars(select(Event.at).where(Event.submission == key).order_by(Event.id)).all()
            waits.append((times[1] - times[0]).total_seconds())
    waits.sort()
    half, most = waits[len(waits) // 2], waits[int(0.95 * len(waits))]
    return (
        "pick-up by an idle worker, SQLite",
        f"p50 {half:.2f}, p95 {most:.2f}",
        "",
        f"{submissions} times",
    )


def first_pages(place: Path, starts: int = 4) -> Iterator[tuple[str, ...]]:
    """From an empty folder each time. The first start of all compiles what it imports; pip does that when it
    installs, so the others are those that people see."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(place / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found = []
    for number in range(starts):
        seconds, _, cpu = timed(partial(first_page, place / f"web-{number}", environment))
        found.append(seconds)
        if number == 0:
            yield ("first page of an installation without bytecode", f"{found.pop():.1f}", f"{cpu:.1f}", "")
    found.sort()
    figures = f"{found[len(found) // 2]:.2f}", f"{cpu:.1f} with the workers and the end"
    yield ("from an empty folder to the first page, median", *figures, f"{len(found)} times")


def first_page(folder: Path, environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-m", "rvosbench.cli", "serve", "--folder", str(folder), "--port", "18999"]
    quiet = subprocess.DEVNULL
    begun = time.monotonic()
    server = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment)
    try:
        while time.monotonic() < begun + 300:
            try:
                urllib.request.urlopen("http://127.0.0.1:18999/", timeout=60).read()
                return time.monotonic() - begun
            except OSError:
                time.sleep(0.02)
        raise SystemExit("no page in five minutes")
    finally:
        server.terminate()
        server.wait()


def timed(do: Callable[[], Any]) -> tuple[Any, float, float]:
    """With the processor time of processes that it started and that have ended."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    found = do()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found, time.monotonic() - began, cpu


if __name__ == "__main__":
    main()
