"""`multipart/form-data` read as it comes, part by part: no part is ever held in memory as a whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from rvosbench_leaderboard.web.refusal import Refusal, bad_request

_BOUNDARY = re.compile(r'multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.I)
_PARAMETER = re.compile(rb'(?:^|;)\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.I)
MOST_HEADERS = 8 * 1024


@dataclass(frozen=True, slots=True)
class FormPart:
    """`filename` is None for a plain field."""

    name: str
    filename: str | None


class FormStream:
    """`part` gives the next part or None after the last; `body` the bytes of the one that was given last."""

    def __init__(self, stream: AsyncIterator[bytes], content_type: str) -> None:
        found = _BOUNDARY.match(content_type)
        if found is None:
            raise bad_request("Content-Type", "multipart/form-data with a boundary", "another type")
        self._stream = stream
        self._mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
        self._buffer = bytearray(b"\r\n")  # the first mark has none before it
        self._in_body = True  # what is before the first mark belongs to nobody
        self.read = 0

    async def part(self) -> FormPart | None:
        async for _ in self.body():
            pass
        while len(self._buffer) < 2:
            await self._more()
        if self._buffer.startswith(b"--"):
            return None
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MOST_HEADERS:
                raise _malformed()
            await self._more()
        headers = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        # An empty body is followed by its mark at once, whose line break was just taken.
        self._buffer[:0] = b"" if not self._buffer.startswith(self._mark[2:]) else b"\r\n"
        self._in_body = True
        return _part(headers)

    async def body(self) -> AsyncIterator[bytes]:
        while self._in_body:
            at = self._buffer.find(self._mark)
            if at >= 0:
                data = bytes(self._buffer[:at])
                del self._buffer[: at + len(self._mark)]
                self._in_body = False
            else:
                safe = max(0, len(self._buffer) - len(self._mark) + 1)
                data = bytes(self._buffer[:safe])
                del self._buffer[:safe]
                if not data:
                    await self._more()
            if data:
                yield data

    async def text(self, most: int) -> str:
        """The body of a plain field."""
        found = bytearray()
        async for data in self.body():
            found += data
            if len(found) > most:
                raise bad_request("form", f"fields of at most {most} bytes", "a longer one")
        try:
            return found.decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_request("form", "UTF-8 text", "something else") from error

    async def _more(self) -> None:
        async for data in self._stream:
            if data:
                self._buffer += data
                self.read += len(data)
                return
        raise _malformed()


def _part(headers: bytes) -> FormPart:
    for line in headers.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"content-disposition":
            given = {name.lower(): _unquoted(text) for name, text in _PARAMETER.findall(value)}
            if b"name" in given:
                return FormPart(given[b"name"], given.get(b"filename"))
    raise _malformed()


def _unquoted(text: bytes) -> str:
    """As browsers write it: UTF-8, with quotes and line breaks as percent escapes."""
    return text.decode("utf-8", "replace").replace("%22", '"')


def _malformed() -> Refusal:
    return bad_request("form", "a complete multipart/form-data body", "something else", "send the form again")
