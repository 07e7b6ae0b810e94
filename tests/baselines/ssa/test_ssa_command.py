"""The reduced SSA runs from the command line to a score, without any file of weights or words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome

Program = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("dataset", "form", "options"),
    [
        ("sample", "png", ("queries=union", "threshold=0.3")),
        ("ref-davis17", "davis", ("overlap=likeliest",)),
    ],
)
def test_a_reduced_run_is_scored(
    dataset: str, form: str, options: tuple[str, ...], home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    chosen = [word for option in ("short-side=32", *options) for word in ("--option", option)]
    run = rvosbench(
        *("baseline", "run", "ssa", "--variant", "ssa-small", "--random-weights", 1),
        *("--dataset", dataset, "--data", home, "--out", tmp_path / "predictions", *chosen, "--json"),
    )
    assert run.code == 0, run.err
    made = json.loads(run.out)
    assert made["form"] == form
    assert made["missing"] == []
    scored = rvosbench("eval", made["predictions"], "--dataset", dataset, "--data", home, "--json")
    assert scored.code == 0, scored.err
    result = json.loads(scored.out)
    assert result["complete"]
    assert 0 <= result["metrics"]["J&F"] <= 1
