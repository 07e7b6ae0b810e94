"""Zips made to measure: by the book, or lying about themselves in one place."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

STORED, DEFLATED, DEFLATE64, BZIP2, LZMA, ZSTD = 0, 8, 9, 12, 14, 93
UTF8, ENCRYPTED, SIZES_FOLLOW = 0x0800, 0x0001, 0x0008  # flags
_TIME = struct.pack("<2H", 0, 0x21)  # midnight of 1 January 1980, the first that a zip can hold


@dataclass(frozen=True)
class Entry:
    """A file; `listed` is what the list and its header state falsely, `local` what its header alone does.
    `offset` makes the list point there, and no contents are written."""

    name: bytes
    content: bytes = b""
    flags: int = 0
    method: int = STORED
    external: int = 0
    packed: bytes | None = None
    offset: int | None = None
    listed: dict[str, int] = field(default_factory=dict)
    local: dict[str, int | bytes] = field(default_factory=dict)

    @property
    def stream(self) -> bytes:
        """What lies in the archive."""
        if self.packed is not None:
            return self.packed
        return deflated(self.content) if self.method == DEFLATED else self.content

    def fields(self) -> dict[str, int | bytes]:
        return {
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.content),
            "packed": len(self.stream),
            "size": len(self.content),
            "name": self.name,
            **self.listed,
        }


def archive(
    entries: Iterable[Entry], *, count: int | None = None, comment: bytes = b"", before_list: bytes = b""
) -> bytes:
    """An archive by the book, but for what the entries say of themselves and for a false `count` of them."""
    body, central, number = bytearray(), bytearray(), 0
    for entry in entries:
        offset = len(body) if entry.offset is None else entry.offset
        values = entry.fields()
        central += b"PK\1\2" + struct.pack("<2H", 0x0314, 20) + _common(values)
        central += struct.pack("<3H2L", 0, 0, 0, entry.external, offset) + entry.name
        if entry.offset is None:
            values |= entry.local
            body += b"PK\3\4" + struct.pack("<H", 20) + _common(values) + _name(values) + entry.stream
        number += 1
    body += before_list
    stated = number if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, stated, stated, len(central), len(body), len(comment))
    return bytes(body + central) + end + comment


def deflated(content: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()


def _common(values: dict[str, int | bytes]) -> bytes:
    numbers = [values[key] for key in ("crc", "packed", "size")]
    return (
        struct.pack("<2H", values["flags"], values["method"])
        + _TIME
        + struct.pack("<3L2H", *numbers, len(_name(values)), 0)
    )


def _name(values: dict[str, int | bytes]) -> bytes:
    name = values["name"]
    return name if isinstance(name, bytes) else b""


def piped(content: Mapping[str, bytes]) -> bytes:
    """As programs write that cannot go back: checksum and sizes stand behind each file."""
    return _by_library(content, seekable=False)


def zip64(content: Mapping[str, bytes]) -> bytes:
    """Every file as if it might be larger than 4 GiB."""
    return _by_library(content, seekable=True)


def _by_library(content: Mapping[str, bytes], *, seekable: bool) -> bytes:
    file = io.BytesIO() if seekable else _Pipe()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path, inside in content.items():
            about = zipfile.ZipInfo(path)  # dated 1980
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o100644 << 16
            about.create_system = 3
            with made.open(about, "w", force_zip64=seekable) as entry:
                entry.write(inside)
    return file.getvalue()


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation("a pipe")

    def tell(self) -> int:
        raise io.UnsupportedOperation("a pipe")
