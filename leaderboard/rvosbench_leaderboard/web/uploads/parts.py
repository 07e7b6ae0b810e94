"""Files that are on their way. How much of one is there is told by the file itself, after it was flushed: no
row can claim bytes that a crash took."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rvosbench_leaderboard.phases.refusals import storage_full
from rvosbench_leaderboard.web.refusal import Refusal, not_now

_WAIT = 5.0  # seconds for another client to let go of the file
_FULL = (errno.ENOSPC, errno.EDQUOT)
_BLOCK = 1 << 20


def create(path: Path) -> None:
    """An empty file, whose name survives a loss of power."""
    with room_or_refusal():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        _flush_folder(path.parent)


def length(path: Path) -> int | None:
    """Bytes that are safe on the disk; None if there is no file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        with room_or_refusal():
            os.fsync(descriptor)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def lock(path: Path) -> Part:
    """For one writer at a time, in this process or another. Blocks: not for the event loop."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise gone() from error
    until = time.monotonic() + _WAIT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                os.close(descriptor)
                raise busy() from error
            time.sleep(0.05)
            continue
        part = Part(descriptor, path)
        if not part.is_current():  # finished or removed while we waited
            part.close()
            raise gone()
        return part


@dataclass(slots=True)
class Part:
    """A file that is held. Closing it lets go."""

    descriptor: int
    path: Path
    _flushed: int = field(init=False)  # its length when that was last known to be safe

    def __post_init__(self) -> None:
        self._flushed = self.length

    def is_current(self) -> bool:
        """Whether the name still leads to this file."""
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self.descriptor))

    @property
    def length(self) -> int:
        return os.fstat(self.descriptor).st_size

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        rest = memoryview(data)
        with room_or_refusal(len(rest)):
            while rest:
                written = os.pwrite(self.descriptor, rest, offset)
                rest, offset = rest[written:], offset + written

    def truncate(self, length: int) -> None:
        os.ftruncate(self.descriptor, length)

    def flush(self) -> None:
        """What a disk refuses to write is forgotten: after that, nobody knows what the file holds there."""
        try:
            with room_or_refusal():
                os.fsync(self.descriptor)
        except BaseException:
            self.truncate(min(self._flushed, self.length))
            raise
        self._flushed = self.length

    def sha256(self) -> str:
        digest = hashlib.sha256()
        offset = 0
        while block := os.pread(self.descriptor, _BLOCK, offset):
            digest.update(block)
            offset += len(block)
        return digest.hexdigest()

    def close(self) -> None:
        os.close(self.descriptor)


def _flush_folder(folder: Path) -> None:
    """So that a new or moved name survives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def room_or_refusal(size: int = 0) -> Iterator[None]:
    """Around whatever writes to the store: a full disk is said as such."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise storage_full(size) from error
        raise


def gone() -> Refusal:
    return not_now("upload", "an upload that is not over", "one that is", "ask for its state, or begin again")


def busy() -> Refusal:
    refusal = not_now("upload", "one client at a time", "another one that is sending", "wait a few seconds")
    return Refusal(*refusal.problems, status=423, headers={"Retry-After": "5"})
