"""`rvosbench serve` as one runs it: an empty folder, a page, processes that die, an orderly end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from rvosbench_leaderboard.processes.supervisor import Supervisor, Wanted
from served_site import processes_of
from server_world import hidden_split

from rvosbench.cli.app import run
from rvosbench.errors import Code

DEFINITION = """slug = "mevis"
title = "MeViS"

[[tracks]]
slug = "valid"
title = "Valid"
dataset = "mevis-v2:valid"

[[tracks.phases]]
slug = "dev"
title = "Development"
"""
LONG = 120.0  # seconds, on a machine with much else to do


def until(true: Callable[[], Any]) -> Any:
    end = time.monotonic() + LONG
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@contextmanager
def serving(folder: Path, data: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = ["serve", "--folder", str(folder), "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "rvosbench.cli", *command], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            lines: list[str] = []
            for line in server.stdout:
                lines.append(line)
                if line.startswith("}"):
                    break
            yield server, json.loads("".join(lines))
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
                server.wait(LONG)


def page(address: str) -> httpx.Response | None:
    try:
        return httpx.get(address, timeout=LONG)
    except httpx.TransportError:
        return None


def kill_and_wait(server: int, module: str, pid: int) -> None:
    """Until another process has taken its place."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: processes_of(server).get(module) not in (None, pid))


@pytest.mark.full
def test_a_server_starts_in_an_empty_folder_and_survives_the_death_of_its_processes(tmp_path: Path) -> None:
    folder, data = tmp_path / "server", tmp_path / "data"
    hidden_split(data)
    (folder / "benchmarks").mkdir(parents=True)
    (folder / "benchmarks" / "mevis.toml").write_text(DEFINITION)
    with serving(folder, data) as (server, told):
        address = told["address"]
        first = until(lambda: page(address))
        assert first.status_code == 200 and "MeViS" in first.text
        assert told["admin_link"].startswith(f"{address}/link/admin/")
        running = until(lambda: len(found := processes_of(server.pid)) >= 2 and found)
        for module in ("rvosbench_leaderboard.processes.web", "rvosbench_leaderboard.processes.work"):
            kill_and_wait(server.pid, module, running[module])
        assert until(lambda: page(address)).status_code == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(LONG) == 0
        until(lambda: page(address) is None)
    with serving(folder, data) as (server, again):
        assert until(lambda: page(again["address"])).status_code == 200
        assert oct(folder.stat().st_mode)[-3:] == "700"


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["serve", "--folder", str(tmp_path / "server"), "--port", port, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == Code.BAD_OPTION


def test_two_servers_do_not_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rvosbench_leaderboard.processes.front import locked
    from rvosbench_leaderboard.processes.place import Place

    place = Place(tmp_path, tmp_path / "data")
    place.make()
    with locked(place):
        assert run(["serve", "--folder", str(tmp_path), "--port", "0"]) == 2
    assert "another server" in capsys.readouterr().err


def test_a_worker_needs_a_database_that_others_can_reach(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["worker", "--folder", str(tmp_path)]) == 2
    assert run(["worker", "--folder", str(tmp_path), "--db", "mysql://x"]) == 2
    assert capsys.readouterr().err.count("--db") >= 2


def test_the_supervisor_starts_again_what_dies_and_tells_of_it(tmp_path: Path) -> None:
    """A module that leaves its mark and dies."""
    (tmp_path / "dies.py").write_text(
        "import os, json, sys\nopen(json.loads(sys.stdin.readline())['mark'], 'a').write('x')\nos.abort()\n"
    )
    said: list[str] = []
    freed: list[int] = []
    mark = tmp_path / "mark"

    def around(command: Any) -> list[str]:
        return ["env", f"PYTHONPATH={tmp_path}", *command]

    wanted = Wanted("it", "dies", {"mark": str(mark)}, around, on_death=lambda: freed.append(1))
    supervisor = Supervisor([wanted], said.append)

    def report(line: str) -> None:
        said.append(line)
        if len(said) == 2:
            supervisor.stopping.set()

    supervisor.report = report
    supervisor.run()
    assert mark.read_text() == "xx"
    assert len(freed) == 2
    assert "signal 6" in said[0]
