"""A client that comes back after a break is not kept waiting for its own old connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Interrupters:
    """The request that still holds an upload in this process is ended when another one comes for it."""

    _leashes: dict[str, tuple[asyncio.Timeout, asyncio.AbstractEventLoop]] = field(default_factory=dict)

    @contextmanager
    def holding(self, upload: str, leash: asyncio.Timeout) -> Iterator[None]:
        held = self._leashes[upload] = (leash, asyncio.get_running_loop())
        try:
            yield
        finally:
            if self._leashes.get(upload) is held:
                del self._leashes[upload]

    def interrupt(self, upload: str) -> None:
        """From any thread."""
        held = self._leashes.get(upload)
        if held is not None:
            held[1].call_soon_threadsafe(_let_go, *held)


def _let_go(leash: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
    with suppress(RuntimeError):  # it has ended meanwhile
        leash.reschedule(loop.time())
