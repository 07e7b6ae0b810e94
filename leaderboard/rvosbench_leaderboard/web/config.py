"""What an application is made with. Everything it uses from outside comes through here; nothing is global."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import Request, Response

from rvosbench.errors import Problem
from rvosbench_leaderboard.web.limits.bucket import Rate

if TYPE_CHECKING:
    from rvosbench_leaderboard.blobs.folder import Blobs
    from rvosbench_leaderboard.database.engine import Database

ErrorPage = Callable[[Request, int, Sequence[Problem], str], Response]
Clock = Callable[[], datetime]
MIB = 1 << 20


def now() -> datetime:
    return datetime.now(UTC)


def unreported(message: str) -> None:
    """Reports go nowhere unless the command that starts the server says where."""


@dataclass(frozen=True, slots=True)
class Sessions:
    idle: timedelta = timedelta(days=7)
    absolute: timedelta = timedelta(days=30)
    touched_every: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """`address` holds for one address, `account` for one account or token. `failures` are wrong passwords and
    tokens: only those who fail pay for them."""

    address: Rate = field(default_factory=lambda: Rate(2000, 6000))
    account: Rate = field(default_factory=lambda: Rate(300, 600))
    failures: Rate = field(default_factory=lambda: Rate(20, 10))
    accounts: Rate = field(default_factory=lambda: Rate(10, 2))
    body: int = MIB
    upload: int = 8 << 30
    patch: int = 64 << 30
    silence: float = 30.0
    whole_body: float = 60.0
    bytes_a_minute: int = 16 * 1024
    headers: float = 20.0
    streams: int = 6
    uploads_at_once: int = 6


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`origin` is the address that people type, such as https://bench.example.org; without it the Host
    header of each request counts. `report` takes one line for the operator's log.
    `touched_every`: how old the time of an upload's last bytes may be in the database."""

    database: Database
    blobs: Blobs
    origin: str | None = None
    clock: Clock = now
    report: Callable[[str], None] = unreported
    limits: Limits = field(default_factory=Limits)
    sessions: Sessions = field(default_factory=Sessions)
    touched_every: timedelta = timedelta(minutes=5)

    @property
    def secure(self) -> bool:
        """Behind TLS: cookies say so, and browsers are told to stay there."""
        return self.origin is not None and self.origin.startswith("https://")
