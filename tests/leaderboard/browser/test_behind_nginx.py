"""Debian's nginx in front, set up as docs/how-to/run-a-server.md says: its configuration comes from there."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from furnished_site import Site, furnished, token_of
from running_web import running
from rvosbench_leaderboard.web.config import Limits
from rvosbench_leaderboard.web.security.sessions import begin

pytestmark = pytest.mark.full

MIB = 1 << 20
SBIN = "/usr/sbin/nginx"  # not on every path
PAGE = "docs/how-to/run-a-server.md"


@dataclass(frozen=True)
class Proxied:
    site: Site
    address: str
    folder: Path

    def client(self) -> httpx.Client:
        app = self.site.app()
        with self.site.database.write() as session:
            secret = begin(session, self.site.people["ada"], app.state.settings)
        return httpx.Client(base_url=self.address, cookies={"rvosbench": secret}, timeout=60)


@pytest.fixture(scope="module")
def proxied(
    tmp_path_factory: pytest.TempPathFactory,
    project_root: Path,
    require_command: Callable[[str], str],
) -> Iterator[Proxied]:
    program = SBIN if Path(SBIN).exists() else require_command("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    site = furnished(folder / "server")
    port = _free_port()
    origin = f"http://127.0.0.1:{port}"
    with running(site.app(origin=origin, limits=Limits())) as address:
        config = _config(project_root / PAGE, folder, port, address.removeprefix("http://"))
        process = subprocess.Popen([program, "-c", str(config), "-p", str(folder)], stderr=subprocess.PIPE)
        try:
            _wait(port)
            yield Proxied(site, origin, folder)
        finally:
            process.terminate()
            process.wait(20)


def _config(page: Path, folder: Path, port: int, upstream: str) -> Path:
    """The block of the page, with the address, port and certificate of a test."""
    block = re.search(r"```nginx\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert block is not None
    server = re.sub(r"^\s*(ssl_certificate|ssl_certificate_key|server_name) .*\n", "", block[1], flags=re.M)
    server = server.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace(
        "127.0.0.1:8080", upstream
    )
    temporary = "".join(
        f"    {name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    target = folder / "nginx.conf"
    target.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n    access_log off;\n{temporary}{server}}}\n",
        encoding="utf-8",
    )
    return target


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


def test_pages_and_forms_go_through(proxied: Proxied) -> None:
    with proxied.client() as client:
        assert "Slow Motion" in client.get("/b/mevis/valid/open").text
        csrf = token_of(client.get("/teams").text)
        made = client.post(
            "/teams", data={"csrf": csrf, "name": "Proxied"}, headers={"origin": proxied.address}
        )
        assert made.status_code == 303
        assert client.get(made.headers["location"]).status_code == 200


def test_a_form_of_24_megabytes_is_no_413_and_waits_in_no_file_of_the_proxy(proxied: Proxied) -> None:
    content = os.urandom(24 * MIB)
    with proxied.client() as client:
        page = client.get("/b/mevis/valid/open/submit").text
        fields = {"csrf": token_of(page), "team": proxied.site.teams["Motion Lab"], "method": "Through"}
        answer = client.post(
            "/b/mevis/valid/open/submit",
            data=fields,
            files={"file": ("preds.zip", content)},
            headers={"origin": proxied.address},
        )
        assert answer.status_code == 303
        shown = client.get(answer.headers["location"]).text
    assert hashlib.sha256(content).hexdigest() in shown
    assert [path for path in (proxied.folder / "client_body").rglob("*") if path.is_file()] == []


def test_an_upload_in_pieces_goes_through(proxied: Proxied) -> None:
    content = os.urandom(9 * MIB)
    with proxied.client() as client:
        csrf = token_of(client.get("/teams").text)
        common = {"Tus-Resumable": "1.0.0", "X-CSRF-Token": csrf, "Origin": proxied.address}
        pairs = {"phase": "mevis/valid/open", "team": proxied.site.teams["Motion Lab"]}
        metadata = ",".join(f"{key} {_base64(value)}" for key, value in pairs.items())
        made = client.post(
            "/api/v1/uploads",
            headers=common | {"Upload-Length": str(len(content)), "Upload-Metadata": metadata},
        )
        assert made.status_code == 201
        place = made.headers["location"]
        for offset in range(0, len(content), 4 * MIB):
            headers = common | {
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            }
            done = client.patch(place, headers=headers, content=content[offset : offset + 4 * MIB])
            assert done.status_code == 204
        assert done.headers["rvosbench-submission"]


def test_events_come_at_once(proxied: Proxied) -> None:
    path = f"/api/v1/submissions/{proxied.site.submissions['In Work']}/events"
    begun = time.monotonic()
    with proxied.client() as client, client.stream("GET", path) as answer:
        first = next(line for line in answer.iter_lines() if line)
    assert first == "event: state"
    assert time.monotonic() - begun < 10


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
