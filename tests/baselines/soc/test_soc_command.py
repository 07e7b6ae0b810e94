"""From the command line to a score, as each dataset is treated; and from a file as the authors save it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from program import Outcome
from rvosbench_baselines.soc import build

SMALL = ("--option", "short-side=48", "--option", "long-side=96")
Program = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("dataset", "metric"), [("sample", "J&F"), ("ref-davis17", "J&F"), ("a2d-sentences", "mAP")]
)
def test_a_reduced_model_is_scored(
    dataset: str, metric: str, home: Path, rvosbench: Program, tmp_path: Path
) -> None:
    out = tmp_path / "preds"
    made = rvosbench(
        "baseline", "run", "soc", "--variant", "soc-small", "--random-weights", 1, "--dataset", dataset,
        "--data", home, "--out", out, *SMALL, "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    told = json.loads(made.out)
    assert (told["failed"], told["missing"]) == ([], [])
    scored = rvosbench("eval", told["predictions"], "--dataset", dataset, "--data", home, "--json")
    assert scored.code == 0, scored.err
    result = json.loads(scored.out)
    assert result["complete"]
    assert 0 <= result["metrics"][metric] <= 1


def test_a_file_of_the_authors_form_is_taken_as_it_is_and_tells_its_variant(
    home: Path, rvosbench: Program, tmp_path: Path
) -> None:
    weights = tmp_path / "19.pth.tar"
    state = build("soc-small", num_classes=65).state_dict()
    state["text_encoder.embeddings.position_ids"] = torch.arange(66)[None]
    torch.save({"model_state_dict": state, "epoch": 19}, weights)
    made = rvosbench(
        "baseline", "run", "soc", "--weights", weights, "--dataset", "sample", "--data", home,
        "--out", tmp_path / "preds", *SMALL, "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert json.loads(made.out)["variant"] == "soc-small"
