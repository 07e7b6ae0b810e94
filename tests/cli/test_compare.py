"""`rvosbench compare`, `explain` and `table`, as they are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from program import Outcome
from scored_sample import ScoredSample
from scoring import blobs, make_split, video, write_tree

from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord

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
    assert "2 videos: with 1 comparison no difference can be shown" in done.out
    assert "Next: rvosbench explain" in done.err


def test_compare_says_what_gaps_are_noise(tmp_path: Path, rvosbench: Program) -> None:
    """Of seven videos, in one of which one of the methods predicts nothing."""
    noise = np.random.default_rng(0)
    masks = {f"v{place}": {"1": blobs(noise, 1, 24, 30)} for place in range(7)}
    sentences = [ExpressionRecord("0", "the one", ("1",))]
    videos = [video(name, objects, sentences) for name, objects in masks.items()]
    split = make_split(tmp_path / "home", "mevis-v1", "valid_u", videos)
    results = []
    for name, gone in (("whole", ""), ("hole", "v3")):
        kept = {
            (of, "0"): np.zeros_like(objects["1"]) if of == gone else objects["1"]
            for of, objects in masks.items()
        }
        evaluate(write_tree(tmp_path / name, kept, split), split, Options(out=tmp_path / f"{name}-result"))
        results.append(tmp_path / f"{name}-result")
    done = rvosbench("compare", *results, *FEW)
    assert "7 videos: between these two, gaps in J&F under " in done.out
    assert "are noise; " in done.out


def test_compare_gives_json_alone(late: Path, shifted: Path, rvosbench: Program) -> None:
    done = rvosbench("compare", f"a={late}", f"b={shifted}", "--baseline", "b", "--json", *FEW)
    document = json.loads(done.out)
    (row,) = document["differences"]["J&F"]
    assert (row["one"], row["other"], document["baseline"], document["resamples"]) == ("a", "b", "b", 200)
    assert 0 < row["p"] <= row["p_holm"] <= 1
    assert row["interval"]["low"] <= row["value"] <= row["interval"]["high"]


def test_compare_says_when_no_difference_can_be_shown(
    late: Path, shifted: Path, scored_sample: ScoredSample, rvosbench: Program
) -> None:
    """Of two videos no p-value is below a half."""
    empty = scored_sample.result("mevis-v2", "empty")
    done = rvosbench("compare", late, shifted, empty, *FEW)
    assert "2 videos: with 3 comparisons no difference can be shown" in done.out
    assert "noise" not in done.out
    assert "none possible" in done.out
    assert "tie" not in done.out
    assert "rank" not in done.out
    document = json.loads(rvosbench("compare", late, shifted, empty, "--json", *FEW).out)
    assert document["decidable"] is False
    assert {(row["verdict"], row["noise"]) for row in document["differences"]["J&F"]} == {("tie", None)}


def test_the_next_command_can_be_pasted(
    late: Path, shifted: Path, tmp_path: Path, rvosbench: Program
) -> None:
    spaced = tmp_path / "my result"
    spaced.symlink_to(late)
    given = (f"My method={spaced}", shifted, "--protocol", "mevis")
    said = rvosbench("compare", *given, *FEW).err
    assert f"rvosbench explain 'My method={spaced}' {shifted} --protocol mevis names" in said
    said = rvosbench("explain", *given).err
    assert f"rvosbench compare 'My method={spaced}' {shifted} --protocol mevis tells" in said


@pytest.mark.parametrize("wrong", [("--seed", "-5"), ("--resamples", "0"), ("--unknown",)])
def test_an_option_out_of_range_is_a_problem_for_programs_too(
    wrong: tuple[str, ...], late: Path, shifted: Path, rvosbench: Program
) -> None:
    done = rvosbench("compare", late, shifted, *wrong, "--json")
    (problem,) = json.loads(done.out)["problems"]
    assert (done.code, problem["code"]) == (2, "RVB003")
    assert wrong[0] in problem["found"] + problem["path"]


def test_a_table_of_a_result_without_its_units_is_refused(
    late: Path, tmp_path: Path, rvosbench: Program
) -> None:
    shutil.copytree(late, tmp_path / "bare")
    (tmp_path / "bare" / "units.parquet").unlink()
    done = rvosbench("table", tmp_path / "bare")
    assert (done.code != 0, done.out) == (True, "")
    assert "RVB127" in done.err


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
