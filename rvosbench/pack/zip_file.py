"""Writes a zip whose bytes depend on names and contents alone: one time, one set of rights, nothing squeezed.

The `zipfile` of Python keeps an object of half a kilobyte for each file, and its headers differ between
versions. Here a file costs its entry in the list at the end, and nothing more.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_OFFSET64 = struct.Struct("<2HQ")

_PLAIN, _NEEDS_ZIP64 = 20, 45  # versions of the format
_UNIX = 3 << 8
_UTF8 = 0x0800
_TIME, _DATE = 0, 0x21  # midnight of 1 January 1980, the earliest time that a zip can tell
_RIGHTS = 0o100644 << 16
_MANY, _FAR = 0xFFFF, 0xFFFFFFFF


class ZipWriter:
    """Takes files of less than 4 GiB; a Zip64 list is written if there are more than 65,534 of them, or if
    the archive grows beyond 4 GiB."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._entries = bytearray()
        self.files = 0

    def add(self, name: str, content: bytes) -> None:
        spelled = name.encode()
        flags = 0 if name.isascii() else _UTF8
        crc, size, at = zlib.crc32(content), len(content), self._at
        header = (flags, 0, _TIME, _DATE, crc, size, size, len(spelled))
        self._write(_LOCAL.pack(b"PK\3\4", _PLAIN, *header, 0) + spelled)
        self._write(content)
        extra = _OFFSET64.pack(1, 8, at) if at >= _FAR else b""
        version = _NEEDS_ZIP64 if extra else _PLAIN
        self._entries += _ENTRY.pack(
            *(b"PK\1\2", _UNIX | version, version, *header, len(extra)),
            *(0, 0, 0, _RIGHTS, min(at, _FAR)),
        )
        self._entries += spelled + extra
        self.files += 1

    def close(self) -> None:
        """The list of files. Without it the archive is none."""
        start, length = self._at, len(self._entries)
        self._write(self._entries)
        if self.files >= _MANY or start >= _FAR or length >= _FAR:
            at = self._at
            counts = (self.files, self.files, length, start)
            rest = _END64.size - 12
            self._write(
                _END64.pack(b"PK\6\6", rest, _UNIX | _NEEDS_ZIP64, _NEEDS_ZIP64, 0, 0, *counts)
                + _LOCATOR.pack(b"PK\6\7", 0, at, 1)
            )
        files = min(self.files, _MANY)
        self._write(_END.pack(b"PK\5\6", 0, 0, files, files, min(length, _FAR), min(start, _FAR), 0))

    def _write(self, content: bytes | bytearray) -> None:
        self._file.write(content)
        self._at += len(content)
