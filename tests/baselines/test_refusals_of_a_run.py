"""What cannot work is refused before a model is loaded, and with everything that a user needs to go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bright_baseline
import many_videos
import pytest
from program import Outcome
from rvosbench_baselines.base import Baseline, Predictor, Setup

from rvosbench.errors import Code, Problem, RvosbenchError

pytestmark = pytest.mark.usefixtures("plug_in")

Program = Callable[..., Outcome]
Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, rvosbench: Program) -> Run:
    many_videos.make(tmp_path / "home", videos=2)

    def call(*more: object, baseline: str = "bright", dataset: str = "sample") -> Outcome:
        return rvosbench(
            *("baseline", "run", baseline, "--dataset", dataset, "--data", tmp_path / "home"),
            *("--out", tmp_path / "out", *more, "--json"),
        )

    return call


def problems(outcome: Outcome) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(outcome.out)["problems"]
    return found


def weights(tmp_path: Path, content: str = "bright") -> Path:
    path = tmp_path / f"{content}.pth"
    path.write_text(content, encoding="utf-8")
    return path


def test_an_unknown_variant_is_answered_with_those_there_are(run: Run) -> None:
    done = run("--variant", "bright-xl")
    (problem,) = problems(done)
    assert (done.code, problem["code"]) == (2, "RVB203")
    assert "bright-l, bright-small" in problem["expected"]
    assert problem["fix"] == "did you mean bright-l?"


def test_without_weights_one_learns_which_there_are_and_where(run: Run) -> None:
    done = run(baseline="bright-weighted")
    (problem,) = problems(done)
    assert (done.code, problem["code"], problem["path"]) == (2, "RVB010", "--weights")
    assert "the file bright.pth" in problem["expected"]
    assert problem["fix"] == "download bright.pth from the page of the sun"


def test_weights_that_are_not_there_are_named(run: Run, tmp_path: Path) -> None:
    (problem,) = problems(run("--weights", tmp_path / "nowhere.pth", baseline="bright-weighted"))
    assert problem["path"] == str(tmp_path / "nowhere.pth")
    assert problem["found"] == "no such file"


def test_a_reduced_variant_is_run_with_made_up_weights_and_that_is_said_loudly(run: Run) -> None:
    small = ("--variant", "bright-small")
    (problem,) = problems(run(*small, baseline="bright-weighted"))
    assert "--random-weights SEED" in problem["fix"]
    done = run(*small, "--random-weights", 7, baseline="bright-weighted")
    assert done.code == 0
    assert "THE WEIGHTS ARE MADE UP from the seed 7" in done.err
    assert json.loads(done.out)["weights"] == "generated from seed 7"


@pytest.mark.parametrize("baseline", ["bright", "bright-weighted"])
def test_weights_are_given_once_and_only_where_there_are_some(
    baseline: str, run: Run, tmp_path: Path
) -> None:
    done = run("--weights", weights(tmp_path), "--random-weights", 1, baseline=baseline)
    assert (done.code, [problem["code"] for problem in problems(done)]) == (2, ["RVB003"])


def test_every_option_that_makes_no_sense_is_named_at_once(run: Run) -> None:
    done = run(
        *("--option", "treshold=5", "--option", "threshold=high", "--option", "threshold=-1"),
        *("--option", "pause=11", "--option", "pause=nan", "--option", "select=all", "--option", "fail"),
    )
    assert done.code == 2
    told = [example for problem in problems(done) for example in problem["examples"]]
    assert len(told) == 7
    assert {problem["expected"] for problem in problems(done)} == {
        "NAME=VALUE, where NAME is threshold or pause or fail or select",
        "a whole number and at least 0",
        "a number, at least 0 and at most 10",
        "union or top-1",
    }


def test_an_option_changes_what_is_predicted(run: Run, tmp_path: Path) -> None:
    done = run("--option", "threshold=0", "--form", "parquet")
    assert json.loads(done.out)["options"]["threshold"] == 0
    import pyarrow.parquet as pq

    table = pq.read_table(json.loads(done.out)["predictions"])
    assert len(set(table["counts"].to_pylist())) > 1


def test_a_folder_holds_the_predictions_of_one_model_with_one_set_of_weights(
    run: Run, tmp_path: Path
) -> None:
    first = weights(tmp_path)
    assert run("--weights", first, baseline="bright-weighted").code == 0
    same = weights(tmp_path, "bright")
    assert run("--weights", same, baseline="bright-weighted").code == 0
    others = {
        "weights": ("--weights", weights(tmp_path, "dark")),
        "variant": ("--weights", first, "--variant", "bright-small"),
        "options": ("--weights", first, "--option", "threshold=3"),
        "form": ("--weights", first, "--form", "zip"),
        "text model": ("--weights", first, "--text-model", tmp_path / "home" / "frames"),
    }
    for what, arguments in others.items():
        done = run(*arguments, baseline="bright-weighted")
        (problem,) = problems(done)
        assert (done.code, problem["code"]) == (2, "RVB204"), what
        assert problem["path"].endswith(f", {what}")
    assert {problem["code"] for problem in problems(run())} == {"RVB204"}


def test_what_else_lies_in_a_folder_is_not_touched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("my only copy", encoding="utf-8")
    (problem,) = problems(run())
    assert problem["code"] == "RVB007"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_a_model_that_cannot_be_loaded_leaves_the_folder_free(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the right weights would be refused as others than those that the folder began with."""

    def fail(setup: Setup) -> Predictor:
        raise RvosbenchError(Problem(Code.WEIGHTS_UNREADABLE, "file", "weights", "a web page", "again"))

    with monkeypatch.context() as patched:
        patched.setattr(bright_baseline, "BRIGHT", replace(bright_baseline.BRIGHT, load=fail))
        assert [problem["code"] for problem in problems(run())] == ["RVB200"]
    assert run("--option", "threshold=9").code == 0


