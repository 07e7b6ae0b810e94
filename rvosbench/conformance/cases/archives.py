"""Zips that are hostile, or damaged, or that two readers would read in two ways.

A masked file in a zip is always the right one here: whoever scores such an archive at all scores it well, and
has read something that another reader would have read otherwise.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rvosbench.conformance import zip_files
from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.making import entries, files, gray, mask_case, refused, zip_of, zipped
from rvosbench.conformance.material import Material
from rvosbench.conformance.zip_files import Entry, archive
from rvosbench.errors import Code

_NAMES = "Nothing in an archive may point outside it; no tool writes such a name by accident."
_KINDS = "An archive of predictions holds files and folders, neither links nor devices."
_ONE = "A name stands once: readers disagree about which of two files counts."
_TRUE = "An archive that contradicts itself is refused: damage and forgery look the same."
_METHODS = "Files are stored or deflated, and not encrypted: that is what every reader can read."
_FOUND_TOO = {
    "symlink": Code.UNREADABLE_FILE,
    "fifo": Code.UNREADABLE_FILE,
    "device": Code.UNREADABLE_FILE,
    "encrypted": Code.ARCHIVE_DAMAGED,
}
_BOMB = 60_000_000  # bytes of zeros: enough to be seen, too few to hurt


def cases(m: Material) -> Iterator[Case]:
    content = files(m.mevis, m.mevis.perfect())
    good = entries(content)
    for name, title, made, codes, rule in (
        *_names(good),
        *_kinds(good),
        *_twice(good),
        *_methods(good),
        *_lies(good, content),
        *_size(good, m),
    ):
        answer = refused(*codes, rule=rule)
        # Who only validates reads on, and finds that what cannot be read is no mask either.
        more = _FOUND_TOO.get(name)
        before = None if more is None else refused(*codes, more, rule=rule)
        yield mask_case(f"archives/{name}", title, m.mevis, zip_of(made), answer, validate=before)


Made = Iterator[tuple[str, str, bytes, tuple[Code, ...], str]]


def _names(good: list[Entry]) -> Made:
    for name, title, path in (
        ("zip-slip", "A name that leads out, ../../", b"../../outside.png"),
        ("slip-in-the-middle", "A name that leads out on its way", b"a/../../outside.png"),
        ("absolute", "A name from the root", b"/srv/outside.png"),
        ("drive", "A name on a drive", b"C:/outside.png"),
        ("backslash", "A name with backslashes", b"..\\..\\outside.png"),
        ("nul", "A name with a zero byte", b"outside.png\0.txt"),
    ):
        yield name, title, archive([*good, Entry(path, b"x")]), (Code.UNSAFE_PATH,), _NAMES
    bad = Entry(b"\xff\xfe.png", b"x", flags=zip_files.UTF8)
    yield (
        "not-utf-8",
        "A name that says it is UTF-8 and is not",
        archive([*good, bad]),
        (Code.UNSAFE_PATH,),
        _NAMES,
    )


def _kinds(good: list[Entry]) -> Made:
    for name, title, mode, target in (
        ("symlink", "A mask that is a link to /etc/passwd", 0o120777, b"/etc/passwd"),
        ("fifo", "A mask that is a pipe", 0o010644, b""),
        ("device", "A mask that is a device", 0o020666, b""),
    ):
        changed = [replace(good[0], content=target, external=mode << 16), *good[1:]]
        yield name, title, archive(changed), (Code.UNSAFE_PATH,), _KINDS


def _twice(good: list[Entry]) -> Made:
    again = replace(good[0], content=good[-1].content)
    yield "name-twice", "Two files of one name", archive([*good, again]), (Code.DUPLICATE_PREDICTION,), _ONE
    loud = replace(again, name=again.name.replace(b".png", b".PNG"))
    yield (
        "name-twice-in-capitals",
        "Two names that differ in case",
        archive([*good, loud]),
        (Code.DUPLICATE_PREDICTION,),
        _ONE,
    )
    accents = [
        Entry(name.encode(), b"x", flags=zip_files.UTF8)
        for name in ("caf\u00e9/0/1.png", "cafe\u0301/0/1.png")
    ]
    yield (
        "name-twice-in-unicode",
        "One name in two forms of Unicode",
        archive([*good, *accents]),
        (Code.DUPLICATE_PREDICTION,),
        _ONE,
    )


def _methods(good: list[Entry]) -> Made:
    locked = replace(good[0], flags=zip_files.ENCRYPTED)
    yield "encrypted", "A file that is encrypted", archive([locked, *good[1:]]), (Code.ENCRYPTED,), _METHODS
    for name, method in (
        ("deflate64", zip_files.DEFLATE64),
        ("bzip2", zip_files.BZIP2),
        ("lzma", zip_files.LZMA),
        ("zstd", zip_files.ZSTD),
    ):
        made = archive([replace(good[0], method=method), *good[1:]])
        yield name, f"A file compressed by {name}", made, (Code.UNSUPPORTED_COMPRESSION,), _METHODS


def _lies(good: list[Entry], content: dict[str, bytes]) -> Made:
    whole = zipped(content)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)
    flipped = bytearray(whole)
    flipped[whole.index(b"IDAT") + 6] ^= 1
    for name, title, made in (
        ("truncated", "An archive that was cut off", whole[: len(whole) * 2 // 3]),
        ("a-byte-changed", "One byte of one mask changed on its way", bytes(flipped)),
        ("prepended", "Something before the archive", b"#!/bin/sh\nexit 0\n" + whole),
        ("concatenated", "Two archives one after the other", whole + whole),
        ("two-ends", "Two lists of files, the later one empty", archive(good, comment=end)),
        ("count-too-large", "A list that says it is longer", archive(good, count=len(good) + 1)),
        ("overlapping", "Two names for the same bytes", archive([*good[:-1], replace(good[-1], offset=0)])),
        (
            "another-name-inside",
            "A file whose own header has another name",
            archive([replace(good[0], local={"name": good[1].name}), *good[1:]]),
        ),
        (
            "wrong-checksum",
            "A file whose checksum is another",
            archive([replace(good[0], listed={"crc": 1}), *good[1:]]),
        ),
        (
            "size-too-small",
            "A file that is larger than the list says",
            archive([_lying(good[0], 40), *good[1:]]),
        ),
        (
            "outside",
            "A file that lies behind the end",
            archive([*good[:-1], replace(good[-1], offset=10_000_000)]),
        ),
    ):
        yield name, title, made, (Code.ARCHIVE_DAMAGED,), _TRUE


def _lying(entry: Entry, size: int) -> Entry:
    return replace(entry, method=zip_files.DEFLATED, listed={"size": size})


def _size(good: list[Entry], m: Material) -> Made:
    zeros = bytes(_BOMB)
    bomb = replace(good[0], content=zeros, packed=zip_files.deflated(zeros), method=zip_files.DEFLATED)
    rule = "A file is no larger than a mask of its video can be; what is larger is not even inflated."
    yield "bomb", "A file of 60 MB in 60 kB", archive([bomb, *good[1:]]), (Code.FILE_TOO_LARGE,), rule
    most = 3 * 200 + 100
    many = [Entry(f"x/{number}/0.png".encode()) for number in range(10 * most)]
    rule = "More than three times as many files as are asked for, and a hundred, are refused unread."
    yield (
        "too-many-files",
        "Thousands of files more than are asked for",
        archive([*good, *many]),
        (Code.TOO_MANY_FILES,),
        rule,
    )
    nested = archive([Entry(b"predictions.zip", archive(good))])
    yield (
        "nested",
        "A zip in a zip",
        nested,
        (Code.NOT_PREDICTIONS, Code.NESTED_ARCHIVE),
        "An archive in an archive is not opened.",
    )
    clip = m.mevis.clips[0]
    rule = "A file that is no PNG is no mask, whatever its name says."
    small = replace(good[0], content=zipped({"a.png": gray(np.zeros(clip.size, np.uint8))}))
    yield (
        "zip-called-png",
        "A zip that is called .png",
        archive([small, *good[1:]]),
        (Code.UNREADABLE_FILE,),
        rule,
    )
