"""Requests to an evaluation server: answers as JSON, refusals as problems, and patience with a bad line."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from rvosbench import __version__
from rvosbench.errors import Code, Problem, RvosbenchError, UsageError

TIMEOUT = 60.0  # seconds without a byte
CONNECTING = 10.0  # seconds until a machine that says nothing counts as out of reach
PATIENCE = 600.0  # seconds of trying without success before giving up
AT_FIRST = 60.0  # the same, for a server that has never answered: its address may be wrong
LONGEST_PAUSE = 30.0
UNSENT = 128 << 10  # bytes that the kernel takes beyond what is on its way
_BUSY = (423, 429, 503)  # to be asked again after a while
_LOCAL = ("localhost", "127.0.0.1", "::1")


class LineBroken(Exception):
    """The connection ended before there was an answer. What was sent may have arrived."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise no_server("its answer is not JSON") from error

    @property
    def wait(self) -> float | None:
        """Seconds after which a busy server wants to be asked again."""
        if self.status not in _BUSY:
            return None
        text = self.headers.get("retry-after", "")
        return min(float(text), 300.0) if text.isdigit() else 2.0


@dataclass(slots=True)
class Server:
    """`address` as people type it. `told` is given a line for each attempt that failed. `pause` waits, `now`
    tells the time; both for tests to replace."""

    address: str
    token: str | None = None
    pause: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    told: Callable[[str], None] = lambda line: None
    _answered: bool = False
    _place: SplitResult = field(init=False)

    def __post_init__(self) -> None:
        place = urlsplit(self.address)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise UsageError(
                Problem(
                    Code.BAD_OPTION,
                    f"--server {self.address}",
                    expected="an address such as https://bench.example.org",
                    found="something else",
                    fix="copy the address of the server from your browser",
                )
            )
        self._place = place

    @property
    def origin(self) -> str:
        return f"{self._place.scheme}://{self._place.netloc}"

    @property
    def is_overheard(self) -> bool:
        """Whether others on the way can read the token."""
        return self._place.scheme == "http" and self._place.hostname not in _LOCAL

    def ask(
        self,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Tries again while the line is broken or the server busy. A refusal is raised, with its problems."""
        body = None if document is None else json.dumps(document).encode()
        given = dict(headers or {}) | ({} if body is None else {"Content-Type": "application/json"})
        return self.patiently(lambda: self._once(method, path, body, given))

    def patiently(self, attempt: Callable[[], Reply]) -> Reply:
        begun, pause, failed = self.now(), 0.5, 0
        while True:
            try:
                reply = attempt()
            except LineBroken as error:
                failed += 1
                self.try_again(error, begun, pause, failed)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if reply.wait is not None and self.now() + reply.wait < begun + PATIENCE:
                self.told(
                    f"{self.origin} is busy (status {reply.status}), trying again in {reply.wait:.0f} s"
                )
                self.pause(reply.wait)
                continue
            if reply.status >= 400:
                raise refusal_of(reply)
            return reply

    def try_again(self, error: LineBroken, begun: float, pause: float, number: int) -> None:
        """Waits for `pause` seconds, and says so; raises if it has been tried for long enough."""
        if self.now() >= begun + (PATIENCE if self._answered else AT_FIRST):
            raise no_server(f"{self.origin}: {error}") from error
        self.told(f"cannot reach {self.origin} ({error}), trying again ({number})")
        self.pause(pause)

    def open(self) -> HTTPConnection:
        """A new connection, through the proxy of the environment where there is one."""
        secure, host = self._place.scheme == "https", self._place.hostname or ""
        port = self._place.port or (443 if secure else 80)
        proxy = None if proxy_bypass(host) else getproxies().get(self._place.scheme)
        if proxy is None:
            return _connection(secure, host, port)
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        connection = _connection(secure, through.hostname or "", through.port or 3128)
        connection.set_tunnel(host, port)
        return connection

    def send(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
    ) -> Reply:
        """One request. An answer that comes before the body was sent counts as one."""
        try:
            if connection.sock is None:
                _connect(connection)
            connection.request(method, self._place.path.rstrip("/") + path, body, self._headers(headers))
        except (OSError, HTTPException) as error:
            if connection.sock is not None:
                with suppress(OSError, HTTPException):
                    return self._heard(connection)
            raise LineBroken(_reason(error)) from error
        try:
            return self._heard(connection)
        except (OSError, HTTPException) as error:
            raise LineBroken(_reason(error)) from error

    def _heard(self, connection: HTTPConnection) -> Reply:
        reply = _reply(connection.getresponse())
        self._answered = True
        return reply

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        connection = self.open()
        try:
            return self.send(connection, method, path, headers, body)
        finally:
            connection.close()

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        found = {"User-Agent": f"rvosbench/{__version__}", "Accept": "application/json", **more}
        if self.token is not None:
            found["Authorization"] = f"Bearer {self.token}"
        return found


def refusal_of(reply: Reply) -> RvosbenchError:
    """The problems of the answer, as far as they can be understood."""
    try:
        problems = tuple(Problem.from_json(one) for one in json.loads(reply.body)["problems"])
    except (ValueError, KeyError, TypeError):
        problems = ()
    return RvosbenchError(*problems) if problems else no_server(f"it answers with status {reply.status}")


def no_server(found: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.SERVER_UNREACHABLE,
            "--server",
            expected="an evaluation server that answers",
            found=found,
            fix="check the address and the network, then repeat the command: it goes on where it stopped",
        )
    )


def _connection(secure: bool, host: str, port: int) -> HTTPConnection:
    if secure:
        return HTTPSConnection(host, port, timeout=CONNECTING, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=CONNECTING)


def _connect(connection: HTTPConnection) -> None:
    """Once it is there, the server may take its time. What a line cannot take yet waits here and not in the
    kernel: when the line breaks, that is not sent twice."""
    connection.connect()
    connection.sock.settimeout(TIMEOUT)
    if lowat := getattr(socket, "TCP_NOTSENT_LOWAT", None):  # not on every system
        connection.sock.setsockopt(socket.IPPROTO_TCP, lowat, UNSENT)


def _reply(response: HTTPResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, response.read())


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
