"""A zip of predictions, read in place. Nothing is ever unpacked, and no name in it becomes a path."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.errors import Code, ProblemLog
from rvosbench.predictions.files import SEPARATOR, FileTree, Folder, foreign_among, too_large
from rvosbench.predictions.zip_directory import archive_damaged, read_directory
from rvosbench.predictions.zip_entry import EntryError, read_entry, read_start
from rvosbench.predictions.zip_names import alike
from rvosbench.predictions.zip_starts import read_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ZipFolder(Folder):
    __slots__ = ("_archive", "_path", "_records")

    def __init__(self, archive: Path, path: str, names: Iterable[str], records: NDArray[np.void]) -> None:
        super().__init__(names)
        self._archive = archive
        self._path = path
        self._records = records

    def read(self, names: Sequence[str], limit: int, log: ProblemLog) -> list[bytes | None]:
        def read_one(handle: int, row: int) -> bytes:
            return read_entry(handle, self._records[row])

        return self._each(names, read_one, log, limit)

    def starts(
        self, names: Sequence[str], length: int, log: ProblemLog, limit: int | None = None
    ) -> list[bytes | None]:
        def read_all(handle: int, rows: Sequence[int]) -> list[bytes | None]:
            return read_starts(handle, self._records[rows], length)

        def read_one(handle: int, row: int) -> bytes:
            return read_start(handle, self._records[row], length)

        return self._each(names, read_one, log, limit, read_all)

    def _each(
        self,
        names: Sequence[str],
        read: Callable[[int, int], bytes],
        log: ProblemLog,
        limit: int | None,
        read_all: Callable[[int, Sequence[int]], list[bytes | None]] | None = None,
    ) -> list[bytes | None]:
        """What `read` makes of each file, in the order in which they lie in the archive. `read_all` reads
        those that it can quicker. Before a byte is read, the list of files says which are larger than
        `limit`."""
        row_of = {name: row for row, name in enumerate(self.names)}
        places = [place for place, name in enumerate(names) if name in row_of]
        found: list[bytes | None] = [None] * len(names)
        if not places:
            return found
        rows = [row_of[names[place]] for place in places]
        if limit is not None:
            sizes = np.maximum(self._records["size"], self._records["packed"])[rows]
            for at in np.flatnonzero(sizes > limit).tolist():
                too_large(self._where(names[places[at]]), int(sizes[at]), limit, log)
            fits = (sizes <= limit).tolist()
            places = [place for place, fit in zip(places, fits, strict=True) if fit]
            rows = [row for row, fit in zip(rows, fits, strict=True) if fit]
            if not places:
                return found
        order = np.argsort(self._records["offset"][rows], kind="stable").tolist()
        places, rows = [places[one] for one in order], [rows[one] for one in order]
        try:
            handle = os.open(self._archive, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            archive_damaged(self._archive, str(error.strerror), log)
            return found
        try:
            for place, content in zip(places, read_all(handle, rows) if read_all else (), strict=False):
                found[place] = content
            for place, row in zip(places, rows, strict=True):
                if found[place] is not None:
                    continue
                try:
                    found[place] = read(handle, row)
                except EntryError as error:
                    archive_damaged(self._where(names[place]), str(error), log)
                except OSError as error:
                    archive_damaged(self._where(names[place]), str(error.strerror), log)
        finally:
            os.close(handle)
        return found

    def _where(self, name: str) -> str:
        return f"{self._archive.name}: {self._path}/{name}"


def list_archive(source: Path, cap: int, log: ProblemLog) -> FileTree | None:
    """All files of a zip; None if its list of files cannot be read or has more than `cap`. The log tells of
    everything in it that has no place in an archive of predictions."""
    directory = read_directory(source, cap, log)
    if directory is None:
        return None
    members: dict[str, list[int]] = {}
    for row, name in enumerate(directory.names):
        if SEPARATOR in name:
            continue  # it is refused, and would come apart where names are joined
        members.setdefault(name.rpartition("/")[0], []).append(row)
    folders: dict[str, Folder] = {}
    foreign: list[str] = []
    for path in sorted(members):
        inside = f"{path}/" if path else ""
        files = sorted((directory.names[row].removeprefix(inside), row) for row in members.pop(path))
        left_behind = foreign_among([file for file, _ in files], inside)
        foreign += [inside + file for file in sorted(left_behind)]
        if kept := [(file, row) for file, row in files if file not in left_behind]:
            names, rows = [file for file, _ in kept], np.array([row for _, row in kept])
            _check_alike(source, names, inside, log)
            folders[path] = ZipFolder(source, path, names, directory.records[rows])
    _check_alike(source, folders, "", log)
    return FileTree(source, True, folders, tuple(foreign))


def _check_alike(source: Path, names: Collection[str], where: str, log: ProblemLog) -> None:
    """No two names that some disk takes for one."""
    # As one text where that is safe: a name that is refused may hold anything.
    spelled = list(map(alike, names)) if log.has_errors else alike("\0".join(names)).split("\0")
    if len(set(spelled)) < len(spelled):
        for name, times in Counter(spelled).items():
            if times > 1:
                _twice(source, f"{where}{name}", log)


def _twice(source: Path, name: str, log: ProblemLog) -> None:
    log.add(
        Code.DUPLICATE_PREDICTION,
        f"{source.name}: {name}",
        expected="each name once, however it is spelled",
        found="more than once",
        fix="make the archive again, into a new file: `zip` adds to one that is there",
    )
