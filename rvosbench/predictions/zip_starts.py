"""The first bytes of many files of a zip at once: their headers are compared as columns of an array."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.predictions.zip_directory import DEFLATED, ENCRYPTED_FLAGS, LOCAL_HEADER_SIZE, SAID_TWICE
from rvosbench.predictions.zip_entry import (
    IN_ZIP64,
    LOCAL_MAGIC,
    ROOM_TO_INFLATE,
    SIZES_FOLLOW,
    USUAL_EXTRA,
    read_block,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEADER = np.dtype([("magic", "S4"), *SAID_TWICE])


def read_starts(archive: int, records: NDArray[np.void], length: int) -> list[bytes | None]:
    """What `read_start` gives for each, and None for a file that is not wholly as usual: that one is for
    `read_start` to read, which knows the rest of the format and says what is wrong."""
    room = length + ROOM_TO_INFLATE if (records["method"] == DEFLATED).any() else length
    width = LOCAL_HEADER_SIZE + int(records["name_length"].max()) + USUAL_EXTRA + room
    try:
        blocks = [read_block(archive, width, offset) for offset in records["offset"].tolist()]
    except OSError:
        return [None] * len(records)
    first = b"".join(block[:LOCAL_HEADER_SIZE].ljust(LOCAL_HEADER_SIZE, b"\0") for block in blocks)
    headers = np.frombuffer(first, _HEADER)
    name_ends = records["name_length"].astype(np.int64) + LOCAL_HEADER_SIZE
    names = zip(name_ends.tolist(), records["name_crc"].tolist(), strict=True)
    places = zip((name_ends + headers["extra"]).tolist(), records["packed"].tolist(), strict=True)
    deflated = (records["method"] == DEFLATED).tolist()
    usual = _usual(headers, records).tolist()
    return [
        _start(block, name, place, squeezed, length, room) if as_usual else None
        for block, name, place, squeezed, as_usual in zip(blocks, names, places, deflated, usual, strict=True)
    ]


def _usual(headers: NDArray[np.void], records: NDArray[np.void]) -> NDArray[np.bool_]:
    """Whether a header says what the list of files does, and without Zip64."""
    usual: NDArray[np.bool_] = (
        (headers["magic"] == LOCAL_MAGIC)
        & (headers["name"] == records["name_length"])
        & (headers["method"] == records["method"])
        & (headers["flags"] & ENCRYPTED_FLAGS == 0)
        & (headers["extra"] <= USUAL_EXTRA)
    )
    behind = headers["flags"] & SIZES_FOLLOW != 0
    for field in ("crc", "packed", "size"):
        usual &= (headers[field] == records[field]) | (behind & (headers[field] == 0))
    for field in ("packed", "size"):
        usual &= headers[field] != IN_ZIP64
    return usual


def _start(
    block: bytes, name: tuple[int, int], place: tuple[int, int], deflated: bool, length: int, room: int
) -> bytes | None:
    """`name` is where the name ends and its checksum, `place` where the contents begin and how many bytes
    they have."""
    name_end, name_crc = name
    if zlib.crc32(block[LOCAL_HEADER_SIZE:name_end]) != name_crc:
        return None
    start, packed = place
    content = block[start : start + packed]
    if len(content) < min(packed, room):
        return None
    if not deflated:
        return content[:length]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, length)
    except zlib.error:
        return None
