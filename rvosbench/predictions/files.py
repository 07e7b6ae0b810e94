"""Files folder by folder, on the disk or in a zip: names now, contents when they are asked for.

A split may ask for two hundred thousand files. What is kept of each is its name in a joined string and, in a
zip, one row of an array: no Python object per file.
"""

from __future__ import annotations

import os
import re
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rvosbench.errors import Code, ProblemLog

_FOREIGN = re.compile(r"(^|/)(\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX)(/|$)|(^|/)\._[^/]*$")
_FOREIGN_SIGNS = (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "._")  # each such name has one of them
RUN_RECORD = ".rvosbench"
"""The folder in which `rvosbench baseline run` keeps what predictions were made with; no part of them."""
SEPARATOR = "\0"  # no name holds it: the disk cannot, and a zip that does is refused


class Folder(ABC):
    """The files that lie in one folder. Travels to worker processes."""

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str]) -> None:
        self._names = SEPARATOR.join(names).encode("utf-8", "surrogateescape")

    @property
    def names(self) -> list[str]:
        return self._names.decode("utf-8", "surrogateescape").split(SEPARATOR)

    @abstractmethod
    def read(self, names: Sequence[str], limit: int, log: ProblemLog) -> list[bytes | None]:
        """The contents of these files: None for one that is not there, or that cannot be had (the log says
        why). None may be larger than `limit` bytes."""

    @abstractmethod
    def starts(
        self, names: Sequence[str], length: int, log: ProblemLog, limit: int | None = None
    ) -> list[bytes | None]:
        """The first bytes of these files, at most `length` of each; None as in `read`. One that is larger
        than `limit` is refused for that, whatever it begins with."""


@dataclass(frozen=True, slots=True)
class FileTree:
    """`folders` are those with files in them, by their path from the top: "bear/0"; "" is the top itself.
    `foreign` are the files that operating systems leave behind, which are not in `folders`."""

    source: Path
    zipped: bool
    folders: Mapping[str, Folder]
    foreign: tuple[str, ...]


class DiskFolder(Folder):
    __slots__ = ("_path",)

    def __init__(self, path: str, names: Iterable[str]) -> None:
        super().__init__(names)
        self._path = path

    def read(self, names: Sequence[str], limit: int, log: ProblemLog) -> list[bytes | None]:
        there = set(self.names)
        return [
            _read_file(os.path.join(self._path, name), limit, log) if name in there else None  # noqa: PTH118
            for name in names
        ]

    def starts(
        self, names: Sequence[str], length: int, log: ProblemLog, limit: int | None = None
    ) -> list[bytes | None]:
        there = set(self.names)
        return [
            _read_file(os.path.join(self._path, name), limit, log, length) if name in there else None  # noqa: PTH118
            for name in names
        ]


def _read_file(path: str, limit: int | None, log: ProblemLog, length: int | None = None) -> bytes | None:
    """All of it, or its first `length` bytes."""
    try:
        # Not to be held up by a pipe that no one writes to.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        _unreadable(path, error, log)
        return None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            _unreadable(path, OSError(0, "it is not a file"), log)
            return None
        if limit is not None and about.st_size > limit:
            too_large(path, about.st_size, limit, log)
            return None
        return _read_all(handle, about.st_size if length is None else min(length, about.st_size))
    except OSError as error:
        _unreadable(path, error, log)
        return None
    finally:
        os.close(handle)


def _read_all(handle: int, size: int) -> bytes:
    content = os.read(handle, size)
    while len(content) < size and (more := os.read(handle, size - len(content))):
        content += more
    return content


def too_large(path: str, size: int, limit: int, log: ProblemLog) -> None:
    log.add(
        Code.FILE_TOO_LARGE,
        path,
        expected=f"a PNG of one mask, which here has at most {limit:,} bytes",
        found=f"{size:,} bytes",
        fix="write 8-bit gray PNG files of the size of the frames",
    )


def _unreadable(path: str, error: OSError, log: ProblemLog) -> None:
    log.add(
        Code.UNREADABLE_FILE,
        path,
        expected="a file that can be read",
        found=str(error.strerror or error),
        fix="check its rights and the disk",
    )


def is_foreign(path: str) -> bool:
    """Whether a file or folder is one that an operating system leaves behind."""
    return _FOREIGN.search(path) is not None


def foreign_among(names: Sequence[str], inside: str) -> set[str]:
    """Those of the files of one folder; `inside` is its path, with a slash behind it unless it is the top."""
    text = inside + SEPARATOR.join(names)  # nearly always free of them: looked at as one
    if not any(sign in text for sign in _FOREIGN_SIGNS):
        return set()
    return {name for name in names if is_foreign(inside + name)}


def too_many_files(source: Path, cap: int, found: str, log: ProblemLog) -> None:
    log.add(
        Code.TOO_MANY_FILES,
        source,
        expected=f"at most {cap:,} files: three times as many as the split asks for, and a hundred",
        found=found,
        fix="give one set of predictions alone, and not a folder above it",
    )


def list_folder(source: Path, cap: int, log: ProblemLog) -> FileTree | None:
    """All files below a folder, through links too; None if there are more than `cap`."""
    folders: dict[str, Folder] = {}
    foreign: list[str] = []
    waiting: list[tuple[str, tuple[tuple[int, int], ...]]] = [("", ())]
    seen = 0
    while waiting:
        below, around = waiting.pop()
        path = os.path.join(source, below) if below else os.fspath(source)  # noqa: PTH118
        names = []
        try:
            about = os.stat(path)  # noqa: PTH116
            if (itself := (about.st_dev, about.st_ino)) in around:
                continue  # a link to a folder that it lies in
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name == RUN_RECORD:
                        continue
                    seen += 1
                    inside = f"{below}/{entry.name}" if below else entry.name
                    if is_foreign(entry.name):
                        foreign.append(inside)
                    elif entry.is_dir():
                        waiting.append((inside, (*around, itself)))
                    else:
                        names.append(entry.name)
                    if seen > cap:
                        too_many_files(source, cap, "more", log)
                        return None
        except OSError as error:
            _unreadable(path, error, log)
        if names:
            folders[below] = DiskFolder(path, sorted(names))
    return FileTree(source, False, dict(sorted(folders.items())), tuple(sorted(foreign)))
