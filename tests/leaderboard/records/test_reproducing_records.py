"""A record that says how it was made is made anew; one that was only printed is refused, and says why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from record_files import record, write_records
from scored_sample import ScoredSample

from rvosbench.cli.app import run

SHIPPED = "leaderboard/results"


def steps(*lines: str) -> str:
    return f"steps = {json.dumps(list(lines))}"


def reproduce(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(["leaderboard", "reproduce", "one", "--records", str(folder)])
    return code, capsys.readouterr().err


def test_a_printed_figure_is_refused_and_the_way_out_is_named(
    project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "soc-neurips2023-t1-soc-video-swin-b-joint-ref-youtube-vos-valid"
    assert run(["leaderboard", "reproduce", name, "--records", str(project_root / SHIPPED)]) == 1
    said = capsys.readouterr().err
    assert "RVB223" in said
    assert "neither its predictions nor the way to them are known" in said
    assert "leaderboard verify RECORD PREDS" in said


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("admin create-user", "another command"),
        ("baseline train soc", "another command"),
        ("rm -rf .", "another command"),
        ("floor empty --out /tmp/x", "leads elsewhere"),
        ("floor empty --out ../x", "leads elsewhere"),
        ("floor empty --out=../x", "leads elsewhere"),
        ("floor empty --out a/../../x", "leads elsewhere"),
        ("floor empty --out ~/x", "leads elsewhere"),
        ("floor 'empty", "No closing quotation"),
    ],
)
def test_a_step_that_could_do_harm_is_never_run(
    tmp_path: Path, step: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "sample marker --recipe tiny --only sample"
    code, said = reproduce(write_records(tmp_path, record(more=steps(before, step))), capsys)
    assert code == 1
    assert why in said
    assert "rvosbench sample" not in said  # nothing was run before all steps were looked at


def test_a_step_that_fails_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_records(
        tmp_path, record(more=steps("floor highest --dataset sample --out predictions.zip"))
    )
    code, said = reproduce(folder, capsys)
    assert code == 1
    assert "RVB003" in said
    assert "ended with 2" in said


def test_shell_characters_are_plain_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marker = tmp_path / "marker"
    step = f"floor empty; touch {marker.name} --dataset sample --out predictions.zip"
    code, _ = reproduce(write_records(tmp_path / "records", record(more=steps(step))), capsys)
    assert code == 1
    assert not marker.exists()


def test_steps_never_write_into_the_data_of_whoever_runs_them(
    tmp_path: Path, scored_sample: ScoredSample
) -> None:
    """The step leaves unsaid where converted data go."""
    scored_sample.split("mevis-v1")  # converts it
    home = tmp_path / "home"
    shutil.copytree(scored_sample.home / "mevis-v1", home / "mevis-v1")
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    harmful = steps(
        "sample releases --recipe tiny --only mevis-v1 --seed 7 --no-predictions",
        "convert mevis-v1 releases/mevis-v1 --split valid_u",
        "floor largest --dataset mevis-v1:valid_u --out predictions.parquet",
    )
    folder = write_records(tmp_path / "records", record(more=harmful))
    assert run(["leaderboard", "reproduce", "one", "--records", str(folder), "--data", str(home)]) == 1
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.full
def test_a_floor_that_comes_with_the_project_is_made_anew(
    project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "scored-largest-sample-valid"
    assert run(["leaderboard", "reproduce", name, "--records", str(project_root / SHIPPED), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["reproduced"] is True
    assert document["differences"] == []
