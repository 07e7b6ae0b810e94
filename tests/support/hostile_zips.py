"""Hostile zips: names that lead out, links, bombs, overlaps, lists that lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hostile_attacks import FIRST, LARGE, Attack, archive_with, attack, honest, mask

from rvosbench.conformance import zip_files
from rvosbench.conformance.zip_files import UTF8, Entry, archive, deflated
from rvosbench.errors import Code

MILLION = 1_000_000
DAMAGED = Code.ARCHIVE_DAMAGED


def attacks() -> Iterator[Attack]:
    yield from _names()
    yield from _kinds()
    yield from _twice()
    yield from _methods()
    yield from _bombs()
    yield from _overlaps()
    yield from _counts()
    yield from _lies()
    yield from _zip64()
    yield from _cut()


def _names() -> Iterator[Attack]:
    for name, path in (
        ("zip slip", b"../../outside.png"),
        ("zip slip on the way", b"bear/../../outside.png"),
        ("absolute path", b"/tmp/rvosbench-outside.png"),
        ("drive path", b"C:/outside.png"),
        ("drive path without a slash", b"C:outside.png"),
        ("UNC path", b"\\\\server\\share\\outside.png"),
        ("backslashes", b"..\\..\\outside.png"),
        ("dot folder", b"bear/./0/00000.png"),
        ("empty folder name", b"bear//0/00000.png"),
        ("NUL in a name", b"bear/0/00000.png\0.txt"),
        ("line break in a name", b"bear/0/0\n0.png"),
        ("escape sequence in a name", b"bear/0/\x1b[2J.png"),
        ("name that ends in a dot", b"bear./0/00000.png"),
        ("name that ends in a space", b"bear/0 /00000.png"),
        ("empty name", b""),
    ):
        yield attack(f"zip: {name}", archive([*honest(), Entry(path, b"x")]), Code.UNSAFE_PATH)
    bad = Entry(b"bear/0/\xff\xfe.png", b"x", flags=UTF8)
    yield attack("zip: UTF-8 that is none", archive([*honest(), bad]), Code.UNSAFE_PATH)
    turned = Entry("bear/0/\u202egnp.00000".encode(), b"x", flags=UTF8)
    yield attack("zip: name written from right to left", archive([*honest(), turned]), Code.UNSAFE_PATH)
    yield attack(
        "zip: name in code page 437",
        archive([*honest(), Entry(b"caf\x82/0/00000.png", b"x")]),
        None,
        why="as the standard says; the folder is none of the split and ignored with a warning",
    )
    long = Entry(b"x" * 60_000, b"x")
    yield attack("zip: name of 60,000 characters", archive([*honest(), long]), Code.UNSAFE_PATH)
    yield attack("zip: other name in a Unicode Path field", _unicode_path(), DAMAGED)


def _unicode_path() -> bytes:
    """Info-ZIP, and newer Pythons, would read the second of two masks where the list names the first."""
    first, second, *rest = honest()
    field = b"\1" + struct.pack("<L", zlib.crc32(first.name)) + second.name
    whole = archive([first, *rest])
    extra = struct.pack("<2H", 0x7075, len(field)) + field
    at = whole.index(b"PK\1\2")
    length = 46 + len(first.name)
    changed = bytearray(whole)
    changed[at + 30 : at + 32] = struct.pack("<H", len(extra))
    changed[at + length : at + length] = extra
    size_at = len(changed) - 10
    (size,) = struct.unpack_from("<L", changed, size_at)
    changed[size_at : size_at + 4] = struct.pack("<L", size + len(extra))
    return bytes(changed)


def _kinds() -> Iterator[Attack]:
    for name, mode in (
        ("symbolic link", 0o120777),
        ("pipe", 0o010644),
        ("character device", 0o020666),
        ("block device", 0o060666),
        ("socket", 0o140777),
        ("folder that is named like a file", 0o040755),
    ):
        entry = Entry(FIRST, b"/etc/passwd", external=mode << 16)
        yield attack(f"zip: {name}", archive_with(entry), Code.UNSAFE_PATH)
    folder = Entry(b"bear/0/", b"contents")
    yield attack("zip: folder with contents", archive([*honest(), folder]), DAMAGED)


def _twice() -> Iterator[Attack]:
    for name, names in (
        ("name twice", (FIRST, FIRST)),
        ("names that differ in case", (FIRST, FIRST.replace(b"png", b"PNG"))),
        ("folders that differ in case", (FIRST, FIRST.replace(b"bear", b"BEAR"))),
        ("names that differ in accents", ("\u00e9/0.png".encode(), "e\u0301/0.png".encode())),
        ("names that differ in sharp s", ("\u00df/0.png".encode(), b"ss/0.png")),
    ):
        more = [Entry(one, mask(), flags=UTF8) for one in names]
        whole = archive([*[one for one in honest() if one.name != FIRST], *more])
        yield attack(f"zip: {name}", whole, Code.DUPLICATE_PREDICTION)


def _methods() -> Iterator[Attack]:
    for name, method in (
        ("shrink", 1),
        ("deflate64", 9),
        ("bzip2", 12),
        ("LZMA", 14),
        ("Zstandard", 93),
        ("XZ", 95),
        ("PPMd", 98),
        ("AES", 99),
    ):
        entry = Entry(FIRST, mask(), method=method)
        yield attack(f"zip: {name}", archive_with(entry), Code.UNSUPPORTED_COMPRESSION)
    for name, flag in (("encrypted", 1), ("strong encryption", 0x41), ("masked headers", 0x2000)):
        yield attack(f"zip: {name}", archive_with(Entry(FIRST, mask(), flags=flag)), Code.ENCRYPTED)
    hidden = Entry(FIRST, mask(), local={"flags": 1})
    yield attack("zip: encrypted by its own header alone", archive_with(hidden), DAMAGED)


def zeros(size: int) -> bytes:
    """A deflate stream of so many zeros, 1,000 times as small; made from one block, again and again."""
    block = 1 << 20
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = stream.compress(bytes(block)) + stream.flush(zlib.Z_FULL_FLUSH)
    return start * (size // block) + deflated(bytes(size % block))


def _bombs() -> Iterator[Attack]:
    def bomb(size: int, says: int) -> bytes:
        entry = Entry(FIRST, packed=zeros(size), method=8, listed={"size": says, "crc": 0})
        return archive_with(entry)

    yield attack("zip: 10 GB of zeros", lambda: bomb(10 << 30, 0xFFFFFFF0), Code.FILE_TOO_LARGE)
    yield attack("zip: 10 GB that say they are small", lambda: bomb(10 << 30, 4000), Code.FILE_TOO_LARGE)
    yield attack("zip: 5 MB that say they are small", lambda: bomb(5 << 20, 4000), DAMAGED)
    yield attack("zip: small file that says it is 4 GB", lambda: bomb(4000, 0xFFFFFFF0), Code.FILE_TOO_LARGE)
    yield attack("zip: 4,000 bytes that say they are fewer", lambda: bomb(4000, 10), DAMAGED)
    yield attack("zip: every mask a bomb just below the limit", _many_bombs, Code.UNREADABLE_FILE, LARGE)
    nested = archive([Entry(b"predictions.zip", archive(honest()))])
    yield attack("zip: zip in a zip", nested, Code.NOT_PREDICTIONS)
    yield attack("zip: zips in zips, 16 to a level", lambda: _nested(5), Code.NOT_PREDICTIONS)
    disguised = archive_with(Entry(FIRST, archive(honest())[:4000]))
    yield attack("zip: zip called .png", disguised, Code.UNREADABLE_FILE)


def _many_bombs() -> bytes:
    """Each says what it is: as many bytes as a mask of this size may have."""
    from hostile_attacks import LARGE_SIZE

    from rvosbench.predictions.layout import largest_png

    height, width, frames = LARGE_SIZE
    size = largest_png(height, width)
    head = b"\x89PNG\r\n\x1a\n" + bytes(100)
    content = head + bytes(size - len(head))
    packed = deflated(content)
    crc = zlib.crc32(content)
    return archive(
        Entry(
            f"bear/{expression}/{frame:05d}.png".encode(),
            packed=packed,
            method=8,
            listed={"size": size, "crc": crc},
        )
        for expression in "01"
        for frame in range(frames)
    )


def _nested(levels: int) -> bytes:
    content = zeros(1 << 30)
    inside = archive([Entry(b"0.bin", packed=content, method=8, listed={"size": 1 << 30, "crc": 0})])
    for _ in range(levels):
        entry = Entry(b"", inside, method=8)
        packed = entry.stream
        inside = archive(
            Entry(f"{number}.zip".encode(), inside, method=8, packed=packed) for number in range(16)
        )
    return inside


def _overlaps() -> Iterator[Attack]:
    first, second, *rest = honest()
    yield attack(
        "zip: two names for the same bytes", archive([first, replace(second, offset=0), *rest]), DAMAGED
    )
    yield attack("zip: every name for the same bytes", _one_kernel(), DAMAGED)
    yield attack("zip: files that quote each other's headers", _quoting(), DAMAGED)
    yield attack(
        "zip: file that holds the list it stands in",
        archive([*honest()[:-1], replace(honest()[-1], listed={"packed": 2000, "size": 2000})]),
        DAMAGED,
    )
    whole = archive(honest())
    holding = archive([*honest(), Entry(b"bear/model.zip", whole)])
    yield attack(
        "zip: copy of itself inside",
        holding,
        None,
        why="an archive in an archive is never opened: it is a file that is none of the split",
    )


def _one_kernel() -> bytes:
    first, *rest = honest()
    return archive([first, *(replace(entry, offset=0, listed={}) for entry in rest)])


def _quoting() -> bytes:
    """After Fifield: each file is a stored block that quotes the header of the next file, and then that file.
    A reader that looks for equal offsets alone sees nothing."""
    kernel = deflated(bytes(60_000))
    content, packed = bytes(60_000), kernel
    body, offsets = b"", []
    names = [entry.name for entry in honest()]
    parts: list[tuple[bytes, int, int, int]] = []
    for name in reversed(names):
        header = b"PK\3\4" + struct.pack(
            "<5H3L2H", 20, 0, 8, 0, 0x21, zlib.crc32(content), len(packed), len(content), len(name), 0
        )
        header += name
        parts.append((name, zlib.crc32(content), len(packed), len(content)))
        body = header + packed
        packed = b"\0" + struct.pack("<2H", len(header), len(header) ^ 0xFFFF) + body
        content = header + content
        offsets.append(len(body))
    central = b""
    for (name, crc, size_packed, size), from_end in zip(reversed(parts), reversed(offsets), strict=True):
        at = len(body) - from_end
        central += b"PK\1\2" + struct.pack("<6H3L", 0x0314, 20, 0, 8, 0, 0x21, crc, size_packed, size)
        central += struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, at) + name
    count = len(names)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(body), 0)
    return body + central + end


def million(stated: int, *, long: bool) -> bytes:
    """A list of a million names, in whose end another number of them may stand. `long`: with a Zip64 end."""
    header = b"PK\1\2" + struct.pack("<6H3L", 0x0314, 20, 0, 0, 0, 0x21, 0, 0, 0)
    header += struct.pack("<5H2L", 12, 0, 0, 0, 0, 0, 0)
    rows = np.zeros((MILLION, len(header) + 12), np.uint8)
    rows[:, : len(header)] = np.frombuffer(header, np.uint8)
    rows[:, len(header) : len(header) + 8] = np.frombuffer(b"bear/0/x", np.uint8)
    number = np.arange(MILLION)
    for place in range(4):
        rows[:, len(header) + 8 + place] = 48 + (number // 32**place) % 32
    body = b"PK\3\4" + bytes(26)
    central = rows.tobytes()
    return body + central + _end(stated, len(central), len(body), long=long)


def _end(count: int, size: int, offset: int, *, long: bool) -> bytes:
    if not long:
        return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, size, offset, 0)
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
    none = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return end + locator + none


def _counts() -> Iterator[Attack]:
    many = Code.TOO_MANY_FILES
    yield attack("zip: a million entries", lambda: million(MILLION, long=True), many)
    yield attack("zip: a million entries that say they are 9", lambda: million(9, long=True), DAMAGED)
    yield attack("zip: a million entries, counted in 16 bits", lambda: million(MILLION, long=False), DAMAGED)
    yield attack(
        "zip: nine entries that say they are a million", lambda: archive(honest(), count=60_000), many
    )
    yield attack("zip: end that says 2^63 entries", _with_end64(1 << 63, None, None), many)
    yield attack("zip: one entry more than its end says", archive(honest(), count=7), DAMAGED)
    yield attack("zip: list that is longer than its end says", _with_end64(None, 10, None), DAMAGED)


def _with_end64(count: int | None, size: int | None, offset: int | None) -> bytes:
    """An honest archive whose Zip64 end says these."""
    whole = archive(honest())
    entries, *_ = struct.unpack("<H", whole[-12:-10])
    true_size, true_offset = struct.unpack("<2L", whole[-10:-2])
    stated = (
        entries if count is None else count,
        true_size if size is None else size,
        true_offset if offset is None else offset,
    )
    at = true_offset + true_size
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, stated[0], *stated)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    none = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return whole[:at] + end + locator + none


def _lies() -> Iterator[Attack]:
    first, second, *rest = honest()
    descriptor = struct.pack("<4s3L", b"PK\7\x08", 1, 2, 3)
    for name, entry in (
        ("other name in its own header", replace(first, local={"name": second.name})),
        ("longer name in its own header", replace(first, local={"name": first.name + b"/../x"})),
        ("other method in its own header", replace(first, local={"method": 8})),
        ("other sizes in its own header", replace(first, local={"size": 3, "packed": 3})),
        ("other checksum in its own header", replace(first, local={"crc": 3})),
        ("wrong checksum", replace(first, listed={"crc": 1})),
        ("stored in two sizes", replace(first, listed={"size": 1})),
        ("rubbish behind the contents", replace(first, method=8, packed=first_packed() + b"?")),
        ("contents that end too early", replace(first, method=8, packed=first_packed()[:-3])),
        ("contents that are no stream", replace(first, method=8, packed=b"\xff" * 90)),
        (
            "other sizes behind a file than in the list",
            replace(
                first,
                flags=8,
                local={"crc": 0, "packed": 0, "size": 0},
                packed=first.content + descriptor,
                listed={"packed": len(first.content)},
            ),
        ),
    ):
        yield attack(f"zip: {name}", archive([entry, second, *rest]), DAMAGED)
    disk = bytearray(archive(honest()))
    disk[disk.index(b"PK\1\2") + 34] = 3
    yield attack("zip: file on another disk", bytes(disk), DAMAGED)


def first_packed() -> bytes:
    return deflated(mask())


def _zip64() -> Iterator[Attack]:
    whole = archive(honest())
    yield attack("zip: large file without its Zip64 field", _stating(whole, 24, b""), DAMAGED)
    for name, value in (("2^63 bytes", 1 << 63), ("2^62 - 1 bytes", (1 << 62) - 1)):
        field = struct.pack("<2HQ", 1, 8, value)
        yield attack(f"zip: Zip64 field that says {name}", _stating(whole, 20, field), DAMAGED)
    away = struct.pack("<2HQ", 1, 8, (1 << 62) - 9)
    yield attack("zip: Zip64 offset behind the end", _stating(whole, 42, away), DAMAGED)
    short = struct.pack("<2HL", 1, 4, 9)
    yield attack("zip: Zip64 field that is too short", _stating(whole, 24, short), DAMAGED)
    yield attack("zip: Zip64 end that lies elsewhere", _with_end64(None, None, 7), DAMAGED)
    both = bytearray(_with_end64(None, None, None))
    both[-12:-10] = both[-14:-12] = struct.pack("<H", 5)
    yield attack("zip: two ends that contradict each other", bytes(both), DAMAGED)
    header = bytearray(whole)
    header[18:22] = b"\xff" * 4
    yield attack("zip: own header that says Zip64 without a field", bytes(header), DAMAGED)


def _stating(whole: bytes, place: int, extra: bytes) -> bytes:
    """The archive with 0xffffffff at a place of the first header of the list, and an extra field there."""
    at = whole.index(b"PK\1\2")
    changed = bytearray(whole)
    changed[at + place : at + place + 4] = b"\xff" * 4
    changed[at + 30 : at + 32] = struct.pack("<H", len(extra))
    end = at + 46 + len(honest()[0].name)
    changed[end:end] = extra
    (size,) = struct.unpack_from("<L", changed, len(changed) - 10)
    changed[-10:-6] = struct.pack("<L", size + len(extra))
    return bytes(changed)


def _cut() -> Iterator[Attack]:
    whole = archive(honest())
    for tenth in range(1, 10):
        yield attack(f"zip: cut off at {10 * tenth} %", whole[: len(whole) * tenth // 10], DAMAGED)
    yield attack("zip: last byte missing", whole[:-1], DAMAGED)
    yield attack("zip: two archives, one after the other", whole + whole, DAMAGED)
    yield attack("zip: program before the archive", b"#!/bin/sh\nexit 0\n" + whole, DAMAGED)
    yield attack("zip: bytes behind the archive", whole + bytes(100), DAMAGED)
    empty = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)
    yield attack("zip: second list in its comment", archive(honest(), comment=empty), DAMAGED)
    yield attack("zip: nothing in it", empty, Code.NOT_PREDICTIONS)
    yield attack("zip: empty file", b"", Code.NOT_PREDICTIONS)
    yield attack(
        "zip: long comment", archive(honest(), comment=b"x" * 65_000), None, why="a comment changes nothing"
    )
    piped = zip_files.piped({entry.name.decode(): entry.content for entry in honest()})
    yield attack("zip: sizes behind the files", piped, None, why="what programs write that cannot go back")
