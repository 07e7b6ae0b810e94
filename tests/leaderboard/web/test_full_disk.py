"""Threat 27: the disk fills up while a file comes in, at whatever point."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from full_disk import FullDisk, whole_upload
from rvosbench_leaderboard.database.tables import Slot, Submission, Upload
from sqlalchemy import event, func, select
from web_site import TUS, WebSite, begin_upload, send_bytes, sha256

FULL = 507
PROGRAM = Path(__file__).parents[2] / "support" / "tmpfs_uploads.py"


def points_of_an_upload(site: WebSite) -> list[str]:
    disk = FullDisk(site.world.folder / "blobs")
    with disk.mounted():
        found, _ = whole_upload(site.program("owner"), os.urandom(1500))
    assert found
    return disk.points


def test_threat_27_at_every_point_of_writing_a_full_disk_is_said_and_costs_nothing(site: WebSite) -> None:
    points = points_of_an_upload(site)
    assert {"open", "mkdir", "pwrite", "fsync", "rename"} == set(points)
    client, blobs = site.program("owner"), site.world.folder / "blobs"
    known = [client.get("/api/v1/submissions").json()[0]["id"]]
    failed = set()
    for error in (errno.ENOSPC, errno.EDQUOT):
        for at in range(len(points)):
            content = os.urandom(1500)
            for folder in blobs.glob("*"):
                if not any(folder.iterdir()):
                    folder.rmdir()  # so that it has to be made again
            disk = FullDisk(blobs, at, error=error)
            with disk.mounted():
                found, statuses = whole_upload(client, content)
            assert found is not None or statuses[-1] == FULL, (disk.points[at], statuses, site.reports)
            if found is None:
                failed.add(disk.points[at])
                assert len(client.get("/api/v1/submissions").json()) == len(known)
                found, _ = whole_upload(client, content)  # there is room again
            assert found is not None and found not in known
            known.append(found)
            with site.world.database.read() as session:
                row = session.get_one(Submission, found)
            assert site.world.blobs.path(row.blob).read_bytes() == content
    assert failed >= {"open", "mkdir", "pwrite", "rename"}
    assert list((blobs / "incoming").iterdir()) == []
    with site.world.database.read() as session:
        states = sorted(session.scalars(select(Upload.state)))
        slots = sorted(session.scalars(select(Slot.state)))
    assert states.count("received") == slots.count("reserved") + slots.count("spent") == len(known)
    assert states.count("cancelled") == slots.count("refunded") == len(states) - len(known)


def test_threat_27_what_the_disk_refused_to_keep_is_not_counted_as_arrived(site: WebSite) -> None:
    """After an error of fsync nobody knows what the file holds."""
    client, content = site.program("owner"), os.urandom(3000)
    place = begin_upload(client, len(content), sha256=sha256(content)).headers["Location"]
    assert send_bytes(client, place, content[:1000]).status_code == 204
    with FullDisk(site.world.folder / "blobs").mounted() as disk:
        send_bytes(client, place, content[1000:1500], 1000)
    with FullDisk(site.world.folder / "blobs", disk.points.index("fsync")).mounted():
        assert send_bytes(client, place, content[1500:2500], 1500).status_code == FULL
    assert client.head(place, headers=TUS).headers["Upload-Offset"] == "1500"
    assert send_bytes(client, place, content[1500:], 1500).headers["Rvosbench-Submission"]


def test_threat_27_a_database_without_room_is_said_as_a_full_disk(site: WebSite) -> None:
    client = site.program("owner")
    begin_upload(client, 10)
    engine = site.world.database.engine
    engine.dispose()

    def small(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite never goes below what is used

    event.listen(engine, "connect", small)
    statuses = [201]
    while statuses[-1] == 201 and len(statuses) < 300:  # until the free room inside of pages is used up
        answer = begin_upload(client, 10)
        statuses.append(answer.status_code)
    assert statuses[-1] == FULL
    assert answer.json()["problems"][0]["code"] == "RVB174"
    event.remove(engine, "connect", small)
    engine.dispose()
    assert begin_upload(client, 10).status_code == 201
    with site.world.database.read() as session:
        uploads = session.scalar(select(func.count()).select_from(Upload))
        slots = session.scalar(select(func.count()).select_from(Slot))
    assert uploads == slots == statuses.count(201) + 1


@pytest.mark.full
def test_threat_27_on_a_small_disk_every_amount_of_room_ends_well(site: WebSite, tmp_path: Path) -> None:
    """A tmpfs on which the database and the files lie, filled up to so many pages."""
    told = {"folder": str(site.world.folder), "token": site.token("owner")}
    told |= {"disk": str(tmp_path / "disk"), "now": site.world.clock().isoformat()}
    site.world.database.close()
    inside = f"mount -t tmpfs -o size=16m none {tmp_path}/disk && exec {sys.executable} {PROGRAM}"
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", inside],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=300,
    )
    if "unshare" in done.stderr:
        pytest.skip("the system gives no namespaces to users")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["first"]) == {"sent at once", "507"}
    assert found["wrong"] == []
