"""SHA-256 of whole files, made while they arrive: at the end nothing has to be read again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

MOST = 1000  # uploads that stand still; of more, those that came first are read again at their end


@dataclass(slots=True)
class Running:
    """The sum of the first `reached` bytes."""

    digest: _Hash = field(default_factory=hashlib.sha256)
    reached: int = 0

    def update(self, data: bytes | bytearray) -> None:
        self.digest.update(data)
        self.reached += len(data)


@dataclass(slots=True)
class Sums:
    """Between the requests of an upload, in the memory of one process. What is not here was received by
    another process, or before a restart."""

    _kept: dict[str, Running] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, upload: str, length: int) -> Running | None:
        """The sum of a file of this length, to go on with. It is given away: what becomes of a request
        decides whether it is kept again."""
        with self._lock:
            kept = self._kept.pop(upload, None)
        if length == 0:
            return Running()
        return kept if kept is not None and kept.reached == length else None

    def keep(self, upload: str, running: Running | None, length: int) -> None:
        """Not if the file is not what was summed up: bytes were taken back, or did not reach the disk."""
        if running is None or running.reached != length:
            return
        with self._lock:
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[upload] = running
