"""`serve`, `worker` and `admin` with wrong options: said at once, in the form of every other mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from rvosbench_leaderboard.processes.place import checked_origin

from rvosbench.cli.app import run
from rvosbench.errors import UsageError

NOWHERE = "postgresql://bench:secret@127.0.0.1:1/none"


@pytest.mark.parametrize(
    "command",
    [
        ["serve", "--port", "0"],
        ["worker"],
        ["admin", "doctor"],
        ["admin", "backup", "b.tar"],
        ["admin", "restore", "b.tar"],
        ["admin", "link"],
        ["admin", "define", "b.toml"],
        ["admin", "export", "a/b/c"],
    ],
    ids=" ".join,
)
def test_a_database_that_cannot_be_reached_is_a_mistake_of_the_call(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rvosbench_leaderboard.processes.place.AT_FIRST", 0.0)
    assert run([*command, "--folder", str(tmp_path / "server"), "--db", NOWHERE]) == 2
    said = capsys.readouterr().err
    assert "RVB170" in said
    assert "127.0.0.1:1/none" in said
    assert "secret" not in said


def test_an_address_that_no_database_can_have_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--folder", str(tmp_path / "server"), "--db", "postgresql://host:port/x"]) == 2
    assert "RVB003" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["worker", "--db", NOWHERE]])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("absent", "RVB003"),
        ("file", "RVB003"),
        ("server", "RVB193"),
        ("server/in", "RVB193"),
        (".", "RVB193"),
    ],
)
def test_ground_truth_is_a_folder_beside_that_of_the_server(
    command: list[str], data: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "server" / "in").mkdir(parents=True)
    (tmp_path / "file").touch()
    assert run([*command, "--folder", str(tmp_path / "server"), "--data", str(tmp_path / data)]) == 2
    said = capsys.readouterr().err
    assert code in said
    assert "--data" in said
    assert [one.name for one in (tmp_path / "server").iterdir()] == ["in"]  # nothing was begun


@pytest.mark.parametrize(
    "text",
    [
        "notaurl",
        "bench.example.org",
        "ftp://bench.example.org",
        "https://",
        "https://a/b",
        "https://a:b",
        "https://u@a",
    ],
)
def test_the_origin_is_an_address_as_browsers_say_it(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "server")
    assert run(["serve", "--folder", folder, "--port", "0", "--origin", text]) == 2
    assert f"RVB003  --origin {text}" in capsys.readouterr().err
    with pytest.raises(UsageError):
        checked_origin(text)


def test_a_slash_behind_the_origin_is_no_mistake() -> None:
    assert checked_origin("https://bench.example.org:8443/") == "https://bench.example.org:8443"
