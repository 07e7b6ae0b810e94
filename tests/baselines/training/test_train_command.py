"""`rvosbench baseline train`: from a converted split to weights that `baseline run` takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome
from rvosbench_baselines.training import pixel_tracks

from rvosbench.splits.locate import locate, open_located

Call = Callable[..., Outcome]


@pytest.fixture(scope="module")
def tracks(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tracks")
    return pixel_tracks.write(open_located(locate("sample:valid", home)), folder)


@pytest.fixture
def arguments(home: Path, tracks: Path) -> list[object]:
    sets = [
        "variant=sola-small",
        'prompts=["grid"]',
        "unit=step",
        "length=4",
        "workers=0",
        "validate_every=2",
    ]
    return [
        *("baseline", "train", "sola", "--dataset", "sample:valid", "--val", "sample:valid", "--data", home),
        *("--tracks", tracks, "--val-tracks", tracks, "--device", "cpu"),
        *(word for one in sets for word in ("--set", one)),
    ]


def test_it_trains_scores_and_leaves_weights_that_predict(
    rvosbench: Call, arguments: list[object], home: Path, tracks: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    done = rvosbench(*arguments, "--out", out, "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["step"] == 4
    assert 0 <= said["validation"]["J&F"] <= 1
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [(one["event"], one["step"]) for one in lines] == [
        *(("train", 1), ("train", 2), ("validate", 2)),
        *(("train", 3), ("train", 4), ("validate", 4)),
    ]
    assert list((out / "tensorboard").iterdir())

    preds = tmp_path / "preds"
    run = rvosbench(
        *("baseline", "run", "sola", "--variant", "sola-small", "--weights", out / "last.pth"),
        *("--dataset", "sample:valid", "--data", home, "--out", preds, "--option", f"tracks={tracks}"),
    )
    assert run.code == 0, run.err
    scored = rvosbench("eval", preds, "--dataset", "sample:valid", "--data", home, "--json")
    figures = json.loads(scored.out)["metrics"]
    assert figures["J&F"] == said["validation"]["J&F"]


def test_what_was_validated_is_what_eval_says_of_the_same_masks(
    rvosbench: Call, home: Path, tmp_path: Path
) -> None:
    sets = [
        "variant=refsam-small",
        "text=tiny",
        "frames=2",
        "short_side=0",
        "unit=step",
        "length=1",
        "seed=0",
    ]
    out, preds = tmp_path / "run", tmp_path / "preds"
    done = rvosbench(
        *("baseline", "train", "refsam", "--dataset", "sample:valid", "--val", "sample:valid"),
        *("--data", home, "--out", out, "--set", "workers=0", "--json"),
        *(word for one in sets for word in ("--set", one)),
    )
    assert done.code == 0, done.err
    run = rvosbench(
        *("baseline", "run", "refsam", "--variant", "refsam-small", "--weights", out / "last.pth"),
        *("--dataset", "sample:valid", "--data", home, "--out", preds),
    )
    assert run.code == 0, run.err
    scored = json.loads(rvosbench("eval", preds, "--dataset", "sample:valid", "--data", home, "--json").out)[
        "metrics"
    ]
    validated = json.loads(done.out)["validation"]
    assert {name: scored[name] for name in ("J&F", "J", "F")} == {
        name: validated[name] for name in ("J&F", "J", "F")
    }


def test_a_folder_holds_one_run(rvosbench: Call, arguments: list[object], tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert rvosbench(*arguments, "--out", out).code == 0
    again = rvosbench(*arguments, "--out", out)
    assert again.code == 2
    assert "RVB214" in again.err
    other = rvosbench(*arguments, "--out", out, "--resume", "--set", "seed=1", "--set", "same=0.5")
    assert other.code == 2
    assert "seed" in other.err
    assert "1 instead of 42" in other.err
    elsewhere = rvosbench(*arguments, "--out", out, "--resume", "--val", "refcoco:val")
    assert elsewhere.code == 2
    assert "refcoco:val instead of sample:valid" in elsewhere.err
    longer = rvosbench(*arguments, "--out", out, "--resume", "--set", "length=5", "--json")
    assert longer.code == 0, longer.err
    assert json.loads(longer.out)["step"] == 5


def test_the_configuration_is_shown_as_it_can_be_given_back(rvosbench: Call, tmp_path: Path) -> None:
    shown = rvosbench("baseline", "train", "ssa", "--show-config")
    assert shown.code == 0
    path = tmp_path / "ssa.toml"
    path.write_text(shown.out)
    from rvosbench_baselines.training.recipes.ssa import SsaSettings
    from rvosbench_baselines.training.settings import read_settings

    assert read_settings(SsaSettings, str(path)) == read_settings(SsaSettings, "ssa")


def test_ssa_is_not_trained_on_a_clip_that_is_random_and_frozen(
    rvosbench: Call, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    done = rvosbench("baseline", "train", "ssa", "--dataset", "sample:valid", "--data", home, "--out", out)
    assert done.code == 2
    assert "RVB010  --weights" in done.err
    assert "learn-ssa" in done.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("--dataset", "sample:train"), "RVB004"),
        (("--set", "rate=fast"), "RVB210"),
        (("--set", "rate=inf"), "RVB210"),
        (("--set", "rate=2"), "RVB210"),
        (("--set", "drops=[-1]"), "RVB210"),
        (("--tracks", "nowhere"), "RVB015"),
        (("--resume",), "RVB211"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_code(
    rvosbench: Call, arguments: list[object], tmp_path: Path, change: tuple[str, ...], code: str
) -> None:
    done = rvosbench(*arguments, "--out", tmp_path / "run", *change)
    assert done.code != 0
    assert code in done.err
    assert not (tmp_path / "run").exists(), "nothing is in the way of the corrected command"


def test_a_split_without_ground_truth_is_refused_before_anything_is_trained(
    rvosbench: Call, arguments: list[object], home: Path, baseline_releases: Path, tmp_path: Path
) -> None:
    source, data = baseline_releases / "mevis-v1", tmp_path / "data"
    assert rvosbench("convert", "mevis-v1:valid", source, "--data", data).code == 0
    (data / "sample").symlink_to(home / "sample")
    done = rvosbench(*arguments, "--out", tmp_path / "run", "--data", data, "--val", "mevis-v1:valid")
    assert done.code == 4
    assert "RVB052" in done.err
    assert not (tmp_path / "run").exists()


def test_another_baseline_cannot_be_trained(rvosbench: Call, tmp_path: Path) -> None:
    done = rvosbench("baseline", "train", "nothing", "--dataset", "sample:valid", "--out", tmp_path / "x")
    assert done.code == 2
    assert "RVB202" in done.err
