"""Whole zips, of every kind that people's tools write: the same predictions as in the folder."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unseekable import Unseekable

from rvosbench.errors import Code, PredictionsRefused
from rvosbench.predictions.base import Picture, Predictions
from rvosbench.predictions.recognise import recognise
from rvosbench.splits.split import Split

Pictures = dict[tuple[str, str], list[Picture | None]]


def all_pictures(predictions: Predictions, split: Split) -> Pictures:
    return {
        (one.video.name, one.name): predictions.of_video(one.video.name).pictures(
            one.name, [one.video.frames[frame] for frame in one.scored]
        )
        for one in split.expressions
    }


@pytest.fixture(scope="module")
def tree(written: Callable[[str], Path]) -> Path:
    return written("model")


def files(tree: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(tree.rglob("*.png")):
        yield path.relative_to(tree).as_posix(), path.read_bytes()


def zipped(tree: Path, method: int = zipfile.ZIP_STORED, level: int | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=level) as archive:
        for name, content in files(tree):
            archive.writestr(name, content)
    return file.getvalue()


def streamed(tree: Path) -> bytes:
    """Sizes and checksums follow the files, as in `zip -r - . | ...`."""
    pipe = Unseekable()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(tree):
            archive.writestr(name, content)
    return pipe.content


def as_zip64(archive: bytes) -> bytes:
    """The same stored files; every size and place is in a Zip64 field, and the end record is a Zip64 one."""
    entries = zipfile.ZipFile(io.BytesIO(archive)).infolist()
    start = int.from_bytes(archive[-6:-2], "little")
    central = b""
    for entry in entries:
        name = entry.filename.encode()
        sizes = struct.pack("<3Q", entry.file_size, entry.compress_size, entry.header_offset)
        extra = b"\x99\x99\x02\x00zz" + b"\x01\x00\x18\x00" + sizes
        central += struct.pack("<4s4H", b"PK\1\2", 0x032D, 45, 0, 0) + bytes(4)
        central += struct.pack("<3L3H", entry.CRC, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra), 0)
        central += struct.pack("<2H2L", 0, 0, 0, 0xFFFFFFFF) + name + extra
    place = start + len(central)
    end64 = struct.pack("<4sQ2H2L", b"PK\6\6", 44, 45, 45, 0, 0)
    end64 += struct.pack("<4Q", len(entries), len(entries), len(central), start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return archive[:start] + central + end64 + locator + end


KINDS: dict[str, Callable[[Path], bytes]] = {
    "stored": zipped,
    "deflated": lambda tree: zipped(tree, zipfile.ZIP_DEFLATED),
    "deflated hard": lambda tree: zipped(tree, zipfile.ZIP_DEFLATED, 9),
    "streamed": streamed,
    "zip64": lambda tree: as_zip64(zipped(tree)),
    "with a comment": lambda tree: zipped(tree)[:-2] + b"\x05\x00hello",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_zip_holds_what_its_folder_holds(tree: Path, split: Split, tmp_path: Path, kind: str) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(KINDS[kind](tree))
    assert zipfile.ZipFile(archive).testzip() is None, "Python reads it too"
    folder, packed = recognise(tree, split), recognise(archive, split)
    assert (packed.form, packed.kind, packed.notes) == ("PNG files in a zip", "masks", ())
    assert packed.videos() == folder.videos()
    assert all_pictures(packed, split) == all_pictures(folder, split)
    assert packed.sha256() == folder.sha256()


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (-12, b"\x01\x00", "contradict each other"),
        (-34, b"\x01", "does not lie where its locator says"),
        (-30, b"\xff\xff", "no room for it"),
        (-26, b"\x02", "several parts"),
        (-18, b"\x01\x00", "contradict each other"),
        (-58, b"\x09", "does not lie where its end says"),
        (-74, b"\x09", "several parts"),
    ],
)
def test_a_zip64_end_that_contradicts_itself_is_refused(
    tree: Path, split: Split, tmp_path: Path, place: int, value: bytes, reason: str
) -> None:
    archive = bytearray(as_zip64(zipped(tree)))
    at = len(archive) + place
    archive[at : at + len(value)] = value
    (tmp_path / "model.zip").write_bytes(archive)
    with pytest.raises(PredictionsRefused) as refused:
        recognise(tmp_path / "model.zip", split)
    (problem,) = refused.value.problems
    assert problem.code == Code.ARCHIVE_DAMAGED
    assert reason in problem.found


def test_missing_files_are_known_from_the_list(tree: Path, split: Split, tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in files(tree):
            if name != "bear/0/00005.png" and not name.startswith("zoo"):
                file.writestr(name, content)
    predictions = recognise(archive, split)
    bear = predictions.of_video("bear")
    assert predictions.videos() == {"bear"}
    assert bear.absent("0", ["00000", "00005"]) == ["00005"]
    assert [picture is None for picture in bear.pictures("0", ["00005", "00010"])] == [True, False]
    assert predictions.of_video("zoo/owl").pictures("0", ["00001"]) == [None]


def test_one_video_of_a_zip_travels_small(tree: Path, split: Split, tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(zipped(tree))
    bear = recognise(archive, split).of_video("bear")
    travelling = pickle.dumps(bear)
    assert len(travelling) < 2000
    stems = ["00010", "00000"]
    assert pickle.loads(travelling).pictures("0", stems) == bear.pictures("0", stems)


def test_a_folder_around_them_and_what_macos_adds_are_warnings(
    tree: Path, split: Split, tmp_path: Path
) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.mkdir("Annotations")
        for name, content in files(tree):
            file.writestr(f"Annotations/{name}", content)
        file.writestr("Annotations/.DS_Store", b"x")
        file.writestr("__MACOSX/Annotations/bear/0/._00000.png", b"x")
    predictions = recognise(archive, split)
    assert [(note.code, note.count) for note in predictions.notes] == [
        (Code.WRAPPING_FOLDER, 1),
        (Code.FOREIGN_FILES, 2),
    ]
    assert all_pictures(predictions, split) == all_pictures(recognise(tree, split), split)
    assert predictions.sha256() == recognise(tree, split).sha256()


def test_nothing_is_unpacked(tree: Path, split: Split, tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(zipped(tree))
    all_pictures(recognise(archive, split), split)
    assert list(tmp_path.iterdir()) == [archive]
