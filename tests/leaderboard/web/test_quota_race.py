"""Threat 17 by HTTP: several server processes, many clients at once, and never one upload more than the
quota."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rvosbench_leaderboard.submitting.connection import Server
from server_world import Clock
from web_site import GENEROUS, PHASE, TUS, WebSite, metadata

pytestmark = pytest.mark.full
PROCESSES, CLIENTS, ROUNDS, QUOTA = 4, 64, 5, 5


def serve(url: str, blobs: str, listener: socket.socket, ready: Any) -> None:
    import uvicorn
    from rvosbench_leaderboard.blobs.folder import FolderBlobs
    from rvosbench_leaderboard.database.engine import open_database
    from rvosbench_leaderboard.web.app import create_app
    from rvosbench_leaderboard.web.config import WebSettings
    from rvosbench_leaderboard.web.limits.connections import server_options

    settings = WebSettings(
        open_database(url, patience=60), FolderBlobs(Path(blobs)), clock=Clock(), limits=GENEROUS
    )
    server = uvicorn.Server(uvicorn.Config(create_app(settings), **server_options(20)))
    ready.release()
    server.run(sockets=[listener])


@contextmanager
def processes(site: WebSite) -> Iterator[str]:
    """Several, on one socket."""
    context = multiprocessing.get_context("spawn")
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    ready = context.Semaphore(0)
    url = site.world.database.engine.url.render_as_string(hide_password=False)
    blobs = str(site.world.folder / "blobs")
    started = [context.Process(target=serve, args=(url, blobs, listener, ready)) for _ in range(PROCESSES)]
    for one in started:
        one.start()
    try:
        for _ in started:
            assert ready.acquire(timeout=120)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.join(20)
        listener.close()


def test_threat_17_the_quota_is_exact_by_http(site: WebSite) -> None:
    token = site.token("owner")
    with processes(site) as address:
        for number in range(1, ROUNDS + 1):
            site.world.set_phase(total=QUOTA * number)
            assert race(address, token) == {201: QUOTA, 409: CLIENTS - QUOTA}


def race(address: str, token: str) -> Counter[int]:
    """What all were answered."""
    statuses: list[int] = []
    start = threading.Barrier(CLIENTS)
    headers = {**TUS, "Upload-Length": "10", "Upload-Metadata": metadata(phase=PHASE)}

    def ask() -> None:
        server = Server(address, token)
        connection = server.open()
        start.wait()
        statuses.append(server.send(connection, "POST", "/api/v1/uploads", headers, None).status)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return Counter(statuses)
