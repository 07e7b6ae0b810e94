"""Pages that are the same for everybody without an account: answered from what was made within the last
second, without a thread, a look into the database or a walk through the routes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rvosbench_leaderboard.pages.fresh import Fresh

_OF_SOMEBODY = ("cookie", "authorization")


@dataclass(frozen=True, slots=True)
class Made:
    """A page, and the tag that tells it from what it was before."""

    body: bytes
    tag: str

    @classmethod
    def of(cls, body: bytes) -> Self:
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    def headers(self, *, shared: bool) -> dict[str, str]:
        kept = "public, no-cache" if shared else "private, no-cache"
        return {"ETag": self.tag, "Cache-Control": kept, "Vary": "Cookie, Authorization"}

    def is_known(self, asked: Mapping[str, str]) -> bool:
        known = asked.get("if-none-match", "").split(",")
        return self.tag in [one.strip().removeprefix("W/") for one in known]

    def answer(self, asked: Mapping[str, str]) -> Response:
        """To a visitor."""
        if self.is_known(asked):
            return Response(status_code=304, headers=self.headers(shared=True))
        return HTMLResponse(self.body, headers=self.headers(shared=True))


@dataclass(slots=True)
class Visitors:
    """Whoever shows a cookie or a token goes on to the routes, and so does one of those who ask for what has
    to be made."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        made = _ready(scope) if scope["type"] == "http" else None
        if made is None:
            await self.app(scope, receive, send)
        else:
            await made.answer(Headers(scope=scope))(scope, receive, send)


def _ready(scope: Scope) -> Made | None:
    if scope["method"] != "GET" or scope["query_string"]:
        return None
    headers = Headers(scope=scope)
    if any(name in headers for name in _OF_SOMEBODY):
        return None
    fresh: Fresh = scope["app"].state.fresh
    return cast("Made | None", fresh.look(scope["path"]))
