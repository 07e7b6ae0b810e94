"""Many files of a zip at once: the same first bytes as one by one, and never more trust."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from unseekable import Unseekable

from rvosbench.errors import ProblemLog
from rvosbench.predictions.files import foreign_among, is_foreign
from rvosbench.predictions.zip_directory import LOCAL_HEADER_SIZE, ZipDirectory, read_directory
from rvosbench.predictions.zip_entry import EntryError, read_start
from rvosbench.predictions.zip_starts import read_starts

LENGTH = 33


def contents() -> dict[str, bytes]:
    dice = np.random.default_rng(1)
    sizes = (0, 1, 32, 33, 34, 700, 5000)
    return {f"v/{'0' * size_of_name}{size}.png": dice.bytes(size) for size_of_name, size in enumerate(sizes)}


def written(path: Path, method: int, piped: bool) -> ZipDirectory:
    pipe = Unseekable()
    seekable = io.BytesIO()
    with zipfile.ZipFile(pipe if piped else seekable, "w", method) as archive:
        for name, content in contents().items():
            archive.writestr(name, content)
    path.write_bytes(pipe.content if piped else seekable.getvalue())
    return directory(path)


def directory(path: Path) -> ZipDirectory:
    log = ProblemLog()
    found = read_directory(path, 100, log)
    assert found is not None and not list(log)
    return found


def starts(path: Path, found: ZipDirectory) -> list[bytes | None]:
    handle = os.open(path, os.O_RDONLY)
    try:
        return read_starts(handle, found.records, LENGTH)
    finally:
        os.close(handle)


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_usual_files_are_read_at_once(tmp_path: Path, method: int, piped: bool) -> None:
    path = tmp_path / "a.zip"
    found = written(path, method, piped)
    assert starts(path, found) == [contents()[name][:LENGTH] for name in found.names]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_whatever_byte_of_a_header_changes_no_more_is_believed_than_of_one_file(
    tmp_path: Path, method: int
) -> None:
    path = tmp_path / "a.zip"
    found = written(path, method, piped=False)
    whole, victim = path.read_bytes(), 5
    first = int(found.records["offset"][victim])
    refused = 0
    with path.open("r+b") as file:
        for at in range(first, first + LOCAL_HEADER_SIZE + int(found.records["name_length"][victim])):
            for changed in {whole[at] ^ 1, whole[at] ^ 0x80, 0xFF} - {whole[at]}:
                os.pwrite(file.fileno(), bytes([changed]), at)
                together = read_starts(file.fileno(), found.records, LENGTH)
                try:
                    alone = read_start(file.fileno(), found.records[victim], LENGTH)
                except EntryError:
                    refused += 1
                    assert together[victim] is None
                else:
                    assert together[victim] in (None, alone)
                assert all(one is not None for row, one in enumerate(together) if row != victim)
            os.pwrite(file.fileno(), whole[at : at + 1], at)
    assert refused > 60


def test_an_archive_that_is_cut_while_it_is_read_gives_no_short_starts(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    found = written(path, zipfile.ZIP_STORED, piped=False)
    last = int(found.records["offset"][-1])
    os.truncate(path, last + LOCAL_HEADER_SIZE + int(found.records["name_length"][-1]) + 10)
    assert starts(path, found)[-1] is None
    os.truncate(path, last + 7)
    assert starts(path, found)[-1] is None


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("v/0/", ".DS_Store"),
        ("v/0/", "Thumbs.db"),
        ("__MACOSX/v/0/", "00000.png"),
        ("", "._00000.png"),
        ("v/", "desktop.ini"),
        ("v/", "my.DS_Store"),
        ("v/0/", "00000.png"),
        ("v/a._b/", "c.png"),
    ],
)
def test_what_systems_leave_behind_is_found_among_many_as_alone(inside: str, name: str) -> None:
    names = [f"{number:05d}.png" for number in range(1, 5)] + [name]
    assert foreign_among(names, inside) == {one for one in names if is_foreign(inside + one)}
