"""The folder of a result: what other programs rely on."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pandas
import pyarrow.parquet as pq
import pytest

from rvosbench.errors import RvosbenchError, UsageError
from rvosbench.evaluate.plan import Shard
from rvosbench.evaluate.result import load
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.masks import rle
from rvosbench.metrics import catalogue
from rvosbench.predictions.recognise import recognise
from rvosbench.splits.split import Split

KEYS = {
    *("dataset", "split", "protocol", "scoring_version", "dataset_fingerprint", "predictions_sha256"),
    *("fingerprint", "complete", "metrics", "intervals", "annotators", "counts", "problems", "timing"),
}
VIDEO_METRICS = {
    *("J&F", "J", "F", "J_recall", "J_decay", "F_recall", "F_decay"),
    *("stability_J", "stability_J&F", "flicker"),
}
IMAGE_METRICS = {
    *("mAP", "AP50", "AP75", "AP_S", "mAP_best", "oIoU", "mIoU"),
    *("P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9"),
}


@pytest.fixture(scope="session")
def out(mevis: Split, mevis_predictions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("result") / "out"
    evaluate(mevis_predictions, mevis, Options(out=folder))
    return folder


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.ParquetFile(folder / f"{table}.parquet").read().to_pylist()
    return found


def test_result_json_has_the_keys_of_the_contract(out: Path, mevis: Split) -> None:
    document = json.loads((out / "result.json").read_text())
    assert document.keys() >= KEYS
    assert {*VIDEO_METRICS, "N-acc", "T-acc", "final", "J&F_targeted"} <= document["metrics"].keys()
    assert document["counts"].items() >= {"videos": 5, "expressions": 20, "frames": 80, "missing": 0}.items()
    assert (document["dataset"], document["split"], document["protocol"]) == ("mevis-v2", "valid_u", "mevis")
    assert document["dataset_fingerprint"] == mevis.manifest.fingerprint
    assert document["complete"] is True
    for key, interval in document["intervals"].items():
        assert interval["low"] <= document["metrics"][key] <= interval["high"]
        assert interval["level"] == 0.95
    assert {"J&F", "J", "F"} <= document["intervals"].keys()
    assert document["annotators"] == {}
    assert len(document["fingerprint"]) == len(document["predictions_sha256"]) == 64


def test_images_have_their_own_metrics(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    source = sample_folder / "predictions" / "a2d-sentences" / "shifted"
    (result,) = evaluate(source, sample_splits["a2d-sentences"], Options(out=tmp_path / "out")).results
    assert result.metrics.keys() >= IMAGE_METRICS
    detections = rows(tmp_path / "out", "detections")
    assert len(detections) == result.counts["queries"] == 2 * result.counts["units"]
    assert rows(tmp_path / "out", "frames")[0]["F"] is None


def test_with_all_protocols_results_are_a_list(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    source = sample_folder / "predictions" / "ref-davis17" / "late"
    evaluate(source, sample_splits["ref-davis17"], Options(out=tmp_path / "out", protocol="all"))
    document = json.loads((tmp_path / "out" / "result.json").read_text())
    assert [one["protocol"] for one in document["results"]] == ["ref-davis17"]
    assert document["results"][0]["annotators"].keys() == {"0", "1", "2", "3"}
    assert [one["code"] for one in document["results"][0]["problems"]] == ["RVB125"]
    assert load(tmp_path / "out")[0].protocol == "ref-davis17"


def test_units_are_all_that_figures_are_made_of(out: Path, mevis: Split) -> None:
    units = rows(out, "units")
    assert [(row["video"], row["expression"]) for row in units] == [
        (one.video.name, one.name) for one in mevis.expressions
    ]
    result = load(out)[0]
    for key in ("J", "F", "J_recall", "stability_J", "flicker", "N-acc", "T-acc"):
        counting = [row[key] for row in units if row[key] is not None]
        assert result.metrics[key] == math.fsum(counting) / len(counting)


def test_frames_average_to_units(out: Path) -> None:
    frames = pandas.DataFrame(rows(out, "frames"))
    means = frames.groupby(["video", "unit"], sort=False)[["J", "F"]].mean().reset_index()
    units = pandas.DataFrame(rows(out, "units"))
    assert means["J"].tolist() == pytest.approx(units["J"].tolist(), abs=1e-15)
    assert means["F"].tolist() == pytest.approx(units["F"].tolist(), abs=1e-15)


def test_the_other_tables_need_no_dataset_to_be_understood(out: Path, mevis: Split) -> None:
    expressions = rows(out, "expressions")
    assert [(row["text"], tuple(row["objects"])) for row in expressions] == [
        (one.text, one.objects) for one in mevis.expressions
    ]
    predictions = rows(out, "predictions")
    assert len(predictions) == 80
    areas = {
        (row["video"], row["expression"], row["frame"]): rle.measure(row["counts"], 24, 30)[0]
        for row in predictions
    }
    for row in rows(out, "frames"):
        assert row["predicted"] == (areas[row["video"], row["unit"], row["frame"]] > 0)


def test_masks_can_be_left_out(mevis: Split, mevis_predictions: Path, tmp_path: Path) -> None:
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out", masks=False))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"result.json", "units.parquet", "expressions.parquet", "frames.parquet"}


@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-davis17", "a2d-sentences"])
def test_the_fingerprint_can_be_computed_by_hand_from_the_tables(
    dataset: str, sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    source = sample_folder / "predictions" / dataset / "late"
    (result,) = evaluate(source, sample_splits[dataset], Options(out=tmp_path / "out")).results
    known = {info.key for info in catalogue.ALL}
    queries = rows(tmp_path / "out", "detections") if dataset == "a2d-sentences" else []
    lines: list[list[Any]] = [["scored", result.dataset_fingerprint, result.protocol, 1]]
    for row in rows(tmp_path / "out", "units"):
        measured = {
            key: value for key, value in sorted(row.items()) if key in known and _measured(key, dataset)
        }
        values = {key: None if value is None else value.hex() for key, value in measured.items()}
        unit = [row[name] for name in ("video", "unit", "n_frames", "n_missing", "truth_area")]
        lines.append(["unit", *unit, values])
        lines += [
            ["query", one["score"].hex(), one["area"], one["intersection"]]
            for one in queries
            if (one["video"], one["unit"]) == (row["video"], row["unit"])
        ]
    text = "rvosbench result 1\n" + "".join(
        json.dumps(line, separators=(",", ":"), ensure_ascii=True) + "\n" for line in lines
    )
    assert hashlib.sha256(text.encode()).hexdigest() == result.fingerprint


def _measured(key: str, dataset: str) -> bool:
    """The table has a column F also where nothing has such a value."""
    return not (dataset == "a2d-sentences" and key == "F")


def test_a_result_is_read_again_as_it_was_made(out: Path, mevis: Split, mevis_predictions: Path) -> None:
    (read,) = load(out)
    (made,) = evaluate(mevis_predictions, mevis).results
    assert read.as_json() | {"timing": None} == made.as_json() | {"timing": None}
    assert load(out / "result.json") == (read,)
    frame = read.to_pandas()
    assert len(frame) == 20
    assert frame["J"].mean() == pytest.approx(read.metrics["J"])


def test_the_units_of_a_result_are_at_hand_as_soon_as_it_is_written(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    (made,) = evaluate(mevis_predictions, mevis, Options(out=tmp_path / "result")).results
    assert len(made.to_pandas()) == 20


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"results": [{"dataset": "x"}]}'])
def test_what_is_no_result_is_said_to_be_none(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    with pytest.raises(RvosbenchError, match="RVB127"):
        load(tmp_path)


def test_a_folder_with_anything_else_in_it_is_not_touched(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError) as refused:
        evaluate(mevis_predictions, mevis, Options(out=tmp_path))
    assert "thesis.tex" in refused.value.problems[0].found
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_earlier_result_is_replaced(mevis: Split, mevis_predictions: Path, tmp_path: Path) -> None:
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out"))
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out", masks=False))
    assert not (tmp_path / "out" / "predictions.parquet").exists()


@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-davis17", "a2d-sentences"])
@pytest.mark.parametrize("shard", [None, Shard(1, 2)])
def test_the_sha256_of_predictions_is_that_of_all_their_files(
    dataset: str, shard: Shard | None, sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    """Although files are read only once, and of a shard not all of them."""
    source, split = sample_folder / "predictions" / dataset / "late", sample_splits[dataset]
    (result,) = evaluate(source, split, Options(out=tmp_path / "out", shard=shard)).results
    assert result.predictions_sha256 == recognise(source, split).sha256()


def test_the_sha256_leaves_out_what_is_missing(mevis: Split, mevis_predictions: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(mevis_predictions, tree)
    (tree / "alley" / "1" / "00002.png").unlink()
    shutil.rmtree(tree / "dune")
    (result,) = evaluate(tree, mevis, Options(missing="zero")).results
    assert result.predictions_sha256 == recognise(tree, mevis).sha256()
