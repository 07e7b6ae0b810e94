"""Waiting for a job: procrastinate's triggers ring when one is placed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from rvosbench_leaderboard.database.pooler import is_between

if TYPE_CHECKING:
    from sqlalchemy import URL


class Bell:
    """A connection of its own that listens. Without notifications a wait lasts as long as it may: behind a
    pooler none arrive."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._line: psycopg.Connection | None = None
        self._deaf = False

    def wait(self, kinds: Sequence[str], stopping: threading.Event, seconds: float) -> None:
        if stopping.is_set():
            return
        try:
            line = self._line or self._listening(kinds)
            if line is None:
                stopping.wait(seconds)
                return
            for _ in line.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error:
            self.close()
            stopping.wait(seconds)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _listening(self, kinds: Sequence[str]) -> psycopg.Connection | None:
        if self._deaf:
            return None
        self._line = line = psycopg.connect(self._address, autocommit=True, connect_timeout=5)
        if is_between(line):
            self._deaf = True
            self.close()
            return None
        for kind in kinds:
            line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(f"procrastinate_queue_v1#{kind}")))
        return line
