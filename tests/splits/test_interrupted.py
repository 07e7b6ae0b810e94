"""A conversion killed at any moment leaves the split absent or whole, and the next run completes it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import toy_dataset
from toy_dataset import Toy

from rvosbench.splits.convert import convert
from rvosbench.splits.doctor import examine

PROGRAM = """
import sys
from pathlib import Path
from toy_dataset import Toy
from rvosbench.splits.convert import convert
if __name__ == "__main__":
    convert(Toy(pause=0.01), Path(sys.argv[1]), "valid", data=Path(sys.argv[2]), workers=int(sys.argv[3]))
"""
VIDEOS = 30


def start(tmp_path: Path, workers: int = 1) -> subprocess.Popen[bytes]:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(Path(toy_dataset.__file__).parent)}
    return subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "source"), str(tmp_path / "home"), str(workers)],
        env=environment,
        start_new_session=True,
    )


def test_killed_at_any_moment_the_split_is_absent_or_whole(tmp_path: Path) -> None:
    source = toy_dataset.write(tmp_path / "source", toy_dataset.videos(VIDEOS))
    expected = convert(Toy(), source, "valid", data=tmp_path / "elsewhere").manifest.fingerprint
    target = tmp_path / "home" / "toy" / "valid"
    began = time.monotonic()
    process = start(tmp_path)
    assert process.wait(60) == 0
    whole_run = time.monotonic() - began
    moments = random.Random(1)
    killed_too_late: set[bool] = set()
    for attempt in range(60):
        if attempt >= 20 and killed_too_late == {True, False}:
            break
        if attempt % 2:  # over an older split as well as over nothing
            os.utime(source / "toy.json", ns=(attempt, attempt))
        else:
            subprocess.run(["rm", "-r", str(target.parent)], check=False)
        process = start(tmp_path, workers=1 + attempt % 4 // 3)
        time.sleep(moments.uniform(0.4, 1.4) * whole_run)
        too_late = process.poll() is not None
        whole_run *= 0.9 if too_late else 1.1  # as busy as the machine is now
        with contextlib.suppress(ProcessLookupError):  # its group has ended, too
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        killed_too_late.add(too_late)
        if target.exists():
            diagnosis = examine(target)
            assert diagnosis.healthy or {p.code for p in diagnosis.problems} == {"RVB044"}
            assert diagnosis.manifest.fingerprint == expected
    again = convert(Toy(), source, "valid", data=tmp_path / "home")
    assert again.manifest.fingerprint == expected
    assert examine(target).healthy
    left = {path.name for path in target.parent.iterdir()}
    assert left == {"valid", ".valid.lock"}, "the next run sweeps away what the killed ones left"
    assert killed_too_late == {True, False}, "all kills came before or all after the end: nothing is shown"


def test_two_conversions_at_once_end_in_one_whole_split(tmp_path: Path) -> None:
    toy_dataset.write(tmp_path / "source", toy_dataset.videos(VIDEOS))
    processes = [start(tmp_path) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    target = tmp_path / "home" / "toy" / "valid"
    assert examine(target).healthy
    assert {path.name for path in target.parent.iterdir()} == {"valid", ".valid.lock"}


def test_the_second_of_two_conversions_finds_the_work_done(tmp_path: Path) -> None:
    source = toy_dataset.write(tmp_path / "source", toy_dataset.videos(VIDEOS))
    process = start(tmp_path)
    place, until = tmp_path / "home" / "toy", time.monotonic() + 60
    while not list(place.glob(".valid.new-*")) and not (place / "valid").exists():  # it holds the lock
        assert time.monotonic() < until
        time.sleep(0.01)
    second = convert(Toy(), source, "valid", data=tmp_path / "home")
    assert process.wait(60) == 0
    assert not second.done


def test_workers_do_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    toy_dataset.write(tmp_path / "source", toy_dataset.videos(400))
    process = start(tmp_path, workers=2)
    workers: set[int] = set()
    until = time.monotonic() + 60
    while len(workers) < 2 and time.monotonic() < until:
        time.sleep(0.05)
        workers = {number for number, line in children_of(process.pid).items() if "spawn_main" in line}
    assert len(workers) == 2
    time.sleep(1)  # they have begun to read
    os.kill(process.pid, signal.SIGKILL)  # the parent alone, not its group
    process.wait(60)
    until = time.monotonic() + 20
    while any(map(is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert [number for number in workers if is_alive(number)] == []


def children_of(parent: int) -> dict[int, str]:
    """Process id -> command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ancestor = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if ancestor == parent:
                found[int(folder.name)] = (folder / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
    return found


def is_alive(number: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except OSError:
        return False
