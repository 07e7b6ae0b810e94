"""How many things one account may have open at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from rvosbench_leaderboard.web.refusal import too_many


@dataclass(slots=True)
class Places:
    most: int
    _taken: Counter[Hashable] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def one_for(self, key: Hashable, what: str) -> Iterator[None]:
        with self._lock:
            if self._taken[key] >= self.most:
                raise too_many(what, 5)
            self._taken[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[key] -= 1
                if not self._taken[key]:
                    del self._taken[key]
