"""A disk that is full at one point of writing, with the error that the system gives; and who writes to it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_site import TUS, begin_upload, send_bytes, sha256

WRITES = ("open", "mkdir", "pwrite", "fsync", "rename")


@dataclass
class FullDisk:
    """Counts what is written below a folder; the point with the number `at` fails, and from then on as many
    as `times` in all."""

    folder: Path
    at: int | None = None
    times: int = 1
    error: int = errno.ENOSPC
    points: list[str] = field(default_factory=list)

    @contextmanager
    def mounted(self) -> Iterator[FullDisk]:
        with pytest.MonkeyPatch.context() as patch:
            for name in WRITES:
                patch.setattr(os, name, self._watched(name, getattr(os, name)))
            yield self

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(where: Any, *arguments: Any, **more: Any) -> Any:
            creates = name != "open" or bool(arguments and arguments[0] & os.O_CREAT)
            if creates and self._is_inside(where):
                number = len(self.points)
                self.points.append(name)
                if self.at is not None and self.at <= number < self.at + self.times:
                    if name == "pwrite":  # the last bytes for which there was room
                        real(where, bytes(arguments[0])[: len(arguments[0]) // 2], *arguments[1:])
                    raise OSError(self.error, os.strerror(self.error))
            return real(where, *arguments, **more)

        return call

    def _is_inside(self, where: Any) -> bool:
        try:
            path = Path(f"/proc/self/fd/{where}").readlink() if isinstance(where, int) else Path(where)
        except (OSError, TypeError):
            return False
        return path.is_relative_to(self.folder)


def whole_upload(client: TestClient, content: bytes) -> tuple[str | None, list[int]]:
    """A client that has forgotten everything: it begins, asks, sends. The submission, and all statuses."""
    begun = begin_upload(client, len(content), sha256=sha256(content))
    if begun.status_code != 201:
        return None, [begun.status_code]
    place = begun.headers["Location"]
    asked = client.head(place, headers=TUS)
    if asked.status_code != 200:
        return None, [201, asked.status_code]
    offset = int(asked.headers["Upload-Offset"])
    sent = send_bytes(client, place, content[offset:], offset)
    return sent.headers.get("Rvosbench-Submission"), [201, 200, sent.status_code]
