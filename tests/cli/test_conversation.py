"""How the program speaks: exit codes, JSON alone on stdout, errors with code and fix, the next command."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome
from report_pages import read_page

Program = Callable[..., Outcome]


@pytest.fixture
def home(releases: Path, tmp_path: Path, rvosbench: Program) -> Path:
    """A home with one converted split, sample:valid."""
    done = rvosbench(
        "convert", "sample", releases / "sample", "--split", "valid", "--data", tmp_path / "a home"
    )
    assert done.code == 0
    return tmp_path / "a home"


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("convert", "mevis-v3", "."), 2, "RVB001"),
        (("convert", "mevis-v1", ".", "--split", "testing"), 2, "RVB002"),
        (("convert", "mevis-v1", "no/such/folder"), 2, "RVB010"),
        (("convert", "mevis-v1", "."), 4, "RVB025"),
        (("describe", "nothing"), 2, "RVB001"),
        (("describe", "mevis-v1:testing"), 2, "RVB002"),
        (("doctor", "mevis-v1"), 4, "RVB004"),
        (("export", "mevis-v1", "--to", "coco", "--out", "x"), 4, "RVB004"),
        (("sample", ".", "--recipe", "huge"), 2, "RVB003"),
        (("sample", "x", "--only", "imagenet"), 2, "RVB001"),
    ],
)
def test_what_is_wrong_has_an_exit_code_and_a_problem_code(
    arguments: tuple[str, ...],
    code: int,
    problem: str,
    tmp_path: Path,
    rvosbench: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RVOSBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "file").touch()
    plain = rvosbench(*arguments)
    assert (plain.code, plain.out) == (code, "")
    assert f"error {problem}" in plain.err
    assert "fix" in plain.err
    as_json = rvosbench(*arguments, "--json")
    assert as_json.code == code
    assert [one["code"] for one in json.loads(as_json.out)["problems"]] == [problem]


@pytest.mark.parametrize(
    "arguments",
    [("convert",), ("convert", "a", ".", "--workers", "0"), ("fly",), ("describe", "--no-such-option")],
)
def test_a_call_that_cannot_be_read_is_a_usage_error(arguments: tuple[str, ...], rvosbench: Program) -> None:
    outcome = rvosbench(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Usage: rvosbench" in outcome.err


def test_a_typing_mistake_gets_a_suggestion(rvosbench: Program, tmp_path: Path) -> None:
    assert "did you mean mevis-v1 or mevis-v2?" in rvosbench("describe", "mevi", "--data", tmp_path).err
    assert "did you mean ref-davis17" in rvosbench("describe", "ref-davis", "--data", tmp_path).err


def test_a_bare_mevis_is_version_1_if_that_is_here_else_version_2(
    releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    assert "mevis was taken for mevis-v2" in rvosbench("describe", "mevis", "--data", tmp_path).err
    rvosbench("convert", "mevis-v1", releases / "mevis-v1", "--split", "valid_u", "--data", tmp_path)
    described = rvosbench("describe", "mevis", "--data", tmp_path, "--json")
    assert "mevis was taken for mevis-v1" in described.err
    assert json.loads(described.out)["dataset"] == "mevis-v1"


def test_a_second_conversion_says_that_nothing_has_changed(
    releases: Path, home: Path, rvosbench: Program
) -> None:
    again = rvosbench("convert", "sample", releases / "sample", "--split", "valid", "--data", home)
    assert "already converted, nothing has changed" in again.out


@pytest.mark.parametrize("command", ["convert", "describe", "doctor", "export"])
def test_every_command_names_a_likely_next_one(
    command: str, releases: Path, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    arguments = {
        "convert": ("sample", releases / "sample", "--data", home),
        "export": ("sample", "--data", home, "--to", "png", "--out", tmp_path / "png"),
    }.get(command, ("sample", "--data", home))
    outcome = rvosbench(command, *arguments)
    assert outcome.code == 0
    assert "Next: " in outcome.err
    assert "Next: " not in outcome.out
    if named := re.search(r"Next: rvosbench (.+?)(?:, (?:or|since) .*)?$", outcome.err, re.MULTILINE):
        following = shlex.split(named[1].replace("FOLDER", str(tmp_path / "following")))
        assert rvosbench(*following).code == 0


def test_a_damaged_split_ends_with_exit_code_4(home: Path, rvosbench: Program) -> None:
    (home / "sample" / "valid" / "masks.parquet").unlink()
    assert rvosbench("doctor", "sample", "--data", home).code == 4
    assert rvosbench("doctor", "sample", "--data", home, "--json").code == 4


def test_a_reader_that_goes_away_is_no_error_to_talk_about(home: Path) -> None:
    command = f"{sys.executable} -m rvosbench.cli describe sample --data '{home}' | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, env=os.environ)
    assert done.stdout.startswith("rvosbench sample")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_the_version_can_be_asked(rvosbench: Program) -> None:
    outcome = rvosbench("--version")
    assert (outcome.code, outcome.out.split()[0]) == (0, "rvosbench")


def test_the_demo_ends_well_and_goes_on_from_where_it_was(tmp_path: Path, rvosbench: Program) -> None:
    first = rvosbench("demo", tmp_path / "demo", "--json")
    assert first.code == 0, first.err
    page = tmp_path / "demo" / "report.html"
    assert json.loads(first.out)["report"] == str(page) and page.stat().st_size > 100_000
    (difference,) = read_page(page).index["comparison"]["pairs"]
    assert difference["verdict"] == "better", "the page shows no verdict but a tie"
    second = rvosbench("demo", tmp_path / "demo")
    assert second.code == 0
    for split in json.loads(first.out)["splits"]:
        assert f"{split['dataset']}:{split['split']}" in second.out


def test_force_replaces_neither_the_release_nor_another_converted_split(
    releases: Path, home: Path, rvosbench: Program
) -> None:
    rvosbench("convert", "sample", releases / "sample", "--split", "train", "--data", home)
    for precious in (home / "sample" / "train", home / "sample", releases / "sample" / "train"):
        before = sorted(precious.rglob("*"))
        refused = rvosbench(
            "export", "sample:valid", "--data", home, "--to", "png", "--out", precious, "--force"
        )
        assert refused.code == 2
        assert sorted(precious.rglob("*")) == before


def test_the_problems_of_every_split_are_said(releases: Path, tmp_path: Path, rvosbench: Program) -> None:
    source = tmp_path / "release"
    shutil.copytree(releases / "mevis-v1", source)
    for split in ("train", "valid_u"):
        (source / split / "meta_expressions.json").write_text("{")
    refused = rvosbench("convert", "mevis-v1", source, "--data", tmp_path / "data")
    assert refused.code == 4
    assert str(source / "train" / "meta_expressions.json") in refused.err
    assert str(source / "valid_u" / "meta_expressions.json") in refused.err
    assert "mevis-v1:valid  converted" in refused.out


def test_what_the_system_refuses_is_a_problem_with_a_code(tmp_path: Path, rvosbench: Program) -> None:
    outcome = rvosbench("describe", "sample", "--data", tmp_path / ("x" * 300))
    assert outcome.code == 1
    assert "error RVB015" in outcome.err
    assert "File name too long" in outcome.err


BAR = """
import time
from rvosbench.cli.console import Bar
bar = Bar()
bar.start("bear", 100, "mask")
for _ in range(10):
    time.sleep(0.1)
    bar.advance(10)
bar.finish()
"""


@pytest.mark.parametrize("size", [(0, 0), (24, 100)], ids=["of unknown size", "of known size"])
def test_progress_shows_on_a_terminal(size: tuple[int, int]) -> None:
    master, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, size)
    with subprocess.Popen([sys.executable, "-c", BAR], stderr=terminal):
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(master, 4096):
                shown += part
    os.close(master)
    assert re.search(rb"bear: +\d+%.*\d+/100 \[00:0\d<00:0\d", shown), shown
