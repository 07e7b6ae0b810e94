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
from rvosbench_baselines.training import pixel_tracks

from rvosbench.errors import UsageError
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


def test_sizes_in_a_file_are_checked_like_those_of_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "last.pth"
    settings = {"variant": "soc-small", "model": {"queries": "many", "wings": 2}}
    torch.save({"model_state_dict": build("soc-small").state_dict(), "settings": settings}, path)
    with pytest.raises(UsageError) as caught:
        released_model(path, "soc-small")
    assert "a whole number" in str(caught.value)
    assert "wings" in str(caught.value)
