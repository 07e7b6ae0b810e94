"""Random numbers that are the same on every machine and in every year."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Each roll is a hash of the seed, a name and a running number; no library's generator is involved."""

    def __init__(self, *key: object) -> None:
        self._key = "/".join(map(str, key))
        self._rolls = 0

    def named(self, *name: object) -> Dice:
        """Dice of their own: how often they roll changes nothing for others."""
        return Dice(self._key, *name)

    def below(self, limit: int) -> int:
        """0, 1, ... limit - 1."""
        self._rolls += 1
        digest = hashlib.blake2b(f"{self._key}#{self._rolls}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def between(self, low: int, high: int) -> int:
        """Both ends included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def choice(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        rest = list(options)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]
