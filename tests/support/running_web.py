"""An application served on a free port of this machine, and a line to it that breaks."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from rvosbench_leaderboard.web.limits.connections import server_options

HOST = "127.0.0.1"
_BLOCK = 64 << 10


@contextmanager
def running(app: FastAPI, header_seconds: float = 20.0) -> Iterator[str]:
    """The address; the server runs in a thread of this process, with the options of the real one."""
    listener = socket.create_server((HOST, 0))
    # Without a set-up of logging: one would end the handlers of other libraries, and with them the streams
    # that pytest captures.
    mine = {"timeout_graceful_shutdown": 1, "log_config": None}
    config = uvicorn.Config(app, **server_options(header_seconds) | mine)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    assert server.started
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()


@dataclass
class BreakingLine:
    """A proxy that cuts each connection once the client has sent so many bytes through it, `cuts` times."""

    target: str
    after: int
    cuts: int
    passed: int = 0
    made: int = 0
    _listener: socket.socket = field(default_factory=lambda: socket.create_server((HOST, 0)))

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    @contextmanager
    def open(self) -> Iterator[str]:
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self.address
        finally:
            self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        host, _, port = self.target.removeprefix("http://").partition(":")
        with client, socket.create_connection((host, int(port))) as server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            through = 0
            with suppress(OSError):
                while data := client.recv(_BLOCK):
                    through += len(data)
                    self.passed += len(data)
                    if through > self.after and self.made < self.cuts:
                        self.made += 1
                        _reset(client)
                        return
                    server.sendall(data)
                server.shutdown(socket.SHUT_WR)
            back.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_BLOCK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _reset(connection: socket.socket) -> None:
    """As a line breaks: without a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
