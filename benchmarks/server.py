"""What the evaluation server's engine takes: the verdict on the structure of a submission of the size of
MeViS valid, the time until an idle worker begins, and the time to the first page.

    python benchmarks/server.py

Seconds of the clock and of the processor; on a busy machine the latter are the ones to look at.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        print("| | s | processor s | |")
        print("|---|---|---|---|")
        print("| " + " | ".join(structure(place / "large", asked.videos)) + " |", flush=True)
        print("| " + " | ".join(pick_up(place / "small")) + " |", flush=True)
        print("| " + " | ".join(first_page(place / "web")) + " |", flush=True)


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


def first_page(folder: Path) -> tuple[str, ...]:
    command = [sys.executable, "-m", "rvosbench.cli", "serve", "--folder", str(folder), "--port", "18999"]

    def start() -> None:
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 300
            while time.monotonic() < until:
                try:
                    urllib.request.urlopen("http://127.0.0.1:18999/", timeout=60).read()
                    return
                except OSError:
                    time.sleep(0.05)
        finally:
            server.terminate()
            server.wait()

    _, wall, cpu = timed(start)
    return ("from an empty folder to the first page, and the end", f"{wall:.1f}", f"{cpu:.1f}", "")


def timed(do: Callable[[], Any]) -> tuple[Any, float, float]:
    """With the processor time of processes that it started and that have ended."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    found = do()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found, time.monotonic() - began, cpu


if __name__ == "__main__":
    main()
