"""`rvosbench export`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rvosbench.cli.app import run
from rvosbench.cli.export import NEXT, Form, Overlapping
from rvosbench.datasets.base import DatasetInfo
from rvosbench.export.base import Overlap
from rvosbench.export.formats import NAMES
from rvosbench.schema import VideoRecord
from rvosbench.splits.split import Split

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(
    tmp_path: Path,
    scene_records: list[VideoRecord],
    make_split: Callable[..., Split],
    registered_toy: DatasetInfo,
) -> Path:
    """Two of the three splits of `toy` are converted."""
    for split in ("train", "valid"):
        make_split(scene_records, split=split, home=tmp_path / "home")
    return tmp_path / "home"


def call(home: Path, *arguments: str) -> int:
    return run(["export", *arguments, "--data", str(home)])


def test_the_choices_are_those_of_the_library() -> None:
    assert tuple(form.value for form in Form) == NAMES
    assert [one.value for one in Overlapping] == [one.value for one in Overlap]
    assert NEXT.keys() == set(Form)


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("coco", "annotations.json"),
        ("ytvis", "instances.json"),
        ("davis-png", "Annotations/bear/00005.png"),
        ("png", "bear/0/00005.png"),
        ("croissant", "croissant.json"),
        ("hub", "data/valid/masks.parquet"),
    ],
)
def test_every_form_is_written_and_the_next_step_named(
    home: Path, tmp_path: Path, capsys: Capture, form: str, file: str
) -> None:
    assert call(home, "toy:valid", "--to", form, "--out", str(tmp_path / "out")) == 0
    assert (tmp_path / "out" / file).is_file()
    printed = capsys.readouterr()
    assert printed.out.startswith(f"toy:valid  exported as {form}\n")
    assert "Next: " in printed.err
    assert "{" not in printed.err


def test_the_hub_form_takes_every_converted_split_unless_one_is_named(home: Path, tmp_path: Path) -> None:
    assert call(home, "toy", "--to", "hub", "--out", str(tmp_path / "all")) == 0
    assert call(home, "toy:train", "--to", "hub", "--out", str(tmp_path / "one")) == 0
    assert sorted(path.name for path in (tmp_path / "all/data").iterdir()) == ["train", "valid"]
    assert [path.name for path in (tmp_path / "one/data").iterdir()] == ["train"]


def test_with_json_stdout_holds_one_document(home: Path, tmp_path: Path, capsys: Capture) -> None:
    assert call(home, "toy", "--to", "coco", "--out", str(tmp_path / "out"), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "dataset": "toy",
        "splits": ["valid"],
        "format": "coco",
        "folder": str(tmp_path / "out"),
        "files": 1,
        "size": (tmp_path / "out/annotations.json").stat().st_size,
        "problems": [],
    }


def test_a_folder_with_files_is_replaced_only_by_force(home: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ("toy", "--to", "coco", "--out", str(tmp_path / "out"))
    assert call(home, *arguments) == 0
    assert call(home, *arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert call(home, *arguments, "--force") == 0


def test_a_split_that_is_not_converted_says_how_to_convert_it(
    home: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert call(home, "toy:test", "--to", "coco", "--out", str(tmp_path / "out")) == 4
    assert "rvosbench convert toy RELEASE_FOLDER --split test" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unknown_form_is_a_usage_error(home: Path, tmp_path: Path, capsys: Capture) -> None:
    assert call(home, "toy", "--to", "xml", "--out", str(tmp_path / "out")) == 2
    assert "davis-png" in capsys.readouterr().err


def test_errors_are_json_too(home: Path, tmp_path: Path, capsys: Capture) -> None:
    code = call(home, "toy", "--to", "coco", "--overlap", "lowest", "--out", str(tmp_path / "out"), "--json")
    assert code == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "RVB003"
