"""Missing predictions: refused with all of them listed, or zero; never out of the mean, never a gain."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scoring import in_tree, score_expressions

from rvosbench.errors import PredictionsRefused
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.splits.split import Split

ZERO = Options(missing="zero")


@pytest.fixture
def tree(mevis_predictions: Path, tmp_path: Path) -> Path:
    """A copy to remove things from."""
    shutil.copytree(mevis_predictions, tmp_path / "tree")
    return tmp_path / "tree"


def test_everything_that_is_missing_is_listed_by_kind(tree: Path, mevis: Split) -> None:
    shutil.rmtree(tree / "alley")
    shutil.rmtree(tree / "dune" / "2")
    for stem in ("00001", "00004"):
        (tree / "cave" / "deep" / "0" / f"{stem}.png").unlink()
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(tree, mevis)
    listed = [(one.code.value, one.path, one.count, one.examples) for one in refused.value.problems]
    assert listed == [
        ("RVB120", "alley", 1, ("alley: nothing of it, where 20 frames are asked for",)),
        ("RVB120", "dune/2", 1, ("dune/2: none of its 3 frames",)),
        (
            "RVB120",
            "cave/deep/0/00001",
            2,
            ("cave/deep/0/00001: nothing", "cave/deep/0/00004: nothing"),
        ),
    ]
    assert all("--missing zero" in one.fix for one in refused.value.problems)


def test_nothing_is_read_before_all_is_known_to_be_there(tree: Path, mevis: Split) -> None:
    """A file that cannot be decoded is not looked at while something is missing."""
    (tree / "alley" / "0" / "00000.png").write_bytes(b"no picture")
    (tree / "elm" / "3" / "00002.png").unlink()
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(tree, mevis)
    assert [problem.path for problem in refused.value.problems] == ["elm/3/00002"]


def test_with_zero_every_missing_frame_scores_nothing_and_is_counted(tree: Path, mevis: Split) -> None:
    shutil.rmtree(tree / "beach")
    (tree / "cave" / "deep" / "0" / "00003.png").unlink()
    (result,) = evaluate(tree, mevis, ZERO).results
    units = score_expressions(mevis, in_tree(tree)).values()
    assert result.metrics["J"] == math.fsum(unit.mean_j for unit in units) / len(units)
    assert result.metrics["F"] == math.fsum(unit.mean_f for unit in units) / len(units)
    assert result.counts["missing"] == 4 + 1
    assert result.counts["units"] == len(mevis.expressions)
    assert not result.complete
    assert [(one.severity, one.path) for one in result.problems] == [
        ("warning", "beach"),
        ("warning", "cave/deep/0/00003"),
    ]
    assert "5 missing" in result.label


def test_a_missing_frame_scores_zero_even_where_nothing_is_right(
    tree: Path, mevis: Split, tmp_path: Path
) -> None:
    """Sentence 2 means no one, and its answers in alley are empty: 1 in every frame."""
    before = evaluate(tree, mevis, Options(out=tmp_path / "before")).results[0]
    (tree / "alley" / "2" / "00002.png").unlink()
    after = evaluate(tree, mevis, Options(missing="zero", out=tmp_path / "after")).results[0]

    def frames(name: str) -> list[tuple[float, float, bool]]:
        rows = pq.ParquetFile(tmp_path / name / "frames.parquet").read().to_pylist()
        own = [row for row in rows if (row["video"], row["unit"]) == ("alley", "2")]
        return [(row["J"], row["F"], row["missing"]) for row in own]

    assert frames("before") == [(1.0, 1.0, False)] * 5
    assert frames("after") == [(0.0 if at == 2 else 1.0,) * 2 + (at == 2,) for at in range(5)]
    assert before.metrics["N-acc"] == 2 / 5
    assert after.metrics["N-acc"] == 1 / 5


def test_a_missing_sentence_with_a_target_is_a_miss_of_t_acc(tree: Path, mevis: Split) -> None:
    before = evaluate(tree, mevis).results[0].metrics["T-acc"]
    shutil.rmtree(tree / "cave" / "deep" / "0")
    after = evaluate(tree, mevis, ZERO).results[0].metrics["T-acc"]
    assert before - after == pytest.approx(1 / 15)


def test_what_is_missing_is_left_out_of_stability(tree: Path, mevis: Split, tmp_path: Path) -> None:
    (tree / "cave" / "deep" / "0" / "00003.png").unlink()
    evaluate(tree, mevis, Options(missing="zero", out=tmp_path / "out"))
    rows = pq.ParquetFile(tmp_path / "out" / "units.parquet").read().to_pylist()
    (unit,) = [row for row in rows if (row["video"], row["unit"]) == ("cave/deep", "0")]
    keys = ("stability_J", "stability_J&F", "flicker")
    assert [unit[key] for key in keys] == [None] * 3
    assert unit["n_missing"] == 1
    assert all(row["stability_J"] is not None for row in rows if row["n_frames"] > 1 and row is not unit)


def test_zero_is_the_score_of_predictions_of_which_nothing_fits(mevis: Split, tree: Path) -> None:
    for name in list(mevis.videos)[1:]:
        shutil.rmtree(tree / name)
    metrics = evaluate(tree, mevis, ZERO).results[0].metrics
    own = [unit for key, unit in score_expressions(mevis, in_tree(tree)).items() if key[0] == "alley"]
    assert metrics["J"] == pytest.approx(sum(unit.mean_j for unit in own) / len(mevis.expressions), abs=1e-15)
    assert np.isfinite(list(metrics.values())).all()


def test_without_anything_missing_zero_changes_nothing(tree: Path, mevis: Split) -> None:
    strict, lenient = evaluate(tree, mevis).results[0], evaluate(tree, mevis, ZERO).results[0]
    assert strict.fingerprint == lenient.fingerprint
    assert lenient.complete
