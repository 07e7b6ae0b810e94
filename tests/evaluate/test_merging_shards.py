"""Shards that do not make up one evaluation are not merged, and everything that is wrong is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rvosbench.errors import RvosbenchError, UsageError
from rvosbench.evaluate.merge import merge
from rvosbench.evaluate.plan import Shard
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.splits.split import Split


@pytest.fixture
def shard(mevis: Split, mevis_predictions: Path, tmp_path: Path) -> Any:
    def make(text: str, predictions: Path = mevis_predictions, **options: Any) -> Path:
        out = tmp_path / f"part-{text.replace('/', '-')}-{len(options)}"
        evaluate(predictions, mevis, Options(out=out, shard=Shard.parse(text), **options))
        return out

    return make


def refusal(parts: list[Path], out: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(RvosbenchError) as refused:
        merge(parts, out)
    assert not out.exists()
    return [(one.code.value, one.path, one.found) for one in refused.value.problems]


def test_missing_and_repeated_shards_are_named(shard: Any, tmp_path: Path) -> None:
    first, third = shard("1/4"), shard("3/4")
    with pytest.raises(RvosbenchError) as refused:
        merge([first, third, first], tmp_path / "out")
    (problem,) = refused.value.problems
    assert problem.code == "RVB128"
    assert problem.examples == ("2/4, 4/4: missing", "1/4: given more than once")


def test_shards_of_other_predictions_or_options_are_refused(
    shard: Any, mevis_predictions: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(mevis_predictions, other)
    shutil.copy(other / "elm" / "0" / "00000.png", other / "elm" / "0" / "00001.png")
    first, second = shard("1/2"), shard("2/2", other, masks=False)
    with pytest.raises(RvosbenchError) as refused:
        merge([first, second], tmp_path / "out")
    (problem,) = refused.value.problems
    differing = " ".join(problem.examples)
    assert problem.count == 2
    assert "predictions_sha256" in differing
    assert "masks is False" in differing


def test_a_whole_result_is_no_shard(
    mevis: Split, mevis_predictions: Path, shard: Any, tmp_path: Path
) -> None:
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "whole"))
    found = refusal([shard("1/2"), tmp_path / "whole"], tmp_path / "out")
    assert [(code, text) for code, _, text in found] == [("RVB127", "a result, but none of a shard")]


def test_a_shard_of_another_scoring_version_is_refused(shard: Any, tmp_path: Path) -> None:
    part = shard("1/1")
    about = json.loads((part / "shard.json").read_text())
    about["setting"]["scoring_version"] = 99
    (part / "shard.json").write_text(json.dumps(about))
    assert refusal([part], tmp_path / "out") == [("RVB128", str(part), "99")]


def test_missing_predictions_are_counted_over_all_shards(
    shard: Any, mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(mevis_predictions, tree)
    for path in tree.rglob("00000.png"):
        path.unlink()
    (whole,) = evaluate(tree, mevis, Options(missing="zero")).results
    parts = [shard(f"{index}/3", tree, missing="zero") for index in (1, 2, 3)]
    (merged,) = merge(parts, tmp_path / "out").results
    assert merged.problems == whole.problems
    assert merged.counts == whole.counts
    assert merged.fingerprint == whole.fingerprint
    assert not merged.complete


def test_images_and_matched_objects_are_merged_too(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    for dataset in ("a2d-sentences", "ref-davis17"):
        source = sample_folder / "predictions" / dataset / "late"
        (whole,) = evaluate(source, sample_splits[dataset]).results
        parts = [tmp_path / f"{dataset}-{index}" for index in (1, 2)]
        for index, part in enumerate(parts, 1):
            evaluate(source, sample_splits[dataset], Options(out=part, shard=Shard(index, 2)))
        (merged,) = merge(parts, tmp_path / dataset).results
        assert merged.as_json() | {"timing": None} == whole.as_json() | {"timing": None}


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", ""])
def test_a_shard_is_one_of_n(text: str) -> None:
    with pytest.raises(UsageError, match="RVB003"):
        Shard.parse(text)


def test_a_shard_needs_a_folder(mevis: Split, mevis_predictions: Path) -> None:
    with pytest.raises(UsageError, match="--shard"):
        evaluate(mevis_predictions, mevis, Options(shard=Shard(1, 2)))
