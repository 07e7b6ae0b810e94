"""What tells predictions apart: one digest over names and contents, whatever they are packed in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rvosbench.predictions.base import Picture, Png

SIZE = hashlib.sha256().digest_size
MISSING = bytes(SIZE)


class Digest:
    """Of lines as `sha256sum` writes them, one per file, so that anyone can compute it by hand. Add the files
    in the order of `order`."""

    def __init__(self) -> None:
        self._lines = hashlib.sha256()

    def add(self, name: str, content: bytes) -> None:
        self.add_digest(name, hashlib.sha256(content).digest())

    def add_digest(self, name: str, digest: bytes) -> None:
        """Of a file whose content was hashed elsewhere."""
        self._lines.update(f"{digest.hex()}  {name}\n".encode())

    def hexdigest(self) -> str:
        return self._lines.hexdigest()


def order(folder: str) -> bytes:
    """The key that brings folders into the order that their files have when whole paths are sorted."""
    return f"{folder}/".encode()


def of_pictures(pictures: Sequence[Picture | None]) -> bytes:
    """Those of PNG files, one after the other; `MISSING` for one that is not there."""
    return b"".join(
        hashlib.sha256(one.content).digest() if isinstance(one, Png) else MISSING for one in pictures
    )
