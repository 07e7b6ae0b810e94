"""What many ask for at once is made once: kept for so short a time that nobody sees it age."""

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
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        if self.seconds <= 0:
            return make()
        with self._lock:
            turn = self._making.setdefault(key, Lock())
        with turn:
            kept = self._kept.get(key)
            if kept is not None and self.now() - kept[0] < self.seconds:
                return cast(Made, kept[1])
            asked = self.now()  # what changes while it is being made is not in it
            made = make()
            with self._lock:
                while len(self._kept) >= MOST:
                    oldest = next(iter(self._kept))
                    del self._kept[oldest]
                    self._making.pop(oldest, None)
                self._kept[key] = (asked, made)
            return made
