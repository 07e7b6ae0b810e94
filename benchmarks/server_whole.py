"""A submission of the size of MeViS valid from `rvosbench submit` to the board, by HTTP, to `rvosbench serve`
with ground truth of the same size: when each state was reached, and the time and memory of every process.

    python benchmarks/server_whole.py [--size 1080p] [--scale 1.0] [--tracks 20] [--folder FOLDER]

Sender and server share the machine. The phase takes one submission a day, so the quota is asked as well. With
--check what stands on the board is compared with what `rvosbench eval` says. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from material import SIZES, SPLIT
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Event, Track
from rvosbench_leaderboard.submitting.connection import Server
from sqlalchemy import select
from supervised_web import token_of_a_new_team
from valid_size import make, proportional

PHASE = "mevis/valid/open"
DEFINITION = f"""slug = "mevis"
title = "MeViS"
[[tracks]]
slug = "valid"
title = "Valid"
dataset = "mevis-v1:{SPLIT}"
ground_truth = "hidden"
[[tracks.phases]]
slug = "open"
title = "Open"
per_day = 1
max_size = "8 GB"
"""
PROGRAM = str(Path(sys.executable).with_name("rvosbench"))
MODULES = {  # by the module that a process runs, most special first
    "scoring.child": "scoring and verdict",
    "processes.work": "workers",
    "processes.web": "web",
    "serve": "supervisor",
}
TICK = os.sysconf("SC_CLK_TCK")
LOOKS = 0.2  # seconds between two


@dataclass(frozen=True)
class Guess:
    at: datetime
    percent: float
    end: datetime


@dataclass
class Used:
    """Of all processes of a kind; memory is the most of one, and shared memory counts by its share."""

    seconds: dict[int, float] = field(default_factory=dict)
    megabytes: float = 0.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--size", choices=SIZES, default="1080p")
    options.add_argument("--scale", type=float, default=1.0, help="of the number of videos and sentences")
    options.add_argument("--tracks", type=int, default=20, help="different ones, which videos share")
    options.add_argument("--folder", type=Path, help="where it is made (default: a temporary folder)")
    options.add_argument("--check", action="store_true", help="compare with `rvosbench eval` afterwards")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        place = Path(name).resolve()
        archive, data, masks = make(place, SIZES[chosen.size], chosen.scale, chosen.tracks)
        with archive.open("rb+") as file:
            os.fsync(file.fileno())  # so that the disk is free when it begins
        print(f"{chosen.size}, {masks:,} PNG files in a zip of {archive.stat().st_size / 1e6:,.0f} MB")
        with serving(place / "server", data) as (process, address):
            token = token_of_a_new_team(place / "server")
            used, scores = whole(process, address, token, archive)
        show(used)
        if chosen.check:
            check(archive, data, scores)
        print(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f}.")


@contextmanager
def serving(folder: Path, data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    (folder / "benchmarks").mkdir(parents=True)
    (folder / "benchmarks" / "mevis.toml").write_text(DEFINITION, encoding="utf-8")
    command = [PROGRAM, "serve", "--folder", str(folder), "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("no output")
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("}"):
                    break
            address = str(json.loads("".join(lines))["address"])
            wait_for_truth(folder)
            yield process, address
        finally:
            process.terminate()


def wait_for_truth(folder: Path) -> None:
    """Until a worker has looked at it: before that, the phase takes nothing."""
    database = open_database(f"sqlite:///{folder / 'server.db'}")
    while True:
        with database.read() as session:
            if session.scalar(select(Track.current_scorer)) is not None:
                break
        time.sleep(0.1)
    database.close()


def whole(
    process: subprocess.Popen[str], address: str, token: str, archive: Path
) -> tuple[dict[str, Used], dict[str, float]]:
    used: dict[str, Used] = {}
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, used, over))
    watcher.start()
    begun = datetime.now(UTC)
    command = [PROGRAM, "submit", str(archive), "--server", address, "--phase", PHASE]
    sender = subprocess.Popen(
        [*command, "--method", "Blobs", "--json"],
        env=os.environ | {"RVOSBENCH_TOKEN": token, "RVOSBENCH_HOME": str(archive.parent / "data")},
        stdout=subprocess.PIPE,
        text=True,
    )
    sending = threading.Thread(target=watch, args=(sender.pid, used, over, "rvosbench submit"))
    sending.start()
    client = Server(address, token)
    guesses = follow(client, sender)
    output, _ = sender.communicate()
    if sender.returncode:
        raise SystemExit(f"submit ended with {sender.returncode}: {output}")
    told = json.loads(output)
    client.ask("POST", f"/api/v1/submissions/{told['submission']['id']}/publish", {})
    board = client.ask("GET", f"/b/{PHASE}/board.json").json
    over.set()
    for thread in (watcher, sending):
        thread.join()
    report(archive.parent / "server", told, guesses, board, begun)
    return used, board["entries"][0]["scores"]


def check(archive: Path, data: Path, scores: dict[str, float]) -> None:
    command = [PROGRAM, "eval", str(archive), "--dataset", f"mevis-v1:{SPLIT}", "--data", str(data), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    metrics = json.loads(done.stdout)["metrics"]
    same = all(round(100 * metrics[name], 2) == value for name, value in scores.items())
    print(f"\n`rvosbench eval` says {'the same' if same else f'something else: {metrics}'}.")


def follow(client: Server, sender: subprocess.Popen[str]) -> list[Guess]:
    """What was said to be left while it was scored."""
    said = []
    while sender.poll() is None:
        time.sleep(1.0)
        for one in client.ask("GET", "/api/v1/submissions").json:
            answer = client.ask("GET", f"/api/v1/submissions/{one['id']}").json
            if answer["state"] == "scoring" and answer["eta"]:
                said.append(
                    Guess(datetime.now(UTC), answer["percent"], datetime.fromisoformat(answer["eta"]))
                )
    return said


def report(folder: Path, told: Any, guesses: list[Guess], board: Any, begun: datetime) -> None:
    """From the events that the server keeps."""
    database = open_database(f"sqlite:///{folder / 'server.db'}")
    with database.read() as session:
        times = {one.after: one.at for one in session.scalars(select(Event).order_by(Event.id.desc()))}
    database.close()
    print("\n| | s |\n|---|---:|")
    print(f"| validated and summed up here, and sent | {(times['received'] - begun).total_seconds():.1f} |")
    sent = told["upload"]
    speed = sent["size"] / sent["seconds"] / 1e6
    print(f"| of these, summed up and sent | {sent['seconds']:.1f}, {speed:.0f} MB/s |")
    print(f"| until it was known to be well-formed | {between(times, 'received', 'queued')} |")
    print(f"| until it was scored | {between(times, 'queued', 'scored')} |")
    print(f"| from the last byte to the score | {between(times, 'received', 'scored')} |")
    entry = board["entries"][0]
    print(f"\nOn the board: rank {entry['rank']}, {entry['scores']}.")
    print(f"Sent {sent['sent']:,} of {sent['size']:,} bytes.")
    if early := next((one for one in guesses if one.percent >= 10), None):
        left = (times["scored"] - early.at).total_seconds()
        guessed = (early.end - early.at).total_seconds()
        off = f"{guessed / left - 1:+.0%}"
        print(f"At {early.percent:.0f} % {guessed:.0f} s were said to be left; it took {left:.0f} s ({off}).")


def between(times: Mapping[str, datetime], first: str, second: str) -> str:
    return f"{(times[second] - times[first]).total_seconds():.1f}"


def watch(pid: int, used: dict[str, Used], over: threading.Event, name: str = "") -> None:
    while not over.wait(LOOKS):
        look(pid, used, name)


def look(pid: int, used: dict[str, Used], name: str) -> None:
    """At a process and all that it started; what is not known by its module belongs to who started it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        children = " ".join(one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return
    kind = kind_of(pid) or name
    entry = used.setdefault(kind, Used())
    entry.seconds[pid] = (int(fields[11]) + int(fields[12])) / TICK
    entry.megabytes = max(entry.megabytes, proportional(pid) / 1024)
    for child in children.split():
        look(int(child), used, kind)


def kind_of(pid: int) -> str | None:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    for module, name in MODULES.items():
        if any(word.endswith(module) for word in words):
            return name
    return None


def show(used: dict[str, Used]) -> None:
    print("\n| | processor s | MB, the largest process |\n|---|---:|---:|")
    for name, one in used.items():
        print(f"| {name} | {sum(one.seconds.values()):.1f} | {one.megabytes:.0f} |")


if __name__ == "__main__":
    main()
