"""Clients that say nothing, little, or the same thing twice: nobody else waits for them."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from running_web import running
from rvosbench_leaderboard.submitting.connection import Server
from web_site import GENEROUS, OFFSET_BODY, PHASE, TUS, WebSite, begin_upload, copy_of

SILENCE = 0.6
CONTENT = os.urandom(200_000)


@pytest.fixture
def impatient(model_site: WebSite, tmp_path: Path) -> Iterator[tuple[WebSite, str]]:
    site = copy_of(model_site, tmp_path / "site", replace(GENEROUS, silence=SILENCE, whole_body=1.5))
    with running(site.app, header_seconds=SILENCE) as address:
        yield site, address


def connect(address: str) -> socket.socket:
    place = urlsplit(address)
    return socket.create_connection((place.hostname, place.port), timeout=20)


def begin(site: WebSite, size: int = len(CONTENT)) -> str:
    return str(begin_upload(site.program("owner"), size).headers["Location"])


def patch(site: WebSite, place: str, offset: int, length: int) -> bytes:
    lines = {
        "Host": "bench.test",
        "Authorization": f"Bearer {site.token('owner')}",
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": OFFSET_BODY,
        "Content-Length": str(length),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode()


def status(connection: socket.socket) -> int:
    return int(connection.recv(4096).split(b" ")[1])


def test_threat_12_silent_connections_are_closed_and_others_are_served(
    impatient: tuple[WebSite, str],
) -> None:
    site, address = impatient
    silent = [connect(address) for _ in range(300)]
    for number, one in enumerate(silent):
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" if number % 2 else b"")  # headers that never end
    begun = time.monotonic()
    assert Server(address, site.token("owner")).ask("GET", "/api/v1/account").status == 200
    assert time.monotonic() - begun < 5
    for one in silent:
        assert one.recv(100) == b""  # closed by the server
        one.close()


def test_threat_12_a_body_that_stops_is_given_up_and_what_came_is_kept(
    impatient: tuple[WebSite, str],
) -> None:
    site, address = impatient
    place = begin(site)
    with connect(address) as slow:
        slow.sendall(patch(site, place, 0, len(CONTENT)) + CONTENT[:1234])
        assert status(slow) == 408
    head = Server(address, site.token("owner")).ask("HEAD", place, headers=TUS)
    assert head.headers["upload-offset"] == "1234"


def test_threat_12_a_small_body_that_drips_is_given_up(impatient: tuple[WebSite, str]) -> None:
    _, address = impatient
    with connect(address) as slow:
        slow.sendall(
            b"POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n"
        )
        begun = time.monotonic()
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(SILENCE / 3):
                slow.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        assert status(slow) == 408
        stop.set()
        thread.join()
    assert time.monotonic() - begun < 10


def test_a_client_that_comes_back_does_not_wait_for_its_old_connection(
    model_site: WebSite, tmp_path: Path
) -> None:
    """The old one still hangs, as it does behind a proxy that has not noticed the break."""
    site = copy_of(model_site, tmp_path / "site")  # 30 s of patience: the test would not pass by waiting
    with running(site.app) as address, connect(address) as old:
        place = begin(site)
        old.sendall(patch(site, place, 0, len(CONTENT)) + CONTENT[:5000])
        client = Server(address, site.token("owner"))
        begun = time.monotonic()
        submission = None
        while submission is None and time.monotonic() - begun < 10:
            offset = int(client.ask("HEAD", place, headers=TUS).headers["upload-offset"])
            headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": OFFSET_BODY}
            connection = client.open()
            reply = client.send(connection, "PATCH", place, headers, CONTENT[offset:])
            connection.close()
            submission = reply.headers.get("rvosbench-submission")
        assert submission is not None
        assert status(old) == 423


def test_only_so_many_uploads_of_one_account_send_at_once(model_site: WebSite, tmp_path: Path) -> None:
    site = copy_of(model_site, tmp_path / "site", replace(GENEROUS, uploads_at_once=2))
    with running(site.app) as address:
        held = []
        for _ in range(2):
            one = connect(address)
            one.sendall(patch(site, begin(site), 0, len(CONTENT)) + CONTENT[:10])
            held.append(one)
        until = time.monotonic() + 10
        while len(site.app.state.services.uploading._taken) < 1 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.2)
        with connect(address) as third:
            third.sendall(patch(site, begin(site), 0, 10) + CONTENT[:10])
            assert status(third) == 429
        for one in held:
            one.close()


def test_a_browser_without_javascript_sends_one_form(model_site: WebSite, tmp_path: Path) -> None:
    site = copy_of(model_site, tmp_path / "site")
    owner = site.browser("owner")
    address = f"/b/{PHASE}/submit"
    fields = {"csrf": owner.csrf, "method": "Ours", "team": site.teams["Red"]}
    content = CONTENT + b"\r\n--almost a boundary"
    for send, taken in ((fields, True), (fields | {"csrf": "guessed"}, False)):
        answer = owner.post(
            address,
            data=send,
            files={"file": ('my "best".zip', content)},
            headers={"accept": "text/html"},
        )
        assert (answer.status_code == 303) is taken
    listed = owner.get("/api/v1/submissions").json()
    assert [(one["name"], one["size"]) for one in listed] == [('my "best".zip', len(content))]
    key = listed[0]["id"]
    assert owner.get(f"/api/v1/submissions/{key}").json()["details"] == {"method": "Ours"}
