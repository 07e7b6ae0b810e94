"""How long and how much a client may send: a deadline for silence, another for whole small bodies, and a
size."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rvosbench.errors import Code, Problem
from rvosbench_leaderboard.web.config import Limits
from rvosbench_leaderboard.web.refusal import Refusal

WINDOW = 60.0  # seconds over which a body must come fast enough


class _Refused(Exception):
    """An answer was given up for the refusal of the body."""


class ClientGone(Exception):
    """The client closed the connection; there is nobody to answer."""


def too_slow() -> Refusal:
    problem = Problem(
        Code.BAD_REQUEST,
        "body",
        expected="bytes that keep coming",
        found="none for too long, or too few",
        fix="send it again; an upload goes on where it was broken off",
    )
    return Refusal(problem, status=408, headers={"Connection": "close"})


def too_large(what: str, most: int) -> Refusal:
    problem = Problem(
        Code.UPLOAD_TOO_LARGE,
        what,
        expected=f"at most {most:,} bytes",
        found="more",
        fix="send less, or ask the organisers for a higher limit",
    )
    return Refusal(problem, headers={"Connection": "close"})


@dataclass(slots=True)
class Patience:
    """Wraps the body of every request. `streaming` says under which paths large files come: there the size
    is for the route to judge, and time for the pace, not for the whole."""

    app: ASGIApp
    limits: Limits
    streaming: Callable[[str], bool]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        large = self.streaming(scope["path"])
        most = self.limits.patch if large else self.limits.body
        if _declared(scope) > most:
            raise too_large("body", most)
        body = _Body(receive, self.limits, most, large)

        async def send_unless_refused(message: Message) -> None:
            """What reads bodies may take our refusal for a body that makes no sense."""
            if body.refusal is not None and message["type"] == "http.response.start":
                raise _Refused
            await send(message)

        try:
            await self.app(scope, body.receive, send_unless_refused)
        except _Refused:
            raise body.refusal or too_slow() from None


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


@dataclass(slots=True)
class _Body:
    inner: Receive
    limits: Limits
    most: int
    large: bool
    begun: float = field(default_factory=time.monotonic)
    window: float = field(default_factory=time.monotonic)
    in_window: int = 0
    read: int = 0
    complete: bool = False
    refusal: Refusal | None = None

    async def receive(self) -> Message:
        try:
            return await self._next()
        except Refusal as error:
            self.refusal = error
            raise

    async def _next(self) -> Message:
        if self.complete:  # only the end of the connection can come, and may take its time
            return await self.inner()
        try:
            async with asyncio.timeout(self._allowed()):
                message = await self.inner()
        except TimeoutError as error:
            raise too_slow() from error
        if message["type"] == "http.request":
            self.complete = not message.get("more_body", False)
            self._count(len(message.get("body", b"")))
        return message

    def _allowed(self) -> float:
        if self.large:
            return self.limits.silence
        left = self.begun + self.limits.whole_body - time.monotonic()
        return max(0.0, min(self.limits.silence, left))

    def _count(self, length: int) -> None:
        self.read += length
        if self.read > self.most:
            raise too_large("body", self.most)
        self.in_window += length
        now = time.monotonic()
        if now - self.window >= WINDOW:
            if not self.complete and self.in_window < self.limits.bytes_a_minute:
                raise too_slow()
            self.window, self.in_window = now, 0
