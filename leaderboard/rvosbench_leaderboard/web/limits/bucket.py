"""Token buckets: a rate over time, with room for bursts. Kept in the memory of one server process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

MOST_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, and `per_minute` in the long run."""

    burst: int
    per_minute: float

    @property
    def per_second(self) -> float:
        return self.per_minute / 60


@dataclass(slots=True)
class Buckets:
    """One bucket for each key, full at first. Of more than `MOST_KEYS` the ones that were used longest ago
    are forgotten."""

    rate: Rate
    now: Callable[[], float] = time.monotonic
    _left: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: Hashable, amount: float = 1.0) -> float:
        """0 if there was enough, else the seconds until there will be; then nothing is taken."""
        with self._lock:
            left = self._level(key)
            if left < amount:
                return (amount - left) / self.rate.per_second
            self._put(key, left - amount)
            return 0.0

    def wait(self, key: Hashable, amount: float = 1.0) -> float:
        """As `take`, but takes nothing."""
        with self._lock:
            return max(0.0, (amount - self._level(key)) / self.rate.per_second)

    def _level(self, key: Hashable) -> float:
        left, at = self._left.get(key, (float(self.rate.burst), self.now()))
        return min(float(self.rate.burst), left + (self.now() - at) * self.rate.per_second)

    def _put(self, key: Hashable, left: float) -> None:
        self._left.pop(key, None)  # so that the order is that of the last use
        self._left[key] = (left, self.now())
        if len(self._left) > MOST_KEYS:
            for old in list(self._left)[: MOST_KEYS // 10]:
                del self._left[old]


def retry_after(seconds: float) -> str:
    """Whole seconds, at least one, as the header wants it."""
    return str(max(1, math.ceil(seconds)))
