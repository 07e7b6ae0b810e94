"""What every request passes through: an id, headers that protect the reader, and an end to every failure."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import MutableMapping
from typing import Any

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rvosbench_leaderboard.web.errors import answer, failed
from rvosbench_leaderboard.web.limits.patience import ClientGone
from rvosbench_leaderboard.web.refusal import Refusal, bad_request, too_many
from rvosbench_leaderboard.web.security.actor import address_of
from rvosbench_leaderboard.web.security.csrf import form_cookie
from rvosbench_leaderboard.web.services import Services

STATIC = "/static/"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
SECURE = {"strict-transport-security": "max-age=31536000"}


def _refuse_nul(scope: Scope) -> None:
    """No text of ours holds it, and PostgreSQL can compare with none that does."""
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        raise bad_request("address", "printable characters", "a NUL")


def _named(path: str) -> str:
    """As it stands in a log: in one line, not too long, and without the secrets of links."""
    if path.startswith("/link/"):
        path = f"/link/{path.split('/')[2]}/..."
    return ascii(path[:200])[1:-1]


class Doorway:
    """Outermost. A failure that nobody foresaw becomes a plain 500, and its traceback goes to the
    operator."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self.services = services
        self.headers = HEADERS | (SECURE if services.settings.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        request = Request(scope, receive)
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._note_failure(scope, message["status"])
                self._complete(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            self._take(request)
            _refuse_nul(scope)
            await self.app(scope, receive, send_with_headers)
        except (ClientGone, ClientDisconnect):
            return
        except Refusal as error:
            response = answer(request, error.status, error.problems, error.headers)
            await response(scope, receive, send_with_headers)
        except Exception:
            self.services.settings.report(f"request {state['request_id']}: {traceback.format_exc()}")
            if not begun:
                await failed(request)(scope, receive, send_with_headers)

    def _take(self, request: Request) -> None:
        if request.url.path.startswith(STATIC):
            return
        if seconds := self.services.per_address.take(address_of(request)):
            raise too_many("requests from this address", seconds)

    def _note_failure(self, scope: Scope, status: int) -> None:
        """What people read out from a page is found again by its id."""
        if status >= 400 and status != 500:  # a 500 comes with its traceback
            id_ = scope["state"]["request_id"]
            self.services.settings.report(
                f"request {id_}: {status} {scope['method']} {_named(scope['path'])}"
            )

    def _complete(self, scope: Scope, headers: MutableHeaders) -> None:
        headers["x-request-id"] = scope["state"]["request_id"]
        for name, value in self.headers.items():
            headers[name] = value
        # Whatever says nothing about caches is for this reader alone, this once.
        headers.setdefault("cache-control", "no-store")
        token = scope["state"].get("new_form_token")
        if token is not None:
            settings = self.services.settings
            secure = "; Secure" if settings.secure else ""
            headers.append(
                "set-cookie", f"{form_cookie(settings)}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"
            )
