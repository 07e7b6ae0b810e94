"""The sample appears whole or not at all, and never in the place of something else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from rvosbench.cli.app import run
from rvosbench.errors import Code, UsageError
from rvosbench.sample import LARGE, LAYOUTS, RELEASES, TINY, SampleReport, releases, write
from rvosbench.sample.preview import COLUMNS, ROWS

SMALLEST = replace(TINY, train=1, valid=1, test=0)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_layout_has_its_folder_and_its_predictions(tiny: Path) -> None:
    assert {path.name for path in tiny.iterdir() if path.is_dir()} == {*LAYOUTS, "predictions"}
    predicted = {path.name for path in (tiny / "predictions").iterdir()}
    assert predicted == {release.dataset for release in RELEASES}


def test_the_readme_names_every_folder_and_the_next_command(tiny: Path) -> None:
    text = (tiny / "README.md").read_text()
    assert all(f"`{name}`" in text for name in LAYOUTS)
    assert "rvosbench convert sample sample" in text


def test_two_runs_write_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, SMALLEST, only=["mevis-v1", "ref-davis17"])
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_preview_shows_videos_with_their_sentences(tiny: Path) -> None:
    with Image.open(tiny / "preview.png") as sheet:
        assert sheet.width > COLUMNS * 200 and sheet.height > 100 * min(ROWS, TINY.valid)
        colours = sheet.convert("RGB").getcolors(1 << 24)
        assert colours is not None and len(colours) > 5000
    with Image.open(tiny / "preview.gif") as film:
        assert getattr(film, "n_frames", 1) == TINY.frames


def test_only_writes_what_is_asked_for(tmp_path: Path) -> None:
    report = write(tmp_path / "out", SMALLEST, only=["ref-davis17"], predictions=False)
    assert report.layouts == ("ref-davis17", "ref-davis17-converted")
    assert {path.name for path in report.folder.iterdir() if path.is_dir()} == set(report.layouts)


def test_an_unknown_dataset_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write(tmp_path / "out", SMALLEST, only=["sample", "mevis-v3"])
    assert caught.value.problems[0].code is Code.UNKNOWN_DATASET
    assert caught.value.problems[0].found == "mevis-v3"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write(tmp_path / "out", "huge")
    assert caught.value.problems[0].expected == "one of tiny, small, training, large"


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("three years")
    for force in (False, True):
        with pytest.raises(UsageError) as caught:
            write(mine.parent, SMALLEST, only=["sample"], force=force)
        assert caught.value.problems[0].code is Code.CANNOT_WRITE
    assert contents(mine.parent) == {"thesis.txt": b"three years"}


def test_a_file_in_the_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError):
        write(tmp_path / "out", SMALLEST, only=["sample"], force=True)
    assert (tmp_path / "out").read_text() == "mine"


def test_force_replaces_an_earlier_sample(tmp_path: Path) -> None:
    write(tmp_path / "out", SMALLEST, only=["mevis-v1"], predictions=False)
    with pytest.raises(UsageError):
        write(tmp_path / "out", SMALLEST, only=["sample"], predictions=False)
    write(tmp_path / "out", SMALLEST, only=["sample"], predictions=False, force=True)
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == {"sample"}


def test_a_killed_run_leaves_nothing_and_the_next_one_sweeps_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import sys; from rvosbench.cli.app import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "sample", str(out), "--recipe", "small"], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".out.new-*/sample/train/JPEGImages/*/*.jpg")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists()
    write(out, SMALLEST, only=["sample"], predictions=False)
    assert {path.name for path in tmp_path.iterdir()} - {".out.lock"} == {"out"}


def test_the_command_reports_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    code = run(["sample", str(out), "--recipe", "tiny", "--only", "sample", "--no-predictions", "--json"])
    assert code == 0
    about = json.loads(capsys.readouterr().out)
    assert about == {
        "folder": str(out),
        "recipe": "tiny",
        "seed": 0,
        "layouts": ["sample"],
        "videos": TINY.videos,
        "frames": TINY.videos * TINY.frames,
        "sentences": about["sentences"],
    }


def test_the_command_names_the_next_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["sample", str(out), "--recipe", "tiny", "--only", "mevis-v2", "--no-predictions"]) == 0
    heard = capsys.readouterr()
    assert heard.err.endswith(f"Next: rvosbench convert mevis-v2 {out / 'mevis-v2'}\n")
    assert "Next" not in heard.out


def test_the_command_refuses_with_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("")
    assert run(["sample", str(tmp_path)]) == 2
    assert "expected  a new or empty folder" in capsys.readouterr().err


def test_the_list_of_releases_is_true(tiny: Path, report: SampleReport) -> None:
    assert [release.folder for release in RELEASES] == list(report.layouts)
    for release in releases():
        assert (tiny / release.folder).is_dir()
        assert all((tiny / path).is_file() for path in (release.expressions, release.samples) if path)
    datasets = [release.dataset for release in releases()]
    assert len(datasets) == len(set(datasets)) == 11


def test_the_large_recipe_is_of_the_size_of_davis() -> None:
    assert (LARGE.width, LARGE.height) == (854, 480)
