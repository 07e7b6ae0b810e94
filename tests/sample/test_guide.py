"""The README of the sample: its commands do what they say, from where it lies."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from rvosbench import sample
from rvosbench.cli.app import run


def commands(readme: str) -> list[list[str]]:
    (block,) = re.findall(r"```\n(.*?)```", readme, re.DOTALL)
    return [shlex.split(line) for line in block.splitlines()]


def test_every_command_of_the_readme_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample.write(tmp_path / "releases", "tiny")
    monkeypatch.setenv("RVOSBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "releases")
    named = commands(Path("README.md").read_text(encoding="utf-8"))
    assert [words[0] for words in named] == ["rvosbench"] * len(named)
    assert [run(words[1:]) for words in named] == [0] * len(named)
    converted = {folder.name for folder in (tmp_path / "home").iterdir()}
    assert converted == {release.dataset for release in sample.releases()}
    masks = tmp_path / "home" / "ref-youtube-vos" / "valid" / "masks.parquet"
    assert masks.is_file(), "with the file that says which object each sentence means"


def test_a_sample_without_predictions_has_no_command_that_scores_some(tmp_path: Path) -> None:
    sample.write(tmp_path / "releases", "tiny", only=["mevis-v1"], predictions=False)
    readme = (tmp_path / "releases" / "README.md").read_text(encoding="utf-8")
    assert "rvosbench eval" not in readme
    assert "rvosbench convert mevis-v1 mevis-v1\n" in readme
