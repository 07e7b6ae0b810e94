"""A file on its way to the server, over any line: what has arrived is asked after each break, and only the
rest is sent."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import BinaryIO

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.progress import Progress
from rvosbench_leaderboard.submitting.connection import (
    LONGEST_PAUSE,
    PATIENCE,
    LineBroken,
    Reply,
    Server,
    no_server,
    refusal_of,
)

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = 64 << 20  # bytes of one request, which have a checksum of their own
_BLOCK = 256 << 10
_AGAIN = (409, 460)  # the server holds another offset, or the bytes were damaged on the way


@dataclass(frozen=True, slots=True)
class Sent:
    """`sent` counts every byte of the file that was handed to the network, those that were lost included."""

    submission: str
    sent: int


@dataclass(slots=True)
class Sending:
    """`place` is the address of the upload on the server."""

    server: Server
    file: Path
    place: str
    progress: Progress
    piece: int = PIECE
    sent: int = 0
    _shown: int = 0
    _standing: int | None = (
        None  # where the server stands, as long as nothing has gone wrong since it said so
    )
    _connection: HTTPConnection | None = field(default=None)

    def run(self) -> Sent:
        """Raises what the server says when it refuses for good."""
        size = self.file.stat().st_size
        self.progress.start("uploading", size, "byte")
        try:
            with self.file.open("rb") as source:
                return Sent(self._until_done(source, size), self.sent)
        finally:
            self._hang_up()
            self.progress.finish()

    def _until_done(self, source: BinaryIO, size: int) -> str:
        reached, begun, pause, failed = -1, self.server.now(), 0.5, 0
        while True:
            try:
                reply = self._step(source, size)
            except LineBroken as error:
                self._hang_up()
                failed += 1
                self.server.try_again(error, begun, pause, failed)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if submission := reply.headers.get("rvosbench-submission"):
                return submission
            offset = _offset(reply)
            if offset > reached:  # whoever gets on is never given up
                reached, begun, pause, failed = offset, self.server.now(), 0.5, 0
            elif self.server.now() >= begun + PATIENCE:
                raise refusal_of(reply) if reply.status >= 400 else no_server("the upload does not get on")
            else:
                self.server.pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _step(self, source: BinaryIO, size: int) -> Reply:
        """Sends one piece, after asking where it stands if that is not known. A refusal for good is
        raised."""
        offset, self._standing = self._standing, None
        if offset is None:
            standing = self._request("HEAD", TUS, None)
            if standing.status >= 400:
                return _judged(standing)
            if "rvosbench-submission" in standing.headers:
                return standing
            offset = _offset(standing)
        self._show(offset)
        length = min(self.piece, size - offset)
        headers = {
            **TUS,
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(length),
            "Upload-Checksum": f"crc32 {_checksum(source, offset, length)}",
        }
        reply = _judged(self._request("PATCH", headers, self._blocks(source, offset, length)))
        if reply.status < 400 and _offset(reply) == offset + length:
            self._standing = offset + length
        return reply

    def _blocks(self, source: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
        source.seek(offset)
        left = length
        while left:
            block = source.read(min(_BLOCK, left))
            if not block:
                raise _changed(self.file)
            yield block
            left -= len(block)
            self.sent += len(block)
            self._show(offset + length - left)

    def _request(self, method: str, headers: Mapping[str, str], body: Iterator[bytes] | None) -> Reply:
        if self._connection is None:
            self._connection = self.server.open()
        reply = self.server.send(self._connection, method, self.place, headers, body)
        if reply.status >= 400 or reply.headers.get("connection", "").lower() == "close":
            self._hang_up()
        return reply

    def _show(self, offset: int) -> None:
        if offset > self._shown:
            self.progress.advance(offset - self._shown)
            self._shown = offset

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _judged(reply: Reply) -> Reply:
    """As it is if trying again makes sense."""
    if reply.wait is not None or (reply.status >= 500 and reply.status != 507):
        raise LineBroken(f"the server answers with status {reply.status}")
    if reply.status in _AGAIN and not _is_final(reply):
        return reply
    if reply.status >= 400:
        raise refusal_of(reply)
    return reply


def _is_final(reply: Reply) -> bool:
    """The whole file is another one than was announced, or the upload is over."""
    problems = refusal_of(reply).problems
    return not any(problem.code is Code.UPLOAD_BROKEN and problem.path != "sha256" for problem in problems)


def _offset(reply: Reply) -> int:
    text = reply.headers.get("upload-offset", "")
    return int(text) if text.isdigit() else 0


def _checksum(source: BinaryIO, offset: int, length: int) -> str:
    """Finds what the line damaged; the SHA-256 of the whole file is compared at the end."""
    source.seek(offset)
    found = 0
    while length and (block := source.read(min(_BLOCK, length))):
        found = zlib.crc32(block, found)
        length -= len(block)
    return base64.b64encode(found.to_bytes(4, "big")).decode()


def _changed(file: Path) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.UPLOAD_BROKEN,
            str(file),
            expected="a file that stays as it is while it is sent",
            found="one that has become shorter",
            fix="submit it again once it is complete",
        )
    )
