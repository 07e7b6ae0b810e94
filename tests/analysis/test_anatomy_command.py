"""`rvosbench anatomy`: what it prints, its JSON, and the file of all units."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from scored_sample import ScoredSample

from rvosbench.analysis.anatomy import KINDS, dissect
from rvosbench.cli.app import run


def arguments(scored_sample: ScoredSample, *qualities: str, dataset: str = "mevis-v2") -> list[str]:
    folders = [f"{quality}={scored_sample.result(dataset, quality)}" for quality in qualities]
    return ["anatomy", *folders, "--data", str(scored_sample.home)]


def test_several_results_stand_side_by_side(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments(scored_sample, "late", "wrong-object")) == 0
    said = capsys.readouterr()
    table = said.out.split("\n\n")[1]
    lines = {line.split("  ")[0]: line for line in table.splitlines()}
    anatomy = dissect(scored_sample.opened("mevis-v2", "late"), scored_sample.split("mevis-v2"))
    assert f"{100 * anatomy.shares['off-time']:.1f} " in lines["late or early"]
    assert lines["1 - J&F"].split()[3] == f"{100 * anatomy.total:.1f}"
    worst = anatomy.worst("off-time", 1)[0]
    assert f"{worst.key[0]} {worst.key[1]}" in said.out and worst.text[:30] in said.out
    assert "Next: rvosbench plot anatomy" in said.err


def test_json_has_every_kind_with_share_interval_and_second_order(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments(scored_sample, "shifted"), "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["anatomies"]
    assert [kind["id"] for kind in one["kinds"]] == [kind.id for kind in KINDS]
    assert sum(kind["share"] for kind in one["kinds"]) == pytest.approx(one["lost"], abs=1e-12)
    assert sum(kind["second"] for kind in one["kinds"]) == pytest.approx(one["lost"], abs=1e-12)
    known = [kind for kind in one["kinds"] if kind["interval"] is not None]
    assert "boundary" in [kind["id"] for kind in known]
    for kind in known:
        assert kind["interval"]["low"] < kind["share"] < kind["interval"]["high"]
    assert sum(kind["leads"] for kind in one["kinds"]) <= one["units"]


@pytest.mark.parametrize("name", ["units.csv", "units.json"])
def test_all_units_go_into_a_file(
    name: str, scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments(scored_sample, "late", "empty"), "--out", str(tmp_path / name)]) == 0
    text = (tmp_path / name).read_text(encoding="utf-8")
    units = json.loads(text)["units"] if name.endswith("json") else list(csv.DictReader(text.splitlines()))
    expected = [unit.unit for unit in scored_sample.opened("mevis-v2", "late").units]
    assert [unit["unit"] for unit in units if unit["result"] == "late"] == expected
    for unit in units:
        assert sum(float(unit[kind.id]) for kind in KINDS) == pytest.approx(float(unit["lost"]), abs=1e-12)


def test_a_file_of_another_kind_is_refused(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments(scored_sample, "late"), "--out", str(tmp_path / "units.xlsx")]) == 2
    assert ".csv or .json" in capsys.readouterr().err


def test_results_of_different_data_are_refused(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(scored_sample.result("ref-youtube-vos", "late"))
    assert run([*arguments(scored_sample, "late"), other]) == 2
    assert "RVB151" in capsys.readouterr().err
