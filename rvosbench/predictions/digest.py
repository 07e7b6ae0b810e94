"""What tells predictions apart: one digest over names and contents, whatever they are packed in."""

from __future__ import annotations

import hashlib


class Digest:
    """Of lines as `sha256sum` writes them, one per file, so that anyone can compute it by hand. Add the files
    in the order of `order`."""

    def __init__(self) -> None:
        self._lines = hashlib.sha256()

    def add(self, name: str, content: bytes) -> None:
        self._lines.update(f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())

    def hexdigest(self) -> str:
        return self._lines.hexdigest()


def order(folder: str) -> bytes:
    """The key that brings folders into the order that their files have when whole paths are sorted."""
    return f"{folder}/".encode()
