"""Queues for PostgreSQL under kill -9: procrastinate and pgqueuer with their own workers, and ours on
procrastinate's tables.

    python benchmarks/queue_trial.py --jobs 200 --kills 60

Needs Debian's postgresql-15, and `pip install pgqueuer`. Each job writes a row when it begins
and one when it is done; workers are killed at random while there is work. Printed are jobs that were done
once, more than once and never, jobs that stand still at the end, and how long one waited for an idle worker.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import psycopg
from postgres_cluster import cluster

ENGINES = ("ours", "procrastinate", "pgqueuer")
WORKER = Path(__file__).with_name("queue_trial_worker.py")
TABLES = "; ".join(f"CREATE TABLE {name} (job int, at float8)" for name in ("begun", "done", "placed"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    asked = parser.parse_args()
    print("| engine | kills | once | twice or more | never | stand still | s | pick-up p50, p95 (s) |")
    print("|---|---|---|---|---|---|---|---|")
    with cluster() as server:
        for engine in asked.engines:
            print(row(engine, server.new_database(), asked), flush=True)


def row(engine: str, url: str, asked: argparse.Namespace) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
        call(engine, url, "prepare")
        waits = idle_waits(engine, url, connection)
        connection.execute("TRUNCATE begun, done, placed")
        call(engine, url, "place", 0, asked.jobs)
        began = time.monotonic()
        kills = fight(engine, url, connection, asked, began)
        seconds = time.monotonic() - began
        counts: dict[int, int] = dict(
            connection.execute("SELECT job, count(*) FROM done GROUP BY job").fetchall()
        )
    left = json.loads(call(engine, url, "left"))
    once = sum(counts.get(job) == 1 for job in range(asked.jobs))
    more = sum(counts.get(job, 0) > 1 for job in range(asked.jobs))
    ends = f"{waits[len(waits) // 2]:.2f}, {waits[int(len(waits) * 0.95)]:.2f}"
    never = asked.jobs - once - more
    return f"| {engine} | {kills} | {once} | {more} | {never} | {left} | {seconds:.0f} | {ends} |"


def idle_waits(engine: str, url: str, connection: psycopg.Connection[tuple[object, ...]]) -> list[float]:
    """Jobs one by one, to a worker that has nothing to do."""
    worker = start(engine, url, 0)
    try:
        time.sleep(5)
        for job in range(12):
            call(engine, url, "place", 10_000 + job, 1)
            time.sleep(0.5)
        time.sleep(2)
    finally:
        worker.kill()
        worker.wait()
    query = "SELECT b.at - p.at FROM begun b JOIN placed p USING (job) ORDER BY 1"
    return [float(str(wait)) for (wait,) in connection.execute(query).fetchall()] or [float("nan")]


def fight(
    engine: str,
    url: str,
    connection: psycopg.Connection[tuple[object, ...]],
    asked: argparse.Namespace,
    began: float,
) -> int:
    """Until every job is done, or time is up. How many were killed while jobs were left."""
    dice = random.Random(1)
    workers = [start(engine, url, number) for number in range(asked.workers)]
    kills, next_kill = 0, time.monotonic() + 3
    while time.monotonic() - began < asked.seconds:
        time.sleep(0.05)
        for number, worker in enumerate(workers):
            if worker.poll() is not None:
                workers[number] = start(engine, url, number)
        (done,) = connection.execute("SELECT count(DISTINCT job) FROM done").fetchone() or (0,)
        if done == asked.jobs:
            break
        if kills < asked.kills and time.monotonic() > next_kill:
            os.kill(dice.choice(workers).pid, signal.SIGKILL)
            kills += 1
            next_kill = time.monotonic() + dice.uniform(0.2, 1.2)
    for worker in workers:
        worker.kill()
        worker.wait()
    return kills


def start(engine: str, url: str, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(WORKER), engine, url, "work", str(number)],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def call(engine: str, url: str, *what: object) -> str:
    command = [sys.executable, str(WORKER), engine, url, *map(str, what)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
