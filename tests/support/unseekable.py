"""A file as a program behind a pipe sees it."""

from __future__ import annotations

import io


class Unseekable(io.RawIOBase):
    """A pipe: what is written to it cannot be completed afterwards."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        self.content += bytes(content)  # type: ignore[call-overload]
        return len(content)  # type: ignore[arg-type]
