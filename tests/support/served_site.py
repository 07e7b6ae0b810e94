"""`rvosbench serve` as people start it, in a process of its own, with a benchmark and its ground truth."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from server_world import hidden_split

from rvosbench.splits.split import Split

DEFINITION = """slug = "shapes"
title = "Shapes"
description = "Blobs that move."

[[tracks]]
slug = "valid"
title = "Shapes, valid"
dataset = "mevis-v2:valid"
ground_truth = "hidden"
metrics = ["J&F", "J", "F"]

[[tracks.phases]]
slug = "dev"
title = "Development"
per_day = 50
max_size = "1 GB"
"""
PHASE = "/b/shapes/valid/dev"


@dataclass(frozen=True)
class Served:
    address: str
    admin_link: str
    pid: int
    folder: Path
    split: Split
    log: Path


@contextmanager
def served(root: Path, *options: str, port: int = 0) -> Iterator[Served]:
    """On an empty folder; stops by SIGTERM, and has to stop well."""
    split = hidden_split(root / "data")
    folder, log = root / "server", root / "serve.log"
    command = [sys.executable, "-m", "rvosbench.cli", "serve", "--json", "--workers", "1", *options]
    command += ["--folder", str(folder), "--data", str(root / "data"), "--port", str(port)]
    with log.open("w", encoding="utf-8") as err:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=err, text=True, env=dict(os.environ)
        )
    try:
        assert process.stdout is not None
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            assert line, log.read_text(encoding="utf-8")
            said += line
        about = json.loads(said)
        local = f"http://127.0.0.1:{port or about['address'].rpartition(':')[2]}"
        _wait(f"{local}/healthz", time.monotonic() + 180)
        yield Served(about["address"], about["admin_link"], process.pid, folder, split, log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
    assert process.returncode == 0, log.read_text(encoding="utf-8")


def processes_of(pid: int) -> dict[str, int]:
    """Module -> process, of all that a process has started, itself or through a cell."""
    found, todo = {}, [pid]
    while todo:
        for child in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            with suppress(OSError):  # one that has ended meanwhile
                for one in child.read_text().split():
                    todo.append(int(one))
                    words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
                    if not words[0].endswith(b"bwrap") and b"-m" in words:
                        found[words[words.index(b"-m") + 1].decode()] = int(one)
    return found


def _wait(address: str, until: float) -> None:
    while True:
        try:
            with urlopen(address, timeout=5) as answer:
                answer.read()
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


def wait_for_ground_truth(server: Served) -> None:
    """Until a worker has found that of every track: before, submissions are refused."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with closing(sqlite3.connect(f"file:{server.folder / 'server.db'}?mode=ro", uri=True)) as database:
            (waiting,) = database.execute(
                "SELECT count(*) FROM tracks WHERE current_scorer IS NULL"
            ).fetchone()
        if not waiting:
            return
        time.sleep(0.2)
    raise TimeoutError(server.log.read_text(encoding="utf-8"))
