"""The process that opens ground truth: what it may use, what it can reach, and that it ends with its
worker."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rvosbench_leaderboard.scoring.cell import Isolation, in_cell, isolation, without
from rvosbench_leaderboard.scoring.limits import VALIDATING, Limits
from rvosbench_leaderboard.scoring.messages import DESCRIBE, VALIDATE, Request, ScoringFailed
from rvosbench_leaderboard.scoring.run import Run
from rvosbench_leaderboard.worker.config import in_a_cell
from server_world import BARE, World, predictions_zip

BWRAP = Isolation("bwrap")


def request(world: World, limits: Limits = VALIDATING, action: str = DESCRIBE) -> Request:
    return Request(action, world.data, "mevis-v2", "valid", "mevis", limits)


def result(run: Run, asked: Request) -> object:
    return run.result(asked, lambda stage, share: None)


def test_it_describes_a_track_and_ends(world: World) -> None:
    facts = result(Run(BARE), request(world))
    assert isinstance(facts, dict)
    assert facts["dataset_fingerprint"] == world.split.manifest.fingerprint


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (replace(VALIDATING, wall=0.05), "too long"),
        (replace(VALIDATING, memory=30 << 20), "it ended|killed|memory"),
    ],
)
def test_threat_08_what_uses_too_much_is_ended_and_the_worker_lives(
    world: World, limits: Limits, why: str
) -> None:
    with pytest.raises(ScoringFailed, match=why):
        result(Run(BARE), request(world, limits))


def test_a_run_can_be_ended_from_another_thread(world: World) -> None:
    run = Run(BARE)
    threading.Timer(0.05, run.end, ("nobody wants it any more",)).start()
    with pytest.raises(ScoringFailed, match="nobody wants"):
        result(run, request(world))


def test_a_request_without_a_submission_is_our_fault(world: World) -> None:
    with pytest.raises(ScoringFailed):
        result(Run(BARE), request(world, action=VALIDATE))


def test_it_ends_when_its_worker_is_killed(tmp_path: Path) -> None:
    """The worker starts a process that binds itself to it, and sleeps; then the worker is killed."""
    child = "import sys; from rvosbench_leaderboard.scoring.limits import end_with_parent as e;"
    child += "e(int(sys.argv[1])); open(sys.argv[2], 'w').close(); import time; time.sleep(60)"
    parent = "import os, subprocess, sys, time;"
    parent += "p = subprocess.Popen([sys.executable, '-c', sys.argv[1], str(os.getpid()), sys.argv[2]]);"
    parent += "print(p.pid, flush=True); time.sleep(60)"
    ready = tmp_path / "ready"
    worker = subprocess.Popen([sys.executable, "-c", parent, child, str(ready)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    until(ready.exists)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.full
def test_the_system_has_a_cell() -> None:
    assert isolation() == BWRAP
    assert BWRAP.gaps == []
    assert len(BARE.gaps) == 2


PROBE = """
import json, os, socket, sys
def can(do, *what):
    try:
        do(*what)
        return True
    except OSError:
        return False
def connect(port):
    socket.create_connection(("127.0.0.1", port), 2).close()
secret, shown, port, home = sys.argv[1:]
print(json.dumps({
    "network": can(connect, int(port)),
    "writes": can(open, os.path.join(home, "x"), "w") or can(open, "/usr/x", "w"),
    "secret": can(open, secret),
    "shown": can(open, shown),
    "shown_writes": can(open, shown, "a"),
    "others": any(can(os.listdir, f"/proc/{name}/root{os.path.dirname(secret)}") and
                  can(open, f"/proc/{name}/root{secret}") for name in os.listdir("/proc") if name.isdigit()),
}))
"""


@pytest.mark.full
def test_threat_08_in_its_cell_it_reaches_nothing_but_what_it_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    (folder / "blobs").mkdir(parents=True)
    secret, shown = folder / "server.db", folder / "blobs" / "one"
    secret.write_text("secret")
    shown.write_text("a submission")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        command = [sys.executable, "-c", PROBE, str(secret), str(shown), port, str(Path.home())]
        bare = json.loads(subprocess.check_output(command))
        inside = json.loads(
            subprocess.check_output(in_cell(BWRAP, command, hidden=[folder], shown=[shown]), cwd="/")
        )
    (Path.home() / "x").unlink(missing_ok=True)
    Path("/usr/x").unlink(missing_ok=True)
    assert bare["network"] and bare["secret"] and bare["shown"]
    assert inside["shown"]
    assert bare["others"]
    for what in ("network", "writes", "secret", "shown_writes", "others"):
        assert not inside[what], what


@pytest.mark.full
def test_threat_16_the_web_does_not_see_the_ground_truth(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "server"
    for path in (data, folder):
        path.mkdir()
        (path / "file").write_text("x")
    probe = "import os, sys; print(*(os.path.exists(path) for path in sys.argv[1:]))"
    command = [sys.executable, "-c", probe, str(data / "file"), str(folder / "file")]
    assert subprocess.check_output(command).split() == [b"True", b"True"]
    inside = without(BWRAP, command, hidden=data, kept=folder)
    assert subprocess.check_output(inside).split() == [b"False", b"True"]


@pytest.mark.full
def test_threat_16_a_server_folder_inside_the_data_folder_stays_in_sight(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "file").write_text("x")
    command = without(
        BWRAP, ["cat", str(tmp_path / "server" / "file")], hidden=tmp_path, kept=tmp_path / "server"
    )
    assert subprocess.check_output(command) == b"x"


@pytest.mark.full
def test_a_submission_is_scored_in_the_cell(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    before = set(world.folder.iterdir())
    world.work(runner=in_a_cell, isolation=BWRAP, hidden=[world.folder])
    assert world.state(key) == "scored", world.log
    assert set(world.folder.iterdir()) == before