def test_an_unknown_video_and_an_impossible_shard_are_refused(run: Run) -> None:
    (problem,) = problems(run("--videos", "video-9"))
    assert (problem["code"], problem["fix"]) == ("RVB024", "did you mean video-1?")
    (problem,) = problems(run("--shard", "3/2"))
    assert problem["code"] == "RVB003"


def test_a_split_that_is_not_converted_says_how_to(run: Run) -> None:
    done = run(dataset="mevis-v1:valid_u")
    assert (done.code, [problem["code"] for problem in problems(done)]) == (4, ["RVB004"])


def test_jhmdb_without_the_list_of_its_samples_is_refused(
    baseline_releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    home = tmp_path / "home"
    release = baseline_releases / "jhmdb-sentences"
    assert rvosbench("convert", "jhmdb-sentences", release, "--data", home).code == 0
    done = rvosbench(
        "baseline", "run", "bright", "--dataset", "jhmdb-sentences", "--data", home, "--out", tmp_path / "out"
    )
    assert done.code == 4
    assert "RVB126" in done.err


def test_frames_that_were_not_linked_are_said_for_every_video(
    baseline_releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    home = tmp_path / "home"
    rvosbench(
        *("convert", "sample", baseline_releases / "sample", "--split", "valid"),
        *("--data", home, "--frames", "none"),
    )
    done = rvosbench(
        *("baseline", "run", "bright", "--dataset", "sample", "--data", home, "--out", tmp_path / "out"),
        "--json",
    )
    assert done.code == 1
    assert {one["problems"][0]["code"] for one in json.loads(done.out)["failed"]} == {"RVB051"}


def test_without_torch_a_model_that_needs_it_names_the_extra(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bright_baseline, "BRIGHT", bright_with_torch())
    monkeypatch.setattr("rvosbench_baselines.inference.launch.find_spec", lambda name: None)
    done = run()
    (problem,) = problems(done)
    assert (done.code, problem["code"]) == (5, "RVB005")
    assert problem["fix"] == 'pip install "rvosbench[baselines]"'


def test_a_gpu_that_is_not_there_is_not_silently_replaced(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(bright_baseline, "BRIGHT", bright_with_torch())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = run("--device", "cuda")
    (problem,) = problems(done)
    assert (done.code, problem["path"]) == (2, "--device cuda")
    assert json.loads(run().out)["device"] == "cpu"


def bright_with_torch() -> Baseline:
    return replace(bright_baseline.BRIGHT, needs_torch=True)
