"""What many ask for at once is made once: kept for so short a time that nobody sees it age. It is made again
in the second half of that time, by one who asks, while the others still have it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, cast

Made = TypeVar("Made")
MOST = 64  # things at once


@dataclass(slots=True)
class Fresh:
    """Whoever asks while a thing is being made waits for it instead of making it too."""

    seconds: float
    now: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)
    _making: dict[Hashable, Lock] = field(default_factory=dict)
    _renewing: set[Hashable] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def look(self, key: Hashable) -> Any | None:
        """What is there, without waiting for anything. None to whoever shall make it."""
        with self._lock:
            kept = self._kept.get(key)
            age = self.seconds if kept is None else self.now() - kept[0]
            if kept is None or age >= self.seconds:
                return None
            if age >= self.seconds / 2 and key not in self._renewing:
                self._renewing.add(key)
                return None
            return kept[1]

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        if self.seconds <= 0:
            return make()
        with self._lock:
            turn = self._making.setdefault(key, Lock())
        with turn:
            kept = self._kept.get(key)
            if kept is not None and self.now() - kept[0] < self.seconds / 2:
                return cast(Made, kept[1])
            asked = self.now()  # what changes while it is being made is not in it
            try:
                made = make()
            finally:
                self._renewing.discard(key)
            with self._lock:
                while len(self._kept) >= MOST:
                    oldest = next(iter(self._kept))
                    del self._kept[oldest]
                    self._making.pop(oldest, None)
                self._kept[key] = (asked, made)
            return made
