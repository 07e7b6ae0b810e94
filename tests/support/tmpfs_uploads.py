"""Uploads to a server on a small disk that is filled up to so many pages beforehand: for each amount, what a
client sees at first, and what is wrong once there is room again. Run where the disk may be mounted."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from full_disk import whole_upload
from rvosbench_leaderboard.blobs.folder import FolderBlobs
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Slot, Submission, Upload
from rvosbench_leaderboard.web.app import create_app
from rvosbench_leaderboard.web.config import WebSettings
from server_world import Clock
from sqlalchemy import select, text
from starlette.testclient import TestClient
from web_site import GENEROUS, ORIGIN

PAGE = 4096


class Roomy(FolderBlobs):
    """There was room when it was asked for; others took it since."""

    def free(self) -> int:
        return 1 << 40


def fill(path: Path, leave: int) -> None:
    """Takes everything but so many bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            file.truncate(max(0, file.tell() - leave))


def trial(told: dict[str, str], pages: int, content: bytes) -> tuple[str, list[str]]:
    disk, folder = Path(told["disk"]), Path(told["disk"]) / "server"
    shutil.copytree(told["folder"], folder, ignore=shutil.ignore_patterns("data"))
    database = open_database(f"sqlite:///{folder}/server.db")
    clock = Clock(datetime.fromisoformat(told["now"]))
    reports: list[str] = []
    settings = WebSettings(
        database, Roomy(folder / "blobs"), clock=clock, report=reports.append, limits=GENEROUS
    )
    client = TestClient(create_app(settings), base_url=ORIGIN, raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {told['token']}"
    with database.write() as session:  # the files beside the database are there
        session.execute(text("UPDATE users SET name = name"))
    fill(disk / "others", pages * PAGE)
    first = whole_upload(client, content)[1][-1]
    (disk / "others").unlink()
    again = first if first == 204 else whole_upload(client, content)[1][-1]
    wrong = [] if again == 204 else [f"{pages} pages: {first}, then {again}: {reports[-1:]}"]
    with database.read() as session:
        rows = session.scalars(select(Submission)).all()
        uploads, slots = session.scalars(select(Upload)).all(), session.scalars(select(Slot)).all()
        check = session.scalar(text("PRAGMA integrity_check"))
    if len(rows) != 1 or len(uploads) != len(slots) or check != "ok":
        wrong.append(f"{pages} pages: {len(rows)} submissions, {len(uploads)} uploads, {len(slots)} slots")
    elif settings.blobs.path(rows[0].blob).read_bytes() != content:
        wrong.append(f"{pages} pages: other bytes")
    database.close()
    shutil.rmtree(folder)
    return "sent at once" if first == 204 else str(first), wrong


def main() -> None:
    told = json.load(sys.stdin)
    content = os.urandom(24 * PAGE)
    seen: Counter[str] = Counter()
    wrong = []
    for pages in range(80):
        first, found = trial(told, pages, content)
        seen[first] += 1
        wrong += found
    print(json.dumps({"first": seen, "wrong": wrong}))


if __name__ == "__main__":
    main()
