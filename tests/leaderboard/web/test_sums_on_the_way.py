"""The SHA-256 of a whole file is made while it arrives, and is right whatever happens on the way."""

from __future__ import annotations

import asyncio
import base64
import os
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from rvosbench_leaderboard.database.tables import Submission
from rvosbench_leaderboard.web.uploads.parts import Part
from rvosbench_leaderboard.web.uploads.receiving import BLOCK, take_body
from rvosbench_leaderboard.web.uploads.sums import MOST, Running, Sums
from starlette.testclient import TestClient
from web_site import WebSite, begin_upload, send_bytes, sha256

CONTENT = os.urandom(3 * BLOCK + 12345)
HALF = len(CONTENT) // 2


@pytest.fixture
def owner(site: WebSite) -> TestClient:
    return site.program("owner")


def crc32(data: bytes) -> dict[str, str]:
    return {"Upload-Checksum": f"crc32 {base64.b64encode(zlib.crc32(data).to_bytes(4, 'big')).decode()}"}


def kept_sum(site: WebSite, submission: str) -> str | None:
    with site.world.database.read() as session:
        return session.get_one(Submission, submission).sha256


@pytest.fixture
def read_again(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows whenever a whole file is read to be summed up."""
    calls: list[int] = []
    real: Callable[[Part], str] = Part.sha256

    def counted(part: Part) -> str:
        calls.append(part.length)
        return real(part)

    monkeypatch.setattr(Part, "sha256", counted)
    return calls


def test_a_file_that_comes_in_pieces_is_not_read_again(
    site: WebSite, owner: TestClient, read_again: list[int]
) -> None:
    place = begin_upload(owner, len(CONTENT), sha256=sha256(CONTENT)).headers["Location"]
    assert send_bytes(owner, place, CONTENT[:HALF], 0, crc32(CONTENT[:HALF])).status_code == 204
    last = send_bytes(owner, place, CONTENT[HALF:], HALF, crc32(CONTENT[HALF:]))
    assert kept_sum(site, last.headers["Rvosbench-Submission"]) == sha256(CONTENT)
    assert read_again == []


def test_bytes_that_were_taken_back_are_not_in_the_sum(
    site: WebSite, owner: TestClient, read_again: list[int]
) -> None:
    place = begin_upload(owner, len(CONTENT), sha256=sha256(CONTENT)).headers["Location"]
    send_bytes(owner, place, CONTENT[:HALF])
    damaged = CONTENT[HALF:-1] + bytes([CONTENT[-1] ^ 1])
    assert send_bytes(owner, place, damaged, HALF, crc32(CONTENT[HALF:])).status_code == 460
    last = send_bytes(owner, place, CONTENT[HALF:], HALF, crc32(CONTENT[HALF:]))
    assert kept_sum(site, last.headers["Rvosbench-Submission"]) == sha256(CONTENT)
    assert read_again == [len(CONTENT)]


def test_a_server_that_was_started_again_sums_the_file_up_at_its_end(
    site: WebSite, owner: TestClient, read_again: list[int]
) -> None:
    place = begin_upload(owner, len(CONTENT), sha256=sha256(CONTENT)).headers["Location"]
    send_bytes(owner, place, CONTENT[:HALF])
    site.app.state.services.sums._kept.clear()
    last = send_bytes(owner, place, CONTENT[HALF:], HALF)
    assert kept_sum(site, last.headers["Rvosbench-Submission"]) == sha256(CONTENT)
    assert read_again == [len(CONTENT)]


def test_a_sum_is_given_for_the_length_it_was_made_of_alone() -> None:
    sums = Sums()
    running = Running()
    running.update(b"abc")
    sums.keep("one", running, 2)
    assert sums.take("one", 3) is None
    sums.keep("one", running, 3)
    assert sums.take("one", 2) is None
    sums.keep("one", running, 3)
    assert sums.take("one", 3) is running
    assert sums.take("one", 3) is None


def test_sums_of_uploads_that_stand_still_do_not_pile_up() -> None:
    sums = Sums()
    for number in range(MOST + 10):
        sums.keep(f"{number}", Running(reached=1), 1)
    assert sums.take("9", 1) is None
    assert sums.take("10", 1) is not None


def test_after_a_block_that_the_disk_refused_no_other_is_written(tmp_path: Path) -> None:
    class Refusing(Part):
        def write(self, data: Any, offset: int) -> None:
            if offset == BLOCK:
                raise OSError(5, "Input/output error")
            super().write(data, offset)

    async def blocks() -> AsyncIterator[bytes]:
        for number in range(4):
            yield bytes([number]) * BLOCK

    with (tmp_path / "part").open("w+b") as file:
        part = Refusing(file.fileno(), tmp_path / "part")
        whole = Running()
        with pytest.raises(OSError, match="Input/output"):
            asyncio.run(take_body(part, blocks(), 0, 4 * BLOCK, None, whole))
        assert part.length == whole.reached == BLOCK
