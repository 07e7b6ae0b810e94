"""How a server starts: the web first, and while it loads everything else is made ready."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rvosbench_leaderboard.processes.supervisor import Supervisor, Wanted, launch, launched, tell

ECHO = """import os, sys
open("said", "a").write(sys.stdin.readline() + "\\n")
open("nice", "w").write(str(os.nice(0)))
"""


def wanted(folder: Path, nice: int = 0) -> Wanted:
    """A process that writes down what it is told."""
    (folder / "echo.py").write_text(ECHO)
    return Wanted(
        "it",
        "echo",
        {"what": "this"},
        lambda command: ["env", "-C", str(folder), f"PYTHONPATH={folder}", *command],
        nice=nice,
    )


def test_a_process_that_was_launched_early_is_told_and_not_launched_again(tmp_path: Path) -> None:
    one = wanted(tmp_path)
    with launched(one) as process:
        supervisor = Supervisor([one], lambda line: supervisor.stopping.set(), {"it": process})
        supervisor.run()
        assert process.wait(60) == 0
    told = [json.loads(line) for line in (tmp_path / "said").read_text().splitlines() if line]
    assert told[0] == {"what": "this", "supervisor": os.getpid()}


def test_a_process_that_is_never_told_ends_with_what_it_waited_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError), launched(wanted(tmp_path)) as process:
        raise ValueError
    assert process.poll() is not None
    assert not (tmp_path / "said").exists()


def test_the_web_ends_when_its_supervisor_dies_before_it_says_anything() -> None:
    command = [sys.executable, "-m", "rvosbench_leaderboard.processes.web"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_process_stands_back_as_far_as_it_should(tmp_path: Path) -> None:
    one = wanted(tmp_path, nice=7)
    process = launch(one)
    tell(process, one)
    assert process.wait(60) == 0
    assert int((tmp_path / "nice").read_text()) == os.nice(0) + 7


def test_what_comes_before_the_web_loads_no_database() -> None:
    code = "import sys, rvosbench_leaderboard.processes.front; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
