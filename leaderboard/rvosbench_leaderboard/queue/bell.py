"""Waiting for a job: procrastinate's triggers ring when one is placed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from sqlalchemy import URL


class Bell:
    """A connection of its own that listens. Without notifications a wait lasts as long as it may."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._line: psycopg.Connection | None = None

    def wait(self, kinds: Sequence[str], stopping: threading.Event, seconds: float) -> None:
        if stopping.is_set():
            return
        try:
            line = self._line or self._listening(kinds)
            for _ in line.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error:
            self.close()
            stopping.wait(seconds)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _listening(self, kinds: Sequence[str]) -> psycopg.Connection:
        self._line = line = psycopg.connect(self._address, autocommit=True, connect_timeout=5)
        for kind in kinds:
            line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(f"procrastinate_queue_v1#{kind}")))
        return line
