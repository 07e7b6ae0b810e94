"""An upload becomes a submission: in pieces, after breaks, and only with the bytes that were announced."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from rvosbench_leaderboard.database.tables import Slot, Upload
from rvosbench_leaderboard.web.uploads.finishing import finish_stranded
from rvosbench_leaderboard.web.uploads.parts import Part
from rvosbench_leaderboard.web.uploads.receiving import BLOCK, take_body
from rvosbench_leaderboard.worker.sweep import sweep
from server_world import predictions_zip
from sqlalchemy import func, select
from starlette.testclient import TestClient
from web_site import (
    TUS,
    WebSite,
    begin_upload,
    send_bytes,
    sha256,
    submit,
)

CONTENT = os.urandom(300_000)


@pytest.fixture
def owner(site: WebSite) -> TestClient:
    return site.program("owner")


def offset(client: TestClient, place: str) -> int:
    return int(client.head(place, headers=TUS).headers["Upload-Offset"])


def slots(site: WebSite, state: str) -> int:
    with site.world.database.read() as session:
        return session.scalar(select(func.count()).select_from(Slot).where(Slot.state == state)) or 0


def test_a_server_says_what_it_can_do(owner: TestClient) -> None:
    answer = owner.options("/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Extension"] == "creation,checksum,expiration,termination"


def test_bytes_come_in_pieces_and_become_a_submission_that_is_scored(
    site: WebSite, owner: TestClient
) -> None:
    content = predictions_zip(site.world.split)
    begun = begin_upload(owner, len(content), sha256=sha256(content))
    assert begun.status_code == 201
    place = begun.headers["Location"]
    half = len(content) // 2
    first = send_bytes(owner, place, content[:half])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(half))
    assert offset(owner, place) == half
    last = send_bytes(owner, place, content[half:], half)
    submission = last.headers["Rvosbench-Submission"]
    assert owner.get(f"/api/v1/submissions/{submission}").json()["state"] == "received"
    site.world.work()
    told = owner.get(f"/api/v1/submissions/{submission}").json()
    assert told["state"] == "scored"
    assert told["report"]["accepted"]
    assert set(told["scores"]) == {"J&F", "J", "F"}


def test_a_checksum_that_differs_takes_the_bytes_back(owner: TestClient) -> None:
    place = begin_upload(owner, len(CONTENT)).headers["Location"]
    send_bytes(owner, place, CONTENT[:1000])
    right = base64.b64encode(hashlib.sha256(CONTENT[1000:5000]).digest()).decode()
    wrong = send_bytes(owner, place, CONTENT[1001:5001], 1000, {"Upload-Checksum": f"sha256 {right}"})
    assert wrong.status_code == 460
    assert offset(owner, place) == 1000
    good = send_bytes(owner, place, CONTENT[1000:5000], 1000, {"Upload-Checksum": f"sha256 {right}"})
    assert (good.status_code, offset(owner, place)) == (204, 5000)


def test_bytes_for_another_offset_are_refused_with_the_right_one(owner: TestClient) -> None:
    place = begin_upload(owner, len(CONTENT)).headers["Location"]
    send_bytes(owner, place, CONTENT[:1000])
    for wrong in (0, 999, 1001):
        answer = send_bytes(owner, place, CONTENT[wrong:2000], wrong)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "1000")
        assert answer.json()["problems"][0]["code"] == "RVB185"
    assert offset(owner, place) == 1000


def test_more_bytes_than_announced_are_refused(site: WebSite, owner: TestClient) -> None:
    place = begin_upload(owner, 1000).headers["Location"]
    assert send_bytes(owner, place, CONTENT[:1001]).status_code == 413
    assert offset(owner, place) == 0


def test_another_file_than_the_announced_one_ends_the_upload_and_costs_nothing(
    site: WebSite, owner: TestClient
) -> None:
    place = begin_upload(owner, len(CONTENT), sha256="0" * 64).headers["Location"]
    answer = send_bytes(owner, place, CONTENT)
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (409, "sha256")
    assert owner.head(place, headers=TUS).status_code == 410
    assert slots(site, "refunded") == 1


def test_an_upload_can_be_given_up(site: WebSite, owner: TestClient) -> None:
    place = begin_upload(owner, len(CONTENT)).headers["Location"]
    send_bytes(owner, place, CONTENT[:1000])
    assert owner.delete(place, headers=TUS).status_code == 204
    assert slots(site, "refunded") == 1
    assert send_bytes(owner, place, CONTENT[1000:], 1000).status_code == 410
    assert list((site.world.folder / "blobs").rglob("*-*")) == []


def test_a_crash_between_the_last_byte_and_the_submission_loses_nothing(
    site: WebSite, owner: TestClient
) -> None:
    for kept in (False, True):
        place = begin_upload(owner, len(CONTENT), sha256=sha256(CONTENT)).headers["Location"]
        key = place.rpartition("/")[2]
        site.world.blobs.partial(key).write_bytes(CONTENT)  # as it lies there when the power goes
        if kept:
            site.world.blobs.keep(key)
        assert offset(owner, place) == len(CONTENT)
        assert finish_stranded(site.app.state.services) == 1
        assert owner.head(place, headers=TUS).headers["Rvosbench-Submission"]
    assert finish_stranded(site.app.state.services) == 0


def test_the_last_request_can_be_repeated(site: WebSite, owner: TestClient) -> None:
    begun = begin_upload(owner, len(CONTENT), sha256=sha256(CONTENT))
    place = begun.headers["Location"]
    first = send_bytes(owner, place, CONTENT).headers["Rvosbench-Submission"]
    again = send_bytes(owner, place, b"", len(CONTENT))
    assert (again.status_code, again.headers["Rvosbench-Submission"]) == (204, first)
    assert len(owner.get("/api/v1/submissions").json()) == 1


def test_an_upload_on_which_bytes_came_expires_later(site: WebSite, owner: TestClient) -> None:
    place = begin_upload(owner, len(CONTENT)).headers["Location"]
    site.world.clock.forward(hours=20)
    send_bytes(owner, place, CONTENT[:1000])
    with site.world.database.read() as session:
        upload = session.get_one(Upload, place.rpartition("/")[2])
    assert upload.expires_at == site.world.clock() + timedelta(hours=24)


def test_an_upload_that_began_in_time_may_be_completed_within_an_hour_and_no_later(
    site: WebSite, owner: TestClient
) -> None:
    closes = site.world.clock() + timedelta(minutes=10)
    site.world.set_phase(closes_at=closes)
    in_time, too_late = (
        begin_upload(owner, len(one), sha256=sha256(one)).headers["Location"]
        for one in (CONTENT, CONTENT + b"x")
    )
    site.world.clock.forward(minutes=40)
    assert begin_upload(owner, 10).status_code == 409
    assert send_bytes(owner, in_time, CONTENT).headers["Rvosbench-Submission"]
    send_bytes(owner, too_late, CONTENT)
    with site.world.database.read() as session:
        assert session.get_one(Upload, too_late.rpartition("/")[2]).expires_at == closes + timedelta(hours=1)
    site.world.clock.forward(minutes=31)
    sweep(site.world.database, site.world.blobs, site.world.clock())
    assert send_bytes(owner, too_late, b"x", len(CONTENT)).status_code == 410


def test_who_has_one_team_need_not_name_it_and_nobody_submits_for_another(site: WebSite) -> None:
    assert submit(site.program("stranger"), CONTENT)
    wrong = begin_upload(site.program("stranger"), 10, team=site.teams["Red"])
    assert wrong.status_code == 404
    assert begin_upload(site.program("organiser"), 10).status_code == 422  # is in no team


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 412),
        ({**TUS}, 422),
        ({**TUS, "Upload-Length": "-1"}, 422),
        ({**TUS, "Upload-Length": "1" * 30}, 422),
        ({**TUS, "Upload-Length": "10"}, 422),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "phase !!!"}, 422),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "phase bm93aGVyZS9hL2I="}, 404),
    ],
)
def test_a_creation_that_makes_no_sense_is_refused(
    owner: TestClient, headers: dict[str, str], status: int
) -> None:
    assert owner.post("/api/v1/uploads", headers=headers).status_code == status


def test_an_empty_file_is_not_asked_to_be_smaller(owner: TestClient) -> None:
    refused = begin_upload(owner, 0)
    assert refused.status_code == 413
    assert refused.json()["problems"][0]["fix"] == "choose the file with the predictions: this one is empty"


def test_quota_that_is_spent_is_said_with_the_time_of_the_next(site: WebSite) -> None:
    site.world.set_phase(per_day=1)
    owner = site.program("owner")
    assert begin_upload(owner, 10).status_code == 201
    refused = begin_upload(owner, 10)
    assert refused.status_code == 409
    assert refused.json()["problems"][0]["code"] == "RVB173"
    assert "2026-11-27 00:00 UTC" in refused.json()["problems"][0]["fix"]


def test_a_browser_uploads_with_the_token_of_its_session(site: WebSite) -> None:
    browser = site.browser("owner")
    without = begin_upload(browser, 10)
    assert without.status_code == 403
    browser.headers.update(browser.signed)
    place = begin_upload(browser, len(CONTENT)).headers["Location"]
    assert send_bytes(browser, place, CONTENT).status_code == 204


def test_a_name_of_a_file_never_becomes_a_path(site: WebSite, owner: TestClient) -> None:
    for name in ("../../etc/passwd", "C:\\x\\y.zip", "\x00", "a" * 1000, "..", ""):
        begin_upload(owner, 10, filename=name)
    outside = [one for one in site.world.folder.rglob("*") if "passwd" in one.name or "y.zip" in one.name]
    assert outside == []


def test_a_request_that_is_ended_first_waits_for_what_it_is_writing(tmp_path: Path) -> None:
    """Its file is closed next: a thread that still wrote would write into whatever is opened then."""
    written = []

    class SlowPart(Part):
        def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
            time.sleep(0.3)
            super().write(data, offset)
            written.append(len(data))

    async def bytes_and_then_nothing() -> AsyncIterator[bytes]:
        yield bytes(BLOCK)
        await asyncio.sleep(60)

    async def ended_while_writing(part: Part) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await take_body(part, bytes_and_then_nothing(), 0, 2 * BLOCK, None)

    with (tmp_path / "part").open("w+b") as file:
        part = SlowPart(file.fileno(), tmp_path / "part")
        asyncio.run(ended_while_writing(part))
        assert written == [BLOCK]
        assert part.length == BLOCK
