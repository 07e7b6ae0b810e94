"""Every baseline of this project, reduced and with made-up weights, from the command line to a score."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny_sam2
import torch
from program import Outcome
from rvosbench_baselines.cards import read_cards

from rvosbench.errors import Code

Program = Callable[..., Outcome]

SMALL_PICTURES = ("--option", "short-side=64")
RUNS = {
    ("soc", "sample"): SMALL_PICTURES,
    ("soc", "a2d-sentences"): SMALL_PICTURES,
    ("ssa", "sample"): SMALL_PICTURES,
    ("ssa", "ref-davis17"): SMALL_PICTURES,
    ("refsam", "sample"): SMALL_PICTURES,
    ("sola", "sample"): (),
}
SUSPICIOUS = {Code.CONSTANT_MASKS, Code.EMPTY_MASKS, Code.EQUAL_SCORES}
HEADLINE = {"sample": "J&F", "ref-davis17": "J&F", "a2d-sentences": "mAP"}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """These models are so small that threads cost more than they give."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_none_of_ours_is_left_out() -> None:
    cards, problems = read_cards()
    ours = {card.baseline.name for card in cards if card.package.startswith("rvosbench ")}
    assert {name for name, _ in RUNS} == ours
    assert problems == []


@pytest.mark.parametrize(("name", "dataset"), RUNS)
def test_a_reduced_baseline_runs_from_the_command_line_to_a_score(
    name: str, dataset: str, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    out, at = tmp_path / "preds", ("--dataset", dataset, "--data", home)
    command = (
        *("baseline", "run", name, "--variant", f"{name}-small", "--random-weights", 1),
        *(*at, "--out", out, "--json", *RUNS[name, dataset]),
    )
    if name == "sola":
        command = (*command, "--option", f"tracks={tracks(home, tmp_path, rvosbench)}")
    done = rvosbench(*command)
    assert done.code == 0, done.err
    assert "THE WEIGHTS ARE MADE UP" in done.err
    made = json.loads(done.out)
    assert made["failed"] == made["missing"] == []
    scored = rvosbench("eval", made["predictions"], *at, "--json")
    assert scored.code == 0, scored.err
    result = json.loads(scored.out)
    assert result["complete"]
    # Made-up weights may predict nothing, which is worth a warning.
    assert {problem["code"] for problem in result["problems"]} <= SUSPICIOUS
    assert 0 <= result["metrics"][HEADLINE[dataset]] <= 1
    again = rvosbench(*command)
    assert (again.code, json.loads(again.out)["computed"]) == (0, 0)


def tracks(home: Path, tmp_path: Path, rvosbench: Program) -> Path:
    """What SOLA chooses from, made by SAM 2 with made-up weights, for which any mask is good enough."""
    files = tiny_sam2.small_files(tmp_path)
    done = rvosbench(
        *("baseline", "tracks", "sample", "--data", home, "--out", tmp_path / "tracks"),
        *("--sam2", files.weights, "--sam2-config", files.config, "--json"),
        *("--points", 3, "--predicted-iou", 0, "--stability", 0, "--max-tracks", 4),
    )
    assert done.code == 0, done.err
    return Path(json.loads(done.out)["tracks"])
