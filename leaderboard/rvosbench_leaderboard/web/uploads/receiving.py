"""The bytes of one request, from the network to the disk: in blocks, with a checksum, in bounded memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rvosbench.errors import Code, Problem
from rvosbench_leaderboard.web.limits.patience import ClientGone, too_large
from rvosbench_leaderboard.web.refusal import CHECKSUM_MISMATCH, Refusal
from rvosbench_leaderboard.web.uploads.parts import Part

BLOCK = 1 << 20
ALGORITHMS: dict[str, Callable[[], Any]] = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the client says that the bytes of this request sum up to."""

    algorithm: str
    digest: bytes


async def take_body(
    part: Part, stream: AsyncIterator[bytes], offset: int, size: int, checksum: Checksum | None
) -> int:
    """The new offset. Bytes that came before the connection broke are kept; those of a request whose checksum
    differs are not."""
    summer = ALGORITHMS[checksum.algorithm]() if checksum is not None else None
    at = offset
    block = bytearray()
    try:
        async for data in stream:
            if at + len(block) + len(data) > size:
                await _in_thread(part.truncate, offset)
                block.clear()
                at = offset
                raise too_large("body", size - offset)
            block += data
            if len(block) >= BLOCK:
                full, block = block, bytearray()
                await _in_thread(_store, part, full, at, summer)
                at += len(full)
    except ClientDisconnect as error:
        raise ClientGone from error
    finally:
        # Also after a deadline or a disconnection: what is here need not be sent again.
        await _in_thread(_end, part, block, at, summer)
    at += len(block)
    if checksum is not None and summer is not None and summer.digest() != checksum.digest:
        await _in_thread(_drop, part, offset)
        raise _checksum_differs()
    return at


async def _in_thread(do: Callable[..., None], *arguments: object) -> None:
    """Waits for the thread also when the request is ended meanwhile: it holds the file, which is closed
    next."""
    work = asyncio.ensure_future(run_in_threadpool(do, *arguments))
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


def _store(part: Part, block: bytearray, at: int, summer: Any) -> None:
    part.write(block, at)
    if summer is not None:
        summer.update(block)


def _end(part: Part, block: bytearray, at: int, summer: Any) -> None:
    if block:
        _store(part, block, at, summer)
    part.flush()


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
