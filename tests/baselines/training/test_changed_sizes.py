"""Weights that were trained with sizes, or words, of one's own are run as they were trained, unasked."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from program import Outcome
from rvosbench_baselines.soc import build
from rvosbench_baselines.soc.weights import released_model
from rvosbench_baselines.ssa import build as build_ssa
from rvosbench_baselines.training import pixel_tracks
from torch import nn

from rvosbench.errors import RvosbenchError, UsageError
from rvosbench.splits.locate import locate, open_located

Call = Callable[..., Outcome]

SMALL = ["frames=1", "unit=step", "length=1", "workers=0"]
SETS = {
    "soc": [
        *SMALL,
        *(
            "variant=soc-small",
            "short_side=32",
            "long_side=48",
            'inference=["short-side=32", "long-side=48"]',
        ),
        *("model.queries=2", "model.text.depth=0"),
    ],
    "ssa": [
        *SMALL,
        *("variant=ssa-small", "short_sides=[32]", "crop=[]", "points=50", 'inference=["short-side=32"]'),
        *("model.queries=2", "model.words=9"),
    ],
    "refsam": [*SMALL, "variant=refsam-small", "text=bare", "model.track_mlp=24"],
    "sola": [
        "variant=sola-small",
        'prompts=["grid"]',
        "unit=step",
        "length=1",
        "workers=0",
        "model.layers=1",
    ],
}


@pytest.mark.parametrize("name", SETS)
def test_what_training_names_as_the_next_command_gives_the_score_of_its_validation(
    name: str, rvosbench: Call, home: Path, tmp_path: Path
) -> None:
    split = open_located(locate("refcoco:val", home))
    given: list[object] = []
    if name == "sola":
        tracks = pixel_tracks.write(split, tmp_path / "tracks")
        given = ["--tracks", tracks, "--val-tracks", tracks]
    done = rvosbench(
        *("baseline", "train", name, "--dataset", "refcoco:val", "--val", "refcoco:val", "--data", home),
        *(word for one in SETS[name] for word in ("--set", one)),
        *("--out", tmp_path / "run", "--device", "cpu", "--json", *given),
    )
    assert done.code == 0, done.err
    said = json.loads(done.out)
    command = said["next"].replace("DATASET:SPLIT", "refcoco:val")
    options = ["--option", f"tracks={tracks}"] if name == "sola" else []
    run = rvosbench(
        *shlex.split(command)[1:-2], "--data", home, "--form", "png", "--out", tmp_path / "preds", *options
    )
    assert run.code == 0, run.err
    scored = rvosbench(
        *("eval", tmp_path / "preds", "--dataset", "refcoco:val", "--data", home),
        *("--protocol", "per-expression", "--json"),
    )
    assert json.loads(scored.out)["metrics"]["J&F"] == said["validation"]["J&F"]


@pytest.mark.parametrize(
    "size",
    [
        *("queries=0", "queries=-1", "width=-1", "points=0", "levels=0", "dropout=2", "text.depth=-1"),
        *("heads=0", "heads=3", "decoder_depth=0", "swin.width=0", "queries=1000000000000000"),
    ],
)
def test_sizes_of_which_no_model_can_be_made_are_refused(
    size: str, rvosbench: Call, home: Path, tmp_path: Path
) -> None:
    done = rvosbench(
        *("baseline", "train", "soc", "--dataset", "refcoco:val", "--data", home, "--out", tmp_path / "run"),
        *("--set", "variant=soc-small", "--set", f"model.{size}"),
    )
    assert done.code == 2
    assert "RVB210" in done.err
    assert size.split("=")[0].split(".")[-1] in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "sizes", [{"queries": "many", "wings": 2}, {"width": -1}, {"heads": 3}, {"width": 2**40}]
)
def test_sizes_in_a_file_are_checked_like_those_of_a_configuration(
    sizes: dict[str, object], tmp_path: Path
) -> None:
    path = written(tmp_path, {"variant": "soc-small", "model": sizes})
    with pytest.raises(UsageError) as caught:
        released_model(path, "soc-small")
    assert all(name in str(caught.value) for name in ("last.pth", *sizes))


@pytest.mark.parametrize(
    "settings", [{"variant": "soc-small", "model": [1]}, {"model": {"wings": 2}}, "none"]
)
def test_what_is_no_record_of_a_training_is_passed_over(settings: object, tmp_path: Path) -> None:
    released_model(written(tmp_path, settings), "soc-small")


def test_weights_of_another_baseline_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, {"variant": "ssa-small", "model": {"adapter_width": 64}}, build_ssa("ssa-small"))
    with pytest.raises(RvosbenchError, match="this looks like SSA"):
        released_model(path, "soc-small")


def written(folder: Path, settings: object, model: nn.Module | None = None) -> Path:
    path = folder / "last.pth"
    state = (model or build("soc-small")).state_dict()
    torch.save({"model_state_dict": state, "settings": settings}, path)
    return path
