"""`rvosbench compare`, `explain` and `table`, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome
from scored_sample import ScoredSample

Program = Callable[..., Outcome]
FEW = ("--resamples", "200")


@pytest.fixture
def late(scored_sample: ScoredSample) -> Path:
    return scored_sample.result("mevis-v2", "late")


@pytest.fixture
def shifted(scored_sample: ScoredSample) -> Path:
    return scored_sample.result("mevis-v2", "shifted")


def test_compare_prints_scores_differences_and_what_the_split_can_tell(
    late: Path, shifted: Path, rvosbench: Program
) -> None:
    done = rvosbench("compare", f"Ours={late}", shifted)
    assert done.code == 0, done.err
    document = json.loads((late / "result.json").read_text())
    low, high = document["intervals"]["J&F"]["low"], document["intervals"]["J&F"]["high"]
    assert f"{100 * document['metrics']['J&F']:.1f}" in done.out
    assert f"[{100 * low:.1f}, {100 * high:.1f}]" in done.out
    assert "Ours - shifted" in done.out
    assert "are noise; a true gap of" in done.out
    assert "Next: rvosbench explain" in done.err


def test_compare_gives_json_alone(late: Path, shifted: Path, rvosbench: Program) -> None:
    done = rvosbench("compare", f"a={late}", f"b={shifted}", "--baseline", "b", "--json", *FEW)
    document = json.loads(done.out)
    (row,) = document["differences"]["J&F"]
    assert (row["one"], row["other"], document["baseline"], document["resamples"]) == ("a", "b", "b", 200)
    assert 0 < row["p"] <= row["p_holm"] <= 1
    assert row["interval"]["low"] <= row["value"] <= row["interval"]["high"]


def test_another_seed_draws_otherwise(late: Path, shifted: Path, rvosbench: Program) -> None:
    calls = [
        rvosbench("compare", f"a={late}", f"b={shifted}", "--json", "--seed", seed, *FEW).out
        for seed in (0, 0, 1)
    ]
    assert calls[0] == calls[1] != calls[2]


def test_compare_of_one_result_or_of_other_data_is_a_usage_error(
    late: Path, scored_sample: ScoredSample, rvosbench: Program
) -> None:
    assert rvosbench("compare", late).code == 2
    done = rvosbench("compare", late, scored_sample.result("mevis-v1", "late"))
    assert done.code == 2
    assert "rvosbench explain" in done.err


def test_explain_names_causes_and_expressions(late: Path, shifted: Path, rvosbench: Program) -> None:
    done = rvosbench("explain", late, shifted, "--top", "2")
    assert done.code == 0, done.err
    assert "other predictions" in done.out
    assert "together" in done.out
    document = json.loads(rvosbench("explain", late, shifted, "--json").out)
    assert document["moves"][0]["text"] in done.out
    assert document["comparable"] is True
    assert sum(part["share"] for part in document["contributions"]) == pytest.approx(document["gap"])


def test_explain_works_where_compare_refuses(
    late: Path, scored_sample: ScoredSample, rvosbench: Program
) -> None:
    done = rvosbench("explain", f"v1={scored_sample.result('mevis-v1', 'late')}", f"v2={late}")
    assert done.code == 0, done.err
    assert "Sentences: " in done.out
    assert "units that only v2 has" in done.out


@pytest.mark.parametrize("form", ["markdown", "latex", "csv", "json"])
def test_a_table_is_printed_or_written(
    form: str, late: Path, shifted: Path, tmp_path: Path, rvosbench: Program
) -> None:
    printed = rvosbench("table", late, shifted, "--to", form)
    out = tmp_path / "tables" / "table"
    written = rvosbench("table", late, shifted, "--to", form, "--out", out)
    assert (printed.code, written.code) == (0, 0)
    assert out.read_text(encoding="utf-8") == printed.out
    assert (written.out, "Next: " in written.err) == ("", True)
    assert rvosbench("table", late, "--out", out).code == 2
    assert rvosbench("table", late, "--out", out, "--force").code == 0


def test_a_table_for_a_repository_of_a_model(late: Path, rvosbench: Program) -> None:
    done = rvosbench("table", late, "--to", "eval-results", "--metrics", "J&F", "--hub-dataset", "a/b")
    assert done.out.splitlines()[0] == "- dataset:"
    assert rvosbench("table", late, "--to", "eval-results").code == 2
