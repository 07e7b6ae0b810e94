"""`baseline list`: what is installed is told from metadata, without importing it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from rvosbench_baselines import installed as about_installed
from rvosbench_baselines.installed import InstalledBaseline, installed

from rvosbench.cli.app import run


@pytest.fixture
def registered_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that registers a baseline whose module does not even exist."""
    metadata = tmp_path / "centre_box-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: centre-box\nVersion: 1.2\n", encoding="utf-8"
    )
    (metadata / "entry_points.txt").write_text(
        "[rvosbench.baselines]\ncentre-box = centre_box.model:MODEL\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("registered_baseline")
def test_a_registered_baseline_is_listed_with_its_package_and_not_imported() -> None:
    assert InstalledBaseline("centre-box", "centre-box 1.2", "centre_box.model:MODEL") in installed()


@pytest.mark.usefixtures("registered_baseline")
def test_the_list_can_be_read_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["baseline", "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {
        "name": "centre-box",
        "package": "centre-box 1.2",
        "target": "centre_box.model:MODEL",
    } in document["baselines"]
    assert isinstance(document["torch"], bool)


def test_where_none_is_registered_the_user_learns_how_to_register_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(about_installed, "installed", list)
    assert run(["baseline", "list"]) == 0
    captured = capsys.readouterr()
    assert "no baseline is registered" in captured.out
    assert '[project.entry-points."rvosbench.baselines"]' in captured.err


@pytest.mark.parametrize("there", [True, False])
def test_torch_is_looked_for_but_never_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], there: bool
) -> None:
    monkeypatch.setattr(about_installed, "torch_is_installed", lambda: there)
    before = "torch" in sys.modules
    assert run(["baseline", "list"]) == 0
    assert ('pip install "rvosbench[baselines]"' in capsys.readouterr().err) is not there
    assert ("torch" in sys.modules) is before
