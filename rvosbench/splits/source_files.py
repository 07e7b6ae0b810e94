"""Which files of a release were read: enough to know them again, quickly by stamp or surely by checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.io.manifest import AnnotationFile


def root_of(source: Path) -> Path:
    """The folder that the paths of annotation files are relative to; a source may be a single file."""
    return source.parent if source.is_file() else source


def stamp(path: Path, root: Path) -> AnnotationFile:
    """Names, sizes and times; contents are not read, `sha256` stays empty."""
    digest = hashlib.sha256()
    files = size = 0
    for file in _files(path):
        about = file.stat()
        digest.update(f"{file.relative_to(path)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
        files, size = files + 1, size + about.st_size
    return AnnotationFile(os.path.relpath(path, root), files, size, digest.hexdigest(), "")


def checksum(path: Path) -> str:
    """Of a file its sha256; of a folder the sha256 over the checksum and name of every file in it."""
    if path.is_file():
        return _sha256(path)
    digest = hashlib.sha256()
    for file in _files(path):
        digest.update(f"{_sha256(file)}  {file.relative_to(path)}\n".encode())
    return digest.hexdigest()


def stamps(paths: Sequence[Path], source: Path) -> list[AnnotationFile]:
    try:
        return [stamp(path, root_of(source)) for path in paths]
    except OSError as error:
        raise _unreadable(error) from error


def with_checksums(paths: Sequence[Path], source: Path) -> list[AnnotationFile]:
    try:
        return [
            AnnotationFile(entry.path, entry.files, entry.size, entry.stamp, checksum(path))
            for path, entry in zip(paths, stamps(paths, source), strict=True)
        ]
    except OSError as error:
        raise _unreadable(error) from error


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or all files below the folder, in one fixed order."""
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            yield Path(folder, name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unreadable(error: OSError) -> DatasetError:
    return DatasetError(
        Problem(
            Code.UNREADABLE_FILE,
            str(error.filename),
            expected="a file that can be read",
            found=str(error.strerror),
            fix="check the file, its rights and the disk",
        )
    )
