"""Passwords: argon2id, and as much work for a name that does not exist as for one that does."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

SHORTEST, LONGEST = 10, 256


@dataclass(frozen=True, slots=True)
class Passwords:
    """Each hash takes 19 MiB, the least that OWASP advises. No more than `AT_ONCE` are computed together,
    so that a flood of sign-ins costs memory and cores a fixed amount."""

    AT_ONCE = 2

    hasher: PasswordHasher = field(default_factory=lambda: PasswordHasher(2, 19 * 1024, 1, type=Type.ID))
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(Passwords.AT_ONCE))

    def hash(self, password: str) -> str:
        with self.turns:
            return self.hasher.hash(password)

    def fits(self, password: str, stored: str | None) -> bool:
        """With None, the same work for a person who does not exist, and False."""
        with self.turns:
            if stored is None:
                self.hasher.hash(password)
                return False
            try:
                return self.hasher.verify(stored, password)
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, stored: str) -> bool:
        return self.hasher.check_needs_rehash(stored)
