"""Submissions as files of a folder, local or shared between machines."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Blobs(Protocol):
    """What the server asks of a store. Keys are ids of ours, never names of users."""

    def partial(self, key: str) -> Path:
        """The file that an upload is appended to."""

    def keep(self, key: str) -> None:
        """Makes what was uploaded a blob, safe against a loss of power. Asked twice, it does nothing."""

    def path(self, key: str) -> Path:
        """A file to read the blob from, in any order."""

    def exists(self, key: str) -> bool: ...

    def remove(self, key: str) -> None:
        """The blob and what was uploaded of it. Nothing there is no error."""

    def free(self) -> int:
        """Bytes that can be added."""

    def keys(self) -> Iterator[str]:
        """Of all blobs."""


class FolderBlobs:
    """`incoming/KEY` while it grows, `XX/KEY` when it is whole. Both on one disk: keeping is a rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def partial(self, key: str) -> Path:
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        return incoming / _checked(key)

    def keep(self, key: str) -> None:
        source, target = self.partial(key), self.path(key)
        if not source.exists() and target.exists():
            return
        with source.open("rb") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(exist_ok=True)
        source.chmod(0o440)
        source.rename(target)
        for folder in (target.parent, source.parent, self._folder):
            _fsync_folder(folder)

    def path(self, key: str) -> Path:
        return self._folder / _checked(key)[-2:] / key

    def exists(self, key: str) -> bool:
        return self.path(key).is_file()

    def remove(self, key: str) -> None:
        for path in (self.path(key), self.partial(key)):
            path.unlink(missing_ok=True)

    def free(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free

    def keys(self) -> Iterator[str]:
        for path in sorted(self._folder.glob("??/*")):
            if _KEY.fullmatch(path.name):
                yield path.name


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("not a key of a blob")
    return key


def _fsync_folder(folder: Path) -> None:
    """A rename survives a loss of power once its folder is written. Some file systems cannot do that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
