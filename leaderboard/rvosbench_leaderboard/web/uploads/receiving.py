"""The bytes of one request, from the network to the disk: in blocks, with checksums, in bounded memory. One
block is written and summed up while the next one comes."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rvosbench.errors import Code, Problem
from rvosbench_leaderboard.web.limits.patience import ClientGone, too_large
from rvosbench_leaderboard.web.refusal import CHECKSUM_MISMATCH, Refusal
from rvosbench_leaderboard.web.uploads.parts import Part
from rvosbench_leaderboard.web.uploads.sums import Running

BLOCK = 512 << 10


class Sum(Protocol):
    def update(self, data: bytearray, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(slots=True)
class Crc32:
    """Finds what a line damages, at a tenth of the cost of a hash."""

    value: int = 0

    def update(self, data: bytearray) -> None:
        self.value = zlib.crc32(data, self.value)

    def digest(self) -> bytes:
        return self.value.to_bytes(4, "big")


ALGORITHMS: dict[str, Callable[[], Sum]] = {
    "sha256": hashlib.sha256,
    "sha1": hashlib.sha1,
    "crc32": Crc32,
}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the client says that the bytes of this request sum up to."""

    algorithm: str
    digest: bytes


async def take_body(
    part: Part,
    stream: AsyncIterator[bytes],
    offset: int,
    size: int,
    checksum: Checksum | None,
    whole: Running | None = None,
) -> int:
    """The new offset. Bytes that came before the connection broke are kept; those of a request whose checksum
    differs are not. `whole` is the sum of the file up to `offset`, and goes on with it."""
    sums = ALGORITHMS[checksum.algorithm]() if checksum is not None else None
    writing = _Writing(part, offset, sums, whole)
    block = bytearray()
    reached = offset
    try:
        async for data in stream:
            reached += len(data)
            if reached > size:
                await writing.settled()
                await _in_thread(part.truncate, offset)
                block.clear()
                raise too_large("body", size - offset)
            block += data
            if len(block) >= BLOCK:
                full, block = block, bytearray()
                await writing.begin(full)
    except ClientDisconnect as error:
        raise ClientGone from error
    finally:
        # Also after a deadline or a disconnection: what is here need not be sent again.
        await writing.end(block)
    if checksum is not None and sums is not None and sums.digest() != checksum.digest:
        await _in_thread(_drop, part, offset)
        raise _checksum_differs()
    return reached


@dataclass(slots=True)
class _Writing:
    """Blocks on their way to the disk, one at a time. After one that the disk refused no other is written."""

    part: Part
    at: int
    sums: Sum | None
    whole: Running | None
    _work: asyncio.Future[None] | None = field(default=None)
    _failed: bool = field(default=False)

    async def begin(self, block: bytearray) -> None:
        """Waits for the block before it alone."""
        await self.settled()
        self._work = asyncio.ensure_future(run_in_threadpool(self._store, block))

    async def settled(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            await _to_its_end(work)

    async def end(self, rest: bytearray) -> None:
        try:
            await self.settled()
        finally:
            await _in_thread(self._finish, rest)

    def _store(self, block: bytearray) -> None:
        try:
            self.part.write(block, self.at)
        except BaseException:
            self._failed = True
            raise
        self.at += len(block)
        for one in (self.sums, self.whole):
            if one is not None:
                one.update(block)

    def _finish(self, rest: bytearray) -> None:
        if rest and not self._failed:
            self._store(rest)
        self.part.flush()


async def _in_thread(do: Callable[..., None], *arguments: object) -> None:
    await _to_its_end(asyncio.ensure_future(run_in_threadpool(do, *arguments)))


async def _to_its_end(work: asyncio.Future[None]) -> None:
    """Waits for the thread also when the request is ended meanwhile: it holds the file, which is closed
    next."""
    ended: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError as error:
            if work.cancelled():
                raise
            ended = error
    work.result()
    if ended is not None:
        raise ended


def _drop(part: Part, offset: int) -> None:
    part.truncate(offset)
    part.flush()


def _checksum_differs() -> Refusal:
    problem = Problem(
        Code.UPLOAD_BROKEN,
        "Upload-Checksum",
        expected="the bytes that the checksum was made of",
        found="others",
        fix="send the same bytes again from the same offset",
    )
    return Refusal(problem, status=CHECKSUM_MISMATCH)
