"""Connections on which no request comes: closed after a while, so that idle ones cost a server nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def patient_protocol(seconds: float) -> type[H11Protocol]:
    """The HTTP/1.1 protocol of uvicorn, with a deadline for the headers of the first request. Later ones of
    the same connection have uvicorn's own, and bodies that of `patience`."""

    class PatientProtocol(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._deadline = self.loop.call_later(seconds, self._too_late)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def handle_events(self) -> None:
            super().handle_events()
            if self.conn.their_state is not h11.IDLE:
                self._stop_waiting()

        def _too_late(self) -> None:
            if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                self.transport.close()

        def _stop_waiting(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return PatientProtocol


def server_options(seconds: float) -> dict[str, Any]:
    """For `uvicorn.Config`: quiet, nameless, and no waiting for clients that do not speak. X-Forwarded-For is
    believed from this machine alone."""
    return {
        "http": patient_protocol(seconds),
        "loop": "asyncio",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "server_header": False,
        "log_level": "warning",
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 10,
        "h11_max_incomplete_event_size": 64 * 1024,
        "forwarded_allow_ips": "127.0.0.1,::1",
        "proxy_headers": True,
    }
