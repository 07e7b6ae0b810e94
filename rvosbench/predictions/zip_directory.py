"""The list of files at the end of a zip, read by hand and doubted.

Python's `zipfile` takes this list at its word: files may lie on top of each other, the size of a bomb may be
a lie, and it makes an object for every file. Here the list must be free of contradictions before anything is
read, and stays an array.
"""

from __future__ import annotations

import os
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from rvosbench.errors import Code, ProblemLog
from rvosbench.predictions.files import too_many_files
from rvosbench.predictions.zip_names import check_names, decoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

END, END_MAGIC = struct.Struct("<4s4H2LH"), b"PK\5\6"
LOCATOR, LOCATOR_MAGIC = struct.Struct("<4sLQL"), b"PK\6\7"
END64, END64_MAGIC = struct.Struct("<4sQ2H2L4Q"), b"PK\6\6"
_END64_BODY = END64.size - 12  # as the record counts its own size
_LONGEST_COMMENT = 0xFFFF
_BYTES_PER_ENTRY = 320  # on average; a longer list is an attack on the memory
_LENGTHS = struct.Struct("<3H")  # of name, extra field and comment
SAID_TWICE = (
    ("needs", "<u2"),
    ("flags", "<u2"),
    ("method", "<u2"),
    ("time", "<u4"),
    ("crc", "<u4"),
    ("packed", "<u4"),
    ("size", "<u4"),
    ("name", "<u2"),
    ("extra", "<u2"),
)
"""What the list says of a file, and the header before its contents again, in the same order."""
_HEADER = np.dtype(
    [
        ("magic", "<u4"),
        ("made_by", "<u2"),
        *SAID_TWICE,
        ("comment", "<u2"),
        ("disk", "<u2"),
        ("internal", "<u2"),
        ("external", "<u4"),
        ("offset", "<u4"),
    ]
)
_HEADER_MAGIC = 0x02014B50
_IN_ZIP64, _DISK_IN_ZIP64 = 0xFFFFFFFF, 0xFFFF
LOCAL_HEADER_SIZE = 30
_EXTRA_FIELD = struct.Struct("<2H")  # kind and length
_ZIP64, _UNICODE_NAME = 1, 0x7075

ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000
_UTF8_FLAG = 0x0800
STORED, DEFLATED = 0, 8
_LINK, _FOLDER, _FILE = 0o120000, 0o040000, 0o100000

RECORD = np.dtype(
    [
        ("offset", "<i8"),  # of the local header
        ("packed", "<i8"),
        ("size", "<i8"),
        ("crc", "<u4"),
        ("name_crc", "<u4"),  # of the name as the zip spells it: the local header must spell it so too
        ("name_length", "<u2"),
        ("method", "u1"),
    ]
)
"""What must be known of a file to read it."""


@dataclass(frozen=True, slots=True, eq=False)
class ZipDirectory:
    """The files of a zip, folders left out."""

    names: list[str]
    records: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class _End:
    entries: int
    size: int
    offset: int


class _Damaged(Exception):
    """The list contradicts itself; the argument says how."""


def read_directory(path: Path, cap: int, log: ProblemLog) -> ZipDirectory | None:
    """The files of the zip; None, with all the reasons in the log, if it cannot be trusted."""
    try:
        with path.open("rb") as file:
            end = _find_end(file)
            if end.entries > cap:
                too_many_files(path, cap, f"{end.entries:,}", log)
                return None
            file.seek(end.offset)
            content = file.read(end.size)
        headers, starts = _headers(content, end)
        places = _places(content, headers, starts)
        _check_places(headers, places, end.offset)
    except _Damaged as damage:
        archive_damaged(path, str(damage), log)
        return None
    except OSError as error:
        archive_damaged(path, str(error.strerror), log)
        return None
    return _files(path, content, headers, starts, places, log)


def archive_damaged(path: object, found: str, log: ProblemLog) -> None:
    log.add(
        Code.ARCHIVE_DAMAGED,
        path,
        expected="a whole zip whose parts agree with each other",
        found=found,
        fix="make the archive again, or copy it again if it was whole before",
    )


