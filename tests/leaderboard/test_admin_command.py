"""`rvosbench admin`, as one types it on the machine of a server."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from furnished_site import Site, furnished
from rvosbench_leaderboard.definitions import EXAMPLE

from rvosbench.cli.app import run


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = furnished(tmp_path / "server")
    made.folder.chmod(0o700)
    return made


def ask(*arguments: str) -> int:
    return run(["admin", *arguments])


def test_a_backup_and_its_restoration_tell_what_they_did(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, folder = str(tmp_path / "b.tar"), str(tmp_path / "again")
    assert ask("backup", target, "--folder", str(site.folder), "--json") == 0
    assert json.loads(capsys.readouterr().out)["files"] == 1
    assert ask("restore", target, "--folder", folder, "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["folder"] == folder
    assert f"Next: rvosbench serve --folder {folder} --data TRUTH" in said.err
    assert ask("export", "mevis/valid/open", "--folder", folder) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["method"] for row in rows][:2] == ["Slow Motion v2", "Slow Motion"]


def test_a_folder_that_is_no_server_is_a_mistake_of_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["doctor"], ["backup", str(tmp_path / "b.tar")], ["link"], ["export", "a/b/c"]):
        assert ask(*command, "--folder", str(tmp_path)) == 2
        assert "RVB182" in capsys.readouterr().err


def test_what_is_no_backup_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "again")
    wrong = tmp_path / "wrong.tar"
    wrong.write_bytes(b"no tar at all" * 100)
    assert ask("restore", str(tmp_path / "missing.tar"), "--folder", folder) == 2
    assert "RVB010" in (said := capsys.readouterr().err)
    assert "check the path" in said
    assert "Errno" not in said
    assert ask("restore", str(wrong), "--folder", folder) == 1
    said = capsys.readouterr().err
    assert "a file of another kind" in said
    assert "ReadError" not in said


def test_a_backup_does_not_lie_in_the_folder_that_it_is_of(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    target = site.folder / "inside.tar"
    assert ask("backup", str(target), "--folder", str(site.folder)) == 2
    assert "outside of the folder" in capsys.readouterr().err
    assert not target.exists()


def test_a_link_sets_the_password_of_an_account(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    origin = ["--folder", str(site.folder), "--origin", "https://bench.test/"]
    assert ask("link", "ADA@bench.test", *origin) == 0
    assert capsys.readouterr().out.startswith("https://bench.test/link/reset/")
    assert ask("link", *origin) == 0
    assert capsys.readouterr().out.startswith("https://bench.test/link/admin/")
    assert ask("link", "nobody@bench.test", *origin) == 2
    assert "RVB195" in capsys.readouterr().err


def test_a_definition_is_put_in_force_and_its_mistakes_are_all_told(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "second.toml"
    good = EXAMPLE.replace('slug = "mevis"', 'slug = "second"')
    file.write_text(good.replace("per_day = 5", "per_day = -1").replace("total = 3", "total = 0"), "utf-8")
    assert ask("define", str(file), "--folder", str(site.folder)) == 1
    err = capsys.readouterr().err
    assert "per_day" in err
    assert "total" in err
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert ask("define", str(file), "--folder", str(site.folder)) == 1
    assert "a text file in TOML" in capsys.readouterr().err
    file.write_text(good, "utf-8")
    assert ask("define", str(file), "--folder", str(site.folder), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"benchmark": "second", "version": 1, "changed": True}


def test_threat_33_the_doctor_finds_ground_truth_that_others_can_read(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = site.folder / "data"
    inside.mkdir()
    assert ask("doctor", "--folder", str(site.folder), "--data", str(inside), "--json") == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    exposed = [one for one in problems if one["code"] == "RVB193"]
    assert exposed[0]["severity"] == "error"
    site.folder.chmod(0o755)
    ask("doctor", "--folder", str(site.folder), "--data", str(inside), "--json")
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert str(site.folder) in [one["path"] for one in problems if one["code"] == "RVB193"]


def test_the_doctor_tells_what_stands_still_and_what_is_not_converted(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    assert ask("doctor", "--folder", str(site.folder), "--data", str(data)) == 1
    err = capsys.readouterr().err
    assert f"submission {site.submissions['In Work']}" in err
    assert "mevis-v1:valid" in err
    assert "workers" in err


def test_the_doctor_says_that_it_was_not_told_where_ground_truth_is(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RVOSBENCH_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "never-named"))
    ask("doctor", "--folder", str(site.folder), "--json")
    said = capsys.readouterr()
    problems = json.loads(said.out)["problems"]
    assert [one["severity"] for one in problems if one["path"] == "--data"] == ["warning"]
    assert "never-named" not in said.out + said.err
