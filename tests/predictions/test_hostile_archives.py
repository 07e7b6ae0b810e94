"""Zips that are damaged or that lie: refused with a code, and never read as something else."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rvosbench.errors import Code, PredictionsRefused, Problem
from rvosbench.predictions.base import Picture
from rvosbench.predictions.recognise import recognise
from rvosbench.splits.split import Split

FRAMES = ("00000", "00005", "00010")
WANTED = "bear/0/00000.png"
UTF8 = 0x0800


@dataclass
class Entry:
    """A file; `listed` is what the list and its header state falsely, `local` what its header alone does."""

    name: bytes = WANTED.encode()
    content: bytes = b"a PNG, supposedly"
    flags: int = 0
    method: int = 0
    external: int = 0
    packed: bytes | None = None
    offset: int | None = None
    listed: dict[str, int] = field(default_factory=dict)
    local: dict[str, int | bytes] = field(default_factory=dict)

    def fields(self) -> dict[str, int | bytes]:
        packed = self.content if self.packed is None else self.packed
        return {
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.content),
            "packed": len(packed),
            "size": len(self.content),
            "name": self.name,
            **self.listed,
        }


def forged(
    *entries: Entry, count: int | None = None, comment: bytes = b"", before_list: bytes = b""
) -> bytes:
    """An archive by the book, but for what the entries say of themselves."""
    body, central = b"", b""
    for entry in entries:
        offset = len(body) if entry.offset is None else entry.offset
        values = entry.fields()
        central += b"PK\1\2" + struct.pack("<2H", 0x0314, 20) + _common(values)
        central += struct.pack("<3H2L", 0, 0, 0, entry.external, offset) + entry.name
        values |= entry.local
        if entry.offset is None:
            packed = entry.content if entry.packed is None else entry.packed
            name = values["name"]
            body += b"PK\3\4" + struct.pack("<H", 20) + _common(values) + bytes(name) + packed
    body += before_list
    number = len(entries) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, len(central), len(body), len(comment))
    return body + central + end + comment


def _common(values: dict[str, int | bytes]) -> bytes:
    name = values["name"]
    numbers = [values[key] for key in ("crc", "packed", "size")]
    return struct.pack("<2HL3L2H", values["flags"], values["method"], 0, *numbers, len(bytes(name)), 0)


def deflated(content: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()


@pytest.fixture
def refusal(split: Split, tmp_path: Path) -> Callable[[bytes], tuple[Problem, ...]]:
    """What is said of an archive, be it at once or when its files are read."""

    def read(content: bytes) -> tuple[Problem, ...]:
        path = tmp_path / "model.zip"
        path.write_bytes(content)
        with pytest.raises(PredictionsRefused) as refused:
            recognise(path, split).of_video("bear").pictures("0", FRAMES)
        return refused.value.problems

    return read


Refusal = Callable[[bytes], tuple[Problem, ...]]


def test_an_archive_by_the_book_is_read(split: Split, tmp_path: Path) -> None:
    """So that what is refused below is refused for its lie and not for the way it is made."""
    path = tmp_path / "model.zip"
    squeezed = Entry(b"bear/0/00005.png", b"x" * 99, method=8, packed=deflated(b"x" * 99))
    path.write_bytes(forged(Entry(), squeezed, comment=b"made by hand", before_list=b"signature"))
    pictures = recognise(path, split).of_video("bear").pictures("0", FRAMES)
    assert [len(getattr(picture, "content", b"")) for picture in pictures] == [17, 99, 0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"../bear/0/00000.png", "a way out"),
        (b"bear/../../x.png", "a way out"),
        (b"/bear/0/00000.png", "from the root"),
        (b"C:bear/0/00000.png", "a drive"),
        (b"bear\\0\\00000.png", "a backslash"),
        (b"bear/./0/00000.png", "an empty part"),
        (b"bear//0/00000.png", "an empty part"),
        (b"bear/0/00000.png\0.txt", "a control character"),
        (b"bear/0\n/00000.png", "a control character"),
        (b"bear./0/00000.png", "ends in a dot"),
        (b"bear/0 /00000.png", "ends in a dot or a space"),
        (b"", "an empty part"),
        (b"b\xffar/0/00000.png", "not UTF-8"),
    ],
)
def test_names_that_no_prediction_has_are_refused(refusal: Refusal, name: bytes, reason: str) -> None:
    (problem,) = refusal(forged(Entry(), Entry(name, flags=UTF8)))
    assert problem.code == Code.UNSAFE_PATH
    assert reason in problem.found


@pytest.mark.parametrize(
    ("mode", "found"),
    [(0o120777, "a link"), (0o010644, "a device"), (0o020666, "a device"), (0o040755, "a folder")],
)
def test_links_and_devices_are_refused(refusal: Refusal, mode: int, found: str) -> None:
    (problem,) = refusal(forged(Entry(external=mode << 16)))
    assert problem.code == Code.UNSAFE_PATH
    assert problem.found.startswith(found)


@pytest.mark.parametrize("flag", [0x0001, 0x0040, 0x2000])
def test_encrypted_files_are_refused(refusal: Refusal, flag: int) -> None:
    (problem,) = refusal(forged(Entry(flags=flag)))
    assert problem.code == Code.ENCRYPTED


@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 256])
def test_other_compressions_are_refused(refusal: Refusal, method: int) -> None:
    (problem,) = refusal(forged(Entry(method=method)))
    assert (problem.code, problem.found) == (Code.UNSUPPORTED_COMPRESSION, f"compression method {method}")


def test_everything_that_is_wrong_is_said_at_once(refusal: Refusal) -> None:
    problems = refusal(
        forged(
            Entry(b"bear/0/00000.png", flags=1),
            Entry(b"bear/0/00005.png", flags=1),
            Entry(b"bear/0/00010.png", method=12),
            Entry(b"../x"),
        )
    )
    assert {(problem.code, problem.count) for problem in problems} == {
        (Code.UNSAFE_PATH, 1),
        (Code.ENCRYPTED, 2),
        (Code.UNSUPPORTED_COMPRESSION, 1),
    }


@pytest.mark.parametrize(
    "names",
    [
        (b"bear/0/00000.png", b"bear/0/00000.png"),
        (b"bear/0/00000.png", b"bear/0/00000.PNG"),
        (b"bear/0/00000.png", b"BEAR/0/00005.png"),
        ("bear/0/\u00e9.png".encode(), "bear/0/e\u0301.png".encode()),
    ],
)
def test_names_that_some_disk_takes_for_one_are_refused(refusal: Refusal, names: tuple[bytes, ...]) -> None:
    (problem,) = refusal(forged(*(Entry(name, flags=UTF8) for name in names)))
    assert (problem.code, problem.count) == (Code.DUPLICATE_PREDICTION, 1)


TEXT, LARGE = b"a PNG, supposedly", b"\0" * 1_000_000
SQUEEZED = deflated(TEXT)
FALSE_END = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)
LIES: dict[str, tuple[bytes, str]] = {
    "two names for the same bytes": (
        forged(Entry(), Entry(b"bear/0/00005.png", offset=0)),
        "on top of each other",
    ),
    "a file within a file": (
        forged(Entry(content=b"x" * 90), Entry(b"bear/0/00005.png", offset=40)),
        "on top of each other",
    ),
    "a file that reaches into the list": (
        forged(Entry(listed={"packed": 30, "size": 30})),
        "on top of each other",
    ),
    "a file behind the end": (forged(Entry(), Entry(b"x", offset=9999)), "outside the archive"),
    "a file larger than the archive": (forged(Entry(listed={"packed": 9999})), "outside the archive"),
    "no Zip64 field": (forged(Entry(listed={"packed": 0xFFFFFFFF})), "without its Zip64 field"),
    "another name in the header": (forged(Entry(local={"name": b"bear/0/00009.png"})), "another name"),
    "another method in the header": (forged(Entry(local={"method": 8})), "another compression"),
    "encrypted by its header": (forged(Entry(local={"flags": 1})), "another compression"),
    "another size in the header": (forged(Entry(local={"size": 3})), "other sizes"),
    "another checksum in the header": (forged(Entry(local={"crc": 3})), "other sizes or another checksum"),
    "a wrong checksum": (forged(Entry(listed={"crc": 1})), "checksum does not match"),
    "stored in other sizes": (forged(Entry(listed={"size": 1})), "sizes make no sense"),
    "a folder with contents": (forged(Entry(b"bear/")), "sizes make no sense"),
    "more than promised": (
        forged(Entry(content=LARGE, method=8, packed=deflated(LARGE), listed={"size": 10})),
        "more contents",
    ),
    "less than promised": (
        forged(Entry(method=8, packed=SQUEEZED, listed={"size": 30})),
        "17 bytes where the list of files says 30",
    ),
    "rubbish behind the contents": (forged(Entry(method=8, packed=SQUEEZED + b"?")), "more contents"),
    "contents cut off": (forged(Entry(method=8, packed=SQUEEZED[:-3])), "too early"),
    "contents that are no stream": (forged(Entry(method=8, packed=b"\xff" * 9)), "cannot be decompressed"),
    "two ends": (forged(Entry(), comment=FALSE_END), "two lists"),
    "something before it": (b"#!/bin/sh\n" + forged(Entry()), "does not lie where its end says"),
    "fewer files than stated": (forged(Entry(), count=2), "should have 2"),
    "more files than stated": (forged(Entry(), Entry(b"x"), count=1), "longer or shorter"),
    "no list at all": (b"PK\3\4" + bytes(99), "no list of files"),
}


@pytest.mark.parametrize("lie", LIES)
def test_archives_that_contradict_themselves_are_refused(refusal: Refusal, lie: str) -> None:
    archive, reason = LIES[lie]
    (problem,) = refusal(archive)
    assert problem.code == Code.ARCHIVE_DAMAGED
    assert reason in problem.found


def test_a_bomb_is_refused_before_it_is_inflated(refusal: Refusal) -> None:
    bomb = b"\0" * 50_000_000
    (problem,) = refusal(forged(Entry(content=bomb, method=8, packed=deflated(bomb))))
    assert (problem.code, problem.found) == (Code.FILE_TOO_LARGE, "50,000,000 bytes")


def test_far_more_files_than_the_split_asks_for_are_refused_unread(refusal: Refusal) -> None:
    (problem,) = refusal(forged(Entry(), count=60_000))
    assert (problem.code, problem.found) == (Code.TOO_MANY_FILES, "60,000")


def test_a_zip_in_a_zip_is_not_opened_but_named(refusal: Refusal) -> None:
    (problem,) = refusal(forged(Entry(b"model.zip", forged(Entry()))))
    assert problem.code == Code.NOT_PREDICTIONS
    assert "model.zip" in problem.found


@pytest.fixture(scope="module")
def honest() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for stem in FRAMES:
            archive.writestr(f"bear/0/{stem}.png", f"the mask of frame {stem} " * 3)
    return file.getvalue()


@pytest.fixture(scope="module")
def pictures_of(
    split: Split, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[bytes], list[Picture | None] | None]:
    """The pictures of an archive; None if it is refused."""
    path = tmp_path_factory.mktemp("damaged") / "model.zip"

    def read(content: bytes) -> list[Picture | None] | None:
        path.write_bytes(content)
        try:
            return recognise(path, split).of_video("bear").pictures("0", FRAMES)
        except PredictionsRefused:
            return None

    return read


# What is said here takes the place of what the profile says: see tests/conftest.py.
UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
Reading = Callable[[bytes], list[Picture | None] | None]
quick = settings(max_examples=300, suppress_health_check=UNHURRIED)


@given(data=st.data())
@quick
def test_an_archive_that_is_cut_off_is_refused(
    data: st.DataObject, honest: bytes, pictures_of: Reading
) -> None:
    assert pictures_of(honest[: data.draw(st.integers(0, len(honest) - 1))]) is None


@given(data=st.data())
@quick
def test_a_changed_byte_never_becomes_another_mask(
    data: st.DataObject, honest: bytes, pictures_of: Reading
) -> None:
    """It is refused, or changes a name so that a mask is missing, or does not matter."""
    place = data.draw(st.integers(0, len(honest) - 1))
    changed = bytearray(honest)
    changed[place] ^= data.draw(st.integers(1, 255))
    pictures = pictures_of(bytes(changed))
    if pictures is not None:
        for found, true in zip(pictures, pictures_of(honest) or (), strict=True):
            assert found is None or found == true


@given(junk=st.binary(max_size=200), tail=st.booleans())
@quick
def test_noise_is_refused(junk: bytes, tail: bool, pictures_of: Reading) -> None:
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, max(0, len(junk) - 46), 0) if tail else b""
    assert pictures_of(b"PK\3\4" + junk + end) is None