def _find_end(file: BinaryIO) -> _End:
    """The record at the end, which must be the only one that could be meant."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - END.size - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    candidates = [
        at
        for at in _occurrences(tail, END_MAGIC)
        if at + END.size <= len(tail) and at + END.size + END.unpack_from(tail, at)[-1] == len(tail)
    ]
    if not candidates:
        raise _Damaged("no list of files at its end: it is cut off, or not a zip")
    if len(candidates) > 1:
        raise _Damaged("two lists of files at its end")
    _, disk, first_disk, here, entries, length, offset, _ = END.unpack_from(tail, candidates[0])
    at = start + candidates[0]
    stated: tuple[int, ...] = (disk, first_disk, here, entries, length, offset)
    if at >= LOCATOR.size:
        file.seek(at - LOCATOR.size)
        locator = file.read(LOCATOR.size)
        if locator.startswith(LOCATOR_MAGIC):
            at, stated = _find_end64(file, locator, at - LOCATOR.size, stated)
    disk, first_disk, here, entries, length, offset = stated
    if disk or first_disk or here != entries:
        raise _Damaged("one part of an archive in several parts")
    if offset + length != at:
        raise _Damaged("a list of files that does not lie where its end says")
    if length > entries * _BYTES_PER_ENTRY + _LONGEST_COMMENT:
        raise _Damaged(f"{length:,} bytes for the names of {entries:,} files")
    return _End(entries, length, offset)


def _occurrences(text: bytes, part: bytes) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _find_end64(
    file: BinaryIO, locator: bytes, locator_at: int, short: tuple[int, ...]
) -> tuple[int, tuple[int, ...]]:
    """Where the long form of the end record lies, and what it states. What the short form states too must
    be the same."""
    _, disk, at, disks = LOCATOR.unpack(locator)
    if disk or disks > 1:
        raise _Damaged("one part of an archive in several parts")
    if at + END64.size > locator_at:
        raise _Damaged("a Zip64 end record that lies where there is no room for it")
    file.seek(at)
    magic, length, _, _, *stated = END64.unpack(file.read(END64.size))
    if magic != END64_MAGIC or length < _END64_BODY or at + 12 + length != locator_at:
        raise _Damaged("a Zip64 end record that does not lie where its locator says")
    unset = (0xFFFF,) * 4 + (0xFFFFFFFF,) * 2
    if any(said not in (none, long) for said, none, long in zip(short, unset, stated, strict=True)):
        raise _Damaged("two end records that contradict each other")
    return at, tuple(stated)


def _headers(content: bytes, end: _End) -> tuple[NDArray[np.void], array[int]]:
    """The fixed part of every header, and where in the list it begins."""
    starts = array("q")
    at = 0
    last = len(content) - _HEADER.itemsize
    for entry in range(end.entries):
        if at > last:
            raise _Damaged(f"a list of {entry:,} files that should have {end.entries:,}")
        starts.append(at)
        name, extra, comment = _LENGTHS.unpack_from(content, at + 28)
        at += _HEADER.itemsize + name + extra + comment
    if at != end.size or len(content) != end.size:
        raise _Damaged(f"a list of files that is longer or shorter than its end says ({end.entries:,} files)")
    if not starts:
        return np.empty(0, _HEADER), starts
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(content, np.uint8), _HEADER.itemsize)
    headers: NDArray[np.void] = windows[np.array(starts)].view(_HEADER).reshape(-1)
    if (headers["magic"] != _HEADER_MAGIC).any():
        raise _Damaged("a list of files with something else in it")
    return headers, starts


def _places(content: bytes, headers: NDArray[np.void], starts: array[int]) -> NDArray[np.void]:
    """Where each file lies, and its sizes; from the Zip64 field where the header has no room for them."""
    records = np.zeros(headers.size, RECORD)
    for field in ("offset", "packed", "size", "crc", "method"):
        records[field] = headers[field]
    records["name_length"] = headers["name"]
    long = np.zeros(headers.size, np.bool_)
    for field in ("offset", "packed", "size"):
        long |= headers[field] == _IN_ZIP64
    for entry in np.flatnonzero(long).tolist():
        first = starts[entry] + _HEADER.itemsize + int(headers["name"][entry])
        extra = content[first : first + int(headers["extra"][entry])]
        values = zip64_values(extra)
        for field in ("size", "packed", "offset"):
            if headers[field][entry] == _IN_ZIP64:
                value = next(values, None)
                if value is None:
                    raise _Damaged("a large file without its Zip64 field")
                if value >= 1 << 62:
                    raise _Damaged("a file larger than any disk")
                records[field][entry] = value
    return records


def zip64_values(extra: bytes) -> Iterator[int]:
    for field in extra_fields(extra, _ZIP64):
        for place in range(0, len(field) - 7, 8):
            yield int.from_bytes(field[place : place + 8], "little")
        return


def extra_fields(extra: bytes, wanted: int) -> Iterator[bytes]:
    """The contents of the extra fields of one kind."""
    at = 0
    while at + _EXTRA_FIELD.size <= len(extra):
        kind, length = _EXTRA_FIELD.unpack_from(extra, at)
        at += _EXTRA_FIELD.size
        if kind == wanted:
            yield extra[at : at + length]
        at += length


def _check_places(headers: NDArray[np.void], records: NDArray[np.void], end: int) -> None:
    """No two files share a byte, and none reaches into the list."""
    if not records.size:
        return
    if records["offset"].max() > end or records["packed"].max() > end:
        raise _Damaged("a file that lies outside the archive")
    if ((headers["disk"] != 0) & (headers["disk"] != _DISK_IN_ZIP64)).any():
        raise _Damaged("one part of an archive in several parts")
    order = np.argsort(records["offset"], kind="stable")
    first = records["offset"][order]
    stop = first + LOCAL_HEADER_SIZE + records["name_length"][order] + records["packed"][order]
    if (stop[:-1] > first[1:]).any() or stop[-1] > end:
        raise _Damaged("files that lie on top of each other")


def _files(
    path: Path,
    content: bytes,
    headers: NDArray[np.void],
    starts: array[int],
    records: NDArray[np.void],
    log: ProblemLog,
) -> ZipDirectory:
    """Every name is checked, and so is what kind of thing it names; folders are then left out."""
    names, crcs = [], array("I")
    utf8 = (headers["flags"] & _UTF8_FLAG) != 0
    for first, length, flag in zip(starts, headers["name"].tolist(), utf8.tolist(), strict=True):
        spelled = content[first + _HEADER.itemsize : first + _HEADER.itemsize + length]
        crcs.append(zlib.crc32(spelled))
        names.append(decoded(spelled, flag))
    records["name_crc"] = crcs
    check_names(path, names, log)
    _check_other_names(path, names, content, headers, starts, log)
    _check_kinds(path, names, headers, log)
    is_file = np.fromiter((not name.endswith("/") for name in names), np.bool_, len(names))
    _check_contents(path, names, headers, records, is_file, log)
    if not is_file.all():
        names = [name for name, keep in zip(names, is_file.tolist(), strict=True) if keep]
        records = records[is_file]
    return ZipDirectory(names, records)


def _check_other_names(
    path: Path,
    names: list[str],
    content: bytes,
    headers: NDArray[np.void],
    starts: array[int],
    log: ProblemLog,
) -> None:
    """A file may have a second name, for readers of UTF-8. Of two that are ASCII, some read the one."""
    if _UNICODE_NAME.to_bytes(2, "little") not in content:
        return
    for entry in np.flatnonzero(headers["extra"] >= _EXTRA_FIELD.size).tolist():
        first = starts[entry] + _HEADER.itemsize + int(headers["name"][entry])
        extra = content[first : first + int(headers["extra"][entry])]
        for field in extra_fields(extra, _UNICODE_NAME):
            if names[entry].isascii() and field[5:] != names[entry].encode():
                archive_damaged(f"{path.name}: {names[entry]:.200}", "a second name that is another", log)


def _check_kinds(path: Path, names: list[str], headers: NDArray[np.void], log: ProblemLog) -> None:
    kinds = (headers["external"] >> 16) & 0o170000
    for entry in np.flatnonzero((kinds != 0) & (kinds != _FILE)).tolist():
        kind, name = int(kinds[entry]), names[entry]
        if kind == _FOLDER and name.endswith("/"):
            continue
        found = {_LINK: "a link", _FOLDER: "a folder that is named like a file"}.get(kind, "a device")
        log.add(
            Code.UNSAFE_PATH,
            f"{path.name}: {name}",
            expected="an archive of files and folders alone",
            found=found,
            fix="make the archive again, with files in place of links (`zip -r` follows them)",
        )


def _check_contents(
    path: Path,
    names: list[str],
    headers: NDArray[np.void],
    records: NDArray[np.void],
    is_file: NDArray[np.bool_],
    log: ProblemLog,
) -> None:
    for entry in np.flatnonzero((headers["flags"] & ENCRYPTED_FLAGS) != 0).tolist():
        log.add(
            Code.ENCRYPTED,
            f"{path.name}: {names[entry]}",
            expected="an archive without a password",
            found="it is encrypted",
            fix="make the archive again without a password",
        )
    method = headers["method"]
    for entry in np.flatnonzero(is_file & (method != STORED) & (method != DEFLATED)).tolist():
        log.add(
            Code.UNSUPPORTED_COMPRESSION,
            f"{path.name}: {names[entry]}",
            expected="files that are stored or deflated",
            found=f"compression method {method[entry]}",
            fix="make the archive again with `zip -0 -r`; PNG files are compressed already",
        )
    false_size = np.where(
        is_file, (method == STORED) & (records["size"] != records["packed"]), records["size"] != 0
    )
    for entry in np.flatnonzero(false_size).tolist():
        what = "stored file" if is_file[entry] else "folder"
        archive_damaged(f"{path.name}: {names[entry]}", f"a {what} whose sizes make no sense", log)
