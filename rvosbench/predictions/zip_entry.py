"""One file of a zip, read in place: what its local header says and what comes out must be what the list of
files promised."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

from rvosbench.predictions.zip_directory import (
    DEFLATED,
    ENCRYPTED_FLAGS,
    LOCAL_HEADER_SIZE,
    zip64_values,
)

if TYPE_CHECKING:
    import numpy as np

_LOCAL = struct.Struct("<4s5H3I2H")
LOCAL_MAGIC = b"PK\3\4"
SIZES_FOLLOW = 0x0008  # sizes and checksum stand behind the file, and are zero in its header
IN_ZIP64 = 0xFFFFFFFF
_BEHIND = (struct.Struct("<3I"), struct.Struct("<I2Q"))  # checksum, packed size, size; short and long
_BEHIND_MAGIC = b"PK\7\x08"  # which may be left out
_LONGEST_BEHIND = 24
USUAL_EXTRA = 64  # read at once with the header; a longer one costs a second read
ROOM_TO_INFLATE = 512  # packed bytes that may come before the first byte: the table of a deflate block


class EntryError(ValueError):
    """The file is not what the list of files promised."""


def read_entry(archive: int, record: np.void) -> bytes:
    """`archive` is an open file descriptor, `record` a row of `zip_directory.RECORD`. The caller has checked
    that the promised size is acceptable: nothing larger is ever made of the file."""
    offset, packed, size = int(record["offset"]), int(record["packed"]), int(record["size"])
    name_length = int(record["name_length"])
    block = read_block(archive, LOCAL_HEADER_SIZE + name_length + USUAL_EXTRA + packed, offset)
    if len(block) < LOCAL_HEADER_SIZE + name_length:
        raise EntryError("the archive ends too early")
    start, described_behind = _check_local_header(block, record)
    if described_behind:
        _check_behind(read_block(archive, _LONGEST_BEHIND, offset + start + packed), record)
    content = block[start : start + packed]
    if len(content) < packed:
        content = read_block(archive, packed, offset + start)
        if len(content) < packed:
            raise EntryError("the archive ends too early")
    if record["method"] == DEFLATED:
        content = _inflated(content, size)
    if len(content) != size:
        raise EntryError(f"{len(content):,} bytes where the list of files says {size:,}")
    if zlib.crc32(content) != record["crc"]:
        raise EntryError("contents whose checksum does not match")
    return content


def read_start(archive: int, record: np.void, length: int) -> bytes:
    """The first bytes of the file, at most `length` of them. Its header is checked; nothing else can be."""
    offset, packed, name_length = int(record["offset"]), int(record["packed"]), int(record["name_length"])
    room = length if record["method"] != DEFLATED else length + ROOM_TO_INFLATE
    block = read_block(archive, LOCAL_HEADER_SIZE + name_length + USUAL_EXTRA + min(packed, room), offset)
    if len(block) < LOCAL_HEADER_SIZE + name_length:
        raise EntryError("the archive ends too early")
    start, _ = _check_local_header(block, record)
    content = block[start : start + packed]
    if len(content) < min(packed, room):
        content = read_block(archive, min(packed, room), offset + start)
    if record["method"] != DEFLATED:
        return content[:length]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, length)
    except zlib.error as error:
        raise EntryError("contents that cannot be decompressed") from error


def read_block(archive: int, length: int, offset: int) -> bytes:
    """Fewer bytes only where the archive ends."""
    content = os.pread(archive, length, offset)
    while len(content) < length and (more := os.pread(archive, length - len(content), offset + len(content))):
        content += more
    return content


def _check_local_header(block: bytes, record: np.void) -> tuple[int, bool]:
    """Where in the block the contents begin, and whether sizes and checksum stand behind them. The extra
    field may differ from the one in the list."""
    magic, _, flags, method, _, _, crc, packed, size, name, extra = _LOCAL.unpack_from(block)
    name_end = LOCAL_HEADER_SIZE + int(record["name_length"])
    if magic != LOCAL_MAGIC:
        raise EntryError("no file where the list of files says")
    if name != record["name_length"] or zlib.crc32(block[LOCAL_HEADER_SIZE:name_end]) != record["name_crc"]:
        raise EntryError("another name in its header than in the list of files")
    if method != record["method"] or flags & ENCRYPTED_FLAGS:
        raise EntryError("another compression in its header than in the list of files")
    long = zip64_values(block[name_end : name_end + extra])
    size, packed = (next(long, one) if one == IN_ZIP64 else one for one in (size, packed))
    described_behind = bool(flags & SIZES_FOLLOW)
    stated = ((crc, record["crc"]), (packed, record["packed"]), (size, record["size"]))
    if any(here != there and (here or not described_behind) for here, there in stated):
        raise EntryError("other sizes or another checksum in its header than in the list of files")
    return name_end + int(extra), described_behind


def _check_behind(block: bytes, record: np.void) -> None:
    """What a reader that cannot go back takes for the sizes of the file."""
    block = block.removeprefix(_BEHIND_MAGIC)
    wanted = tuple(int(record[field]) for field in ("crc", "packed", "size"))
    if not any(len(block) >= form.size and form.unpack_from(block) == wanted for form in _BEHIND):
        raise EntryError("other sizes or another checksum behind it than in the list of files")


def _inflated(packed: bytes, size: int) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(packed, size + 1)
    except zlib.error as error:
        raise EntryError("contents that cannot be decompressed") from error
    if not stream.eof and len(content) <= size:
        raise EntryError("compressed contents that end too early")
    if len(content) > size or stream.unused_data:
        raise EntryError("more contents than the list of files says")
    return content
