"""Results, opened again: everything that was scored is there, and agrees with the figures."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scored_sample import ScoredSample

from rvosbench.analysis.opened import Opened, VideoMasks, check_same_data, open_result, open_results
from rvosbench.errors import Code, RvosbenchError, UsageError
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.masks import rle
from rvosbench.masks.planes import Plane, prepare, score
from rvosbench.protocols.catalogue import find

DATASETS = [
    "mevis-v1",
    "mevis-v2",
    "ref-youtube-vos",
    "ref-davis17",
    "long-rvos",
    "a2d-sentences",
    "jhmdb-sentences",
]
VIDEO_DATASETS = [name for name in DATASETS if not name.endswith("sentences")]


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_units_give_the_figures_again(dataset: str, scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened(dataset, "late")
    figures = find(opened.result.protocol).figures(opened.units)
    assert dict(figures.metrics) == dict(opened.result.metrics)


@pytest.mark.parametrize("dataset", VIDEO_DATASETS)
def test_the_frames_of_a_unit_are_what_its_score_is_the_mean_of(
    dataset: str, scored_sample: ScoredSample
) -> None:
    opened = scored_sample.opened(dataset, "late")
    for unit in opened.units:
        frames = opened.frames[unit.video, unit.unit]
        assert frames.f is not None
        assert len(frames.stems) == unit.frames
        assert float(np.mean(frames.j)) == unit.values["J"]
        assert float(np.mean(frames.f)) == unit.values["F"]


@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-davis17"])
def test_the_kept_masks_score_as_the_unit_did(dataset: str, scored_sample: ScoredSample) -> None:
    """Of Ref-DAVIS17 after matching: a unit is given the masks of the label it was matched with."""
    opened, split = scored_sample.opened(dataset, "late"), scored_sample.split(dataset)
    seen = 0
    for video in dict.fromkeys(unit.video for unit in opened.units):
        for unit, masks in opened.masks_by_unit(video):
            frames = opened.frames[video, unit.unit]
            sentence = opened.sentences.get((video, unit.expression or ""))
            targets = (unit.object,) if unit.object else sentence.objects if sentence else ()
            for place, stem in enumerate(frames.stems):
                frame = split.videos[video].frames.index(stem)
                truth = united(split.videos[video], targets, frame)
                void = united(split.videos[video], ("255",), frame)
                counts = masks.get(stem)
                size = split.videos[video].size
                guess = Plane.from_counts(counts, *size) if counts else Plane.empty(*size)
                j, f = score(prepare(truth, void=void), guess)
                assert frames.f is not None
                assert (j, f) == (frames.j[place], frames.f[place]), (video, unit.unit, stem)
                seen += 1
    assert seen == sum(unit.frames for unit in opened.units)


def united(video: object, objects: tuple[str | None, ...], frame: int) -> Plane:
    masks, size = getattr(video, "masks"), getattr(video, "size")  # noqa: B009
    found = np.zeros(size, np.bool_)
    for name in objects:
        counts = masks.get(name, {}).get(frame)
        if counts is not None:
            found |= Plane.from_counts(counts, *size).to_array()
    return Plane.from_array(found)


def test_a_sample_has_its_best_query_and_no_boundary(scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened("a2d-sentences", "shifted")
    for video in dict.fromkeys(unit.video for unit in opened.units):
        for unit, masks in opened.masks_by_unit(video):
            best = max(enumerate(unit.detections), key=lambda pair: (pair[1].score, pair[0]))[1]
            assert {stem: int(rle.runs(counts)[1::2].sum()) for stem, counts in masks.items()} == {
                unit.frame: best.area
            }
            frames = opened.frames[unit.video, unit.unit]
            assert frames.f is None
            assert frames.j.tolist() == [unit.values["J"]]


def test_of_equal_scores_the_last_query_is_the_best() -> None:
    masks = VideoMasks(1, 1, {("0", "00000"): [(0.5, b"first"), (0.5, b"last"), (0.1, b"least")]})
    assert masks.best("0", "00000") == b"last"
    assert masks.best("1", "00000") is None


def test_sentences_are_those_of_the_release(scored_sample: ScoredSample) -> None:
    opened, split = scored_sample.opened("mevis-v2", "late"), scored_sample.split("mevis-v2")
    assert [(one.video, one.expression, one.text) for one in opened.sentences.values()] == [
        (one.video.name, one.name, one.text) for one in split.expressions
    ]


def test_one_of_several_protocols_is_chosen_by_name(scored_sample: ScoredSample) -> None:
    folder = str(scored_sample.result("ref-davis17", "late", "all"))
    first = open_result(folder)
    assert first.result.protocol == "ref-davis17"
    with pytest.raises(UsageError) as caught:
        open_result(folder, "mevis")
    assert "ref-davis17" in caught.value.problems[0].expected


def test_units_of_other_protocols_are_left_out(scored_sample: ScoredSample, tmp_path: Path) -> None:
    masks = scored_sample.predictions("mevis-v1", "late")
    evaluate(masks, scored_sample.split("mevis-v1"), Options(protocol="per-expression", out=tmp_path / "one"))
    opened = open_result(str(tmp_path / "one"), "per-expression")
    assert {unit.protocol for unit in opened.units} == {"per-expression"}
    assert opened.result.metrics["J&F"] == scored_sample.opened("mevis-v1", "late").result.metrics["J&F"]


def test_a_result_without_masks_says_so_when_they_are_asked_for(
    scored_sample: ScoredSample, tmp_path: Path
) -> None:
    masks = scored_sample.predictions("mevis-v1", "late")
    evaluate(masks, scored_sample.split("mevis-v1"), Options(out=tmp_path / "one", masks=False))
    opened = open_result(str(tmp_path / "one"))
    assert not opened.has_masks
    assert opened.units
    with pytest.raises(RvosbenchError) as caught:
        opened.masks(opened.units[0].video)
    assert caught.value.problems[0].code is Code.NO_KEPT_MASKS


@pytest.mark.parametrize("name", ["units.parquet", "expressions.parquet", "frames.parquet"])
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_folder_is_a_problem_not_a_traceback(
    name: str, damage: str, scored_sample: ScoredSample, tmp_path: Path
) -> None:
    folder = tmp_path / "result"
    shutil.copytree(scored_sample.result("mevis-v1", "late"), folder)
    if damage == "gone":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes((folder / name).read_bytes()[:100])
    opened = open_result(str(folder))
    with pytest.raises(RvosbenchError) as caught:
        print(opened.units, opened.sentences, opened.frames)
    assert caught.value.problems[0].code is Code.NOT_A_RESULT
    assert name in caught.value.problems[0].path


def refused(opened: Opened, ask: str) -> str:
    """Path and finding of the problem that a question runs into."""
    with pytest.raises(RvosbenchError) as caught:
        getattr(opened, ask)
    (problem,) = caught.value.problems
    assert problem.code is Code.NOT_A_RESULT
    return f"{problem.path}: {problem.found}"


def test_units_of_another_result_are_refused(scored_sample: ScoredSample, tmp_path: Path) -> None:
    late, shifted = (scored_sample.result("mevis-v1", quality) for quality in ("late", "shifted"))
    shutil.copytree(late, tmp_path / "mixed")
    shutil.copy(shifted / "units.parquet", tmp_path / "mixed")
    said = refused(open_result(str(tmp_path / "mixed")), "units")
    assert "units.parquet: units that make up J" in said
    assert "the files are of two evaluations" in said


@pytest.mark.parametrize("off", [1e-9, -1e-6])
def test_a_figure_that_units_do_not_give_is_refused_however_little_it_is_off(
    off: float, scored_sample: ScoredSample, tmp_path: Path
) -> None:
    """Also by less than any table shows."""
    shutil.copytree(scored_sample.result("mevis-v1", "late"), tmp_path / "mended")
    path = tmp_path / "mended" / "result.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metrics"]["F"] += off
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "units that make up F" in refused(open_result(str(tmp_path / "mended")), "units")


def test_fewer_units_than_were_scored_are_refused(scored_sample: ScoredSample, tmp_path: Path) -> None:
    shutil.copytree(scored_sample.result("a2d-sentences", "late"), tmp_path / "cut")
    rows = pq.read_table(tmp_path / "cut" / "units.parquet")
    pq.write_table(rows.slice(1), tmp_path / "cut" / "units.parquet")
    assert f"{rows.num_rows - 1} units" in refused(open_result(str(tmp_path / "cut")), "units")


def test_a_protocol_that_is_not_installed_is_no_reason_to_refuse_units(
    scored_sample: ScoredSample, tmp_path: Path
) -> None:
    shutil.copytree(scored_sample.result("mevis-v1", "late"), tmp_path / "foreign")
    file = tmp_path / "foreign" / "result.json"
    document = json.loads(file.read_text())
    file.write_text(json.dumps(document | {"protocol": "elsewhere", "metrics": {"J&F": 0.1}}))
    rows = pq.read_table(tmp_path / "foreign" / "units.parquet")
    names = pa.array(["elsewhere"] * rows.num_rows)
    pq.write_table(rows.set_column(0, rows.schema.field(0), names), tmp_path / "foreign" / "units.parquet")
    assert len(open_result(str(tmp_path / "foreign")).units) == rows.num_rows


@pytest.mark.parametrize("name", ["units", "frames"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_refused_by_name(
    name: str, value: float, scored_sample: ScoredSample, tmp_path: Path
) -> None:
    shutil.copytree(scored_sample.result("mevis-v1", "late"), tmp_path / "result")
    path = tmp_path / "result" / f"{name}.parquet"
    rows = pq.read_table(path)
    place = rows.schema.get_field_index("F")
    values = [*rows["F"].to_pylist()[:-1], value]
    pq.write_table(rows.set_column(place, rows.schema.field(place), pa.array(values, pa.float64())), path)
    said = refused(open_result(str(tmp_path / "result")), name)
    last = rows.slice(rows.num_rows - 1).to_pylist()[0]
    assert f"{name}.parquet: F of {last['video']}/{last['unit']}" in said
    assert str(value) in said


def test_fewer_frames_than_were_scored_are_refused(scored_sample: ScoredSample, tmp_path: Path) -> None:
    shutil.copytree(scored_sample.result("mevis-v1", "late"), tmp_path / "cut")
    path = tmp_path / "cut" / "frames.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    first = open_result(str(tmp_path / "cut")).units[0]
    said = refused(open_result(str(tmp_path / "cut")), "frames")
    assert f"{first.frames - 1} frames of {first.video}/{first.unit}" in said


def test_damaged_masks_are_a_problem_that_names_the_file(scored_sample: ScoredSample, tmp_path: Path) -> None:
    shutil.copytree(scored_sample.result("mevis-v1", "late"), tmp_path / "result")
    path = tmp_path / "result" / "predictions.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    opened = open_result(str(tmp_path / "result"))
    with pytest.raises(RvosbenchError) as caught:
        opened.masks(opened.units[0].video)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == (Code.NOT_A_RESULT, str(path))


@pytest.mark.parametrize("text", ["[1, 2]", "3", '{"results": [1]}'])
def test_a_result_that_is_no_object_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(RvosbenchError) as caught:
        open_result(str(tmp_path))
    assert caught.value.problems[0].found == "JSON that is no object"


@pytest.mark.parametrize("interval", [{"low": 0.1}, {"low": "a", "high": 1, "level": 0.95}, None, []])
def test_an_interval_that_is_none_is_a_problem(
    interval: object, scored_sample: ScoredSample, tmp_path: Path
) -> None:
    document = json.loads((scored_sample.result("mevis-v1", "late") / "result.json").read_text())
    (tmp_path / "result.json").write_text(json.dumps(document | {"intervals": {"J&F": interval}}))
    with pytest.raises(RvosbenchError) as caught:
        open_result(str(tmp_path))
    assert caught.value.problems[0].code is Code.NOT_A_RESULT


def test_names_are_those_given_or_those_of_the_folders(scored_sample: ScoredSample) -> None:
    late, empty = scored_sample.result("mevis-v1", "late"), scored_sample.result("mevis-v1", "empty")
    assert [one.name for one in open_results([f"Ours={late}", str(empty)])] == ["Ours", "empty"]
    twice = open_results([str(late), str(late)])
    assert len({one.name for one in twice}) == 2


def test_a_file_result_json_stands_for_its_folder(scored_sample: ScoredSample) -> None:
    folder = scored_sample.result("mevis-v1", "late")
    assert same(open_result(str(folder / "result.json")), open_result(str(folder)))


def same(one: Opened, other: Opened) -> bool:
    return one.result == other.result and one.units == other.units


def test_results_of_different_data_are_not_compared(scored_sample: ScoredSample) -> None:
    one, other = scored_sample.opened("mevis-v1", "late"), scored_sample.opened("mevis-v2", "late")
    check_same_data([one, scored_sample.opened("mevis-v1", "empty")])
    with pytest.raises(UsageError) as caught:
        check_same_data([one, other])
    assert caught.value.problems[0].code is Code.RESULTS_NOT_COMPARABLE


def test_a_frame_of_the_result_has_no_nan(scored_sample: ScoredSample) -> None:
    for frames in scored_sample.opened("ref-davis17", "flickering").frames.values():
        assert all(map(math.isfinite, frames.j))
