"""Every layout of the sample, with predictions of every quality, scored by the protocol of its dataset."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from scoring import in_tree, score_expressions

from rvosbench.errors import Code
from rvosbench.evaluate.result import Result
from rvosbench.evaluate.run import evaluate
from rvosbench.sample import releases
from rvosbench.sample.predictions import QUALITIES
from rvosbench.splits.split import Split

DATASETS = [release.dataset for release in releases()]
IN_TREES = ["sample", "mevis-v1", "mevis-v2", "ref-youtube-vos", "long-rvos"]


def result(folder: Path, splits: dict[str, Split], dataset: str, quality: str) -> Result:
    done = evaluate(folder / "predictions" / dataset / quality, splits[dataset])
    (only,) = done.results
    return only


def is_perfect(dataset: str, quality: str) -> bool:
    """The one frame of RefCOCO's videos is none in which masks flicker."""
    return quality == "perfect" or (quality == "flickering" and dataset.startswith("refcoco"))


def suspicions(dataset: str, quality: str) -> list[Code]:
    """What one should wonder about. In Ref-DAVIS17 there are objects that no sentence means."""
    if is_perfect(dataset, quality) and dataset != "ref-davis17":
        return [Code.GROUND_TRUTH_PREDICTED]
    return [Code.EMPTY_MASKS] if quality == "empty" else []


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_perfect_scores_one_exactly_where_the_protocol_allows(
    dataset: str, sample_folder: Path, sample_splits: dict[str, Split]
) -> None:
    perfect = result(sample_folder, sample_splits, dataset, "perfect")
    assert perfect.complete
    keys = {"mAP", "oIoU", "mIoU", "P@0.9"} if "mAP" in perfect.metrics else {"J&F", "J", "F"}
    if (
        dataset == "ref-davis17"
    ):  # objects that no sentence means are scored as well, and no one predicts them
        assert all(0.5 < perfect.metrics[key] < 1 for key in keys)
    else:
        assert {key: perfect.metrics[key] for key in keys} == dict.fromkeys(keys, 1.0)


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("dataset", DATASETS)
def test_every_quality_of_every_layout_has_a_whole_result(
    dataset: str, quality: str, sample_folder: Path, sample_splits: dict[str, Split]
) -> None:
    found = result(sample_folder, sample_splits, dataset, quality)
    perfect = result(sample_folder, sample_splits, dataset, "perfect")
    assert found.complete
    assert [problem.code for problem in found.problems] == suspicions(dataset, quality)
    assert all(math.isfinite(value) for value in found.metrics.values())
    assert list(found.metrics) == list(perfect.metrics)
    headline = "mAP" if "mAP" in found.metrics else "J&F"
    if not is_perfect(dataset, quality):
        assert found.metrics[headline] < perfect.metrics[headline]
        assert found.fingerprint != perfect.fingerprint


@pytest.mark.parametrize("quality", ["shifted", "flickering", "wrong-object"])
@pytest.mark.parametrize("dataset", IN_TREES)
def test_figures_are_those_of_a_plain_recomputation(
    dataset: str, quality: str, sample_folder: Path, sample_splits: dict[str, Split]
) -> None:
    found = result(sample_folder, sample_splits, dataset, quality)
    folder = sample_folder / "predictions" / dataset / quality
    units = score_expressions(sample_splits[dataset], in_tree(folder)).values()
    j = math.fsum(unit.mean_j for unit in units) / len(units)
    f = math.fsum(unit.mean_f for unit in units) / len(units)
    assert (found.metrics["J"], found.metrics["F"], found.metrics["J&F"]) == (j, f, (j + f) / 2)


def test_what_answers_nothing_to_everything_is_told_by_n_acc_and_t_acc(
    sample_folder: Path, sample_splits: dict[str, Split]
) -> None:
    metrics = result(sample_folder, sample_splits, "mevis-v2", "empty").metrics
    assert (metrics["N-acc"], metrics["T-acc"]) == (1.0, 0.0)
    assert metrics["final"] == (metrics["J&F"] + 1.0 + 0.0) / 3
    assert "N-acc" not in result(sample_folder, sample_splits, "mevis-v1", "empty").metrics


def test_a_constant_mask_does_not_flicker(sample_folder: Path, sample_splits: dict[str, Split]) -> None:
    assert result(sample_folder, sample_splits, "mevis-v1", "empty").metrics["flicker"] == 0.0
    assert result(sample_folder, sample_splits, "mevis-v1", "flickering").metrics["flicker"] > 0.5
