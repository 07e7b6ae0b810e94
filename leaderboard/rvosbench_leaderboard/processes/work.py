"""A process that works through the queue."""

from __future__ import annotations

import platform
from datetime import timedelta
from pathlib import Path
from typing import Any

from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.processes.told import end_with, read_told, stop_on_signals
from rvosbench_leaderboard.queue.choice import queue_of
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.worker.config import WorkerSettings
from rvosbench_leaderboard.worker.process import WorkerProcess


def main(told: dict[str, Any]) -> None:
    from rvosbench.cli import console

    place = Place.from_json(told["place"])
    database = place.open()
    settings = WorkerSettings(
        name=told["name"],
        database=database,
        queue=queue_of(database, timedelta(seconds=told["lease"])),
        blobs=place.blobs,
        data=place.data,
        isolation=Isolation(told["isolation"]),
        kinds=tuple(told["kinds"]),
        hidden=[Path(path) for path in told["hidden"]],
        processes=told["processes"],
        poll=0.2 if database.is_sqlite else 1.0,  # PostgreSQL says when a job is placed
        beat=min(5.0, told["lease"] / 4),
        report=lambda line: console.note(f"{told['name']}: {line}"),
    )
    worker = WorkerProcess(settings, platform.node())
    stop_on_signals(worker.stopping)
    end_with(told["supervisor"])
    worker.run()


if __name__ == "__main__":
    main(read_told())
