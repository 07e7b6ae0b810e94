"""From the command line to a score, and the messages for what users get wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from program import Outcome
from refsam_clips import small_model
from sam_of_transformers import sam_part

Program = Callable[..., Outcome]
SMALL = ("baseline", "run", "refsam", "--variant", "refsam-small")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}


@pytest.mark.parametrize(
    ("dataset", "figure"), [("sample", "J&F"), ("ref-davis17", "J&F"), ("a2d-sentences", "mAP")]
)
def test_a_run_ends_in_a_score(
    rvosbench: Program, home: Path, tmp_path: Path, dataset: str, figure: str
) -> None:
    at = ("--dataset", dataset, "--data", home)
    done = rvosbench(*SMALL, *at, "--random-weights", 1, "--out", tmp_path / "preds")
    assert done.code == 0, done.err
    target = tmp_path / "preds"
    scored = rvosbench(
        "eval", target / "predictions.json" if dataset.startswith("a2d") else target, *at, "--json"
    )
    assert scored.code == 0, scored.err
    result = json.loads(scored.out)
    assert result["complete"]
    assert 0 <= result["metrics"][figure] <= 1


def test_the_same_seed_gives_the_same_masks_and_another_one_others(
    rvosbench: Program, home: Path, tmp_path: Path
) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        at = ("--dataset", "sample", "--data", home, "--out", tmp_path / name)
        assert rvosbench(*SMALL, *at, "--random-weights", seed).code == 0
    one, two, other = (contents(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys()
    assert one != other


def test_trained_files_are_run_from_their_folder(rvosbench: Program, home: Path, tmp_path: Path) -> None:
    folder, model = tmp_path / "trained", small_model()
    folder.mkdir()
    torch.save(sam_part(model.state_dict()), folder / "sam_vit_tiny.pth")
    for part in ("resizer", "dense_conv", "track_net"):
        torch.save(model.get_submodule(part).state_dict(), folder / f"{part}_tiny_last.pth")
    at = ("--dataset", "sample", "--data", home, "--out", tmp_path / "preds")
    done = rvosbench(*SMALL, *at, "--weights", folder)
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--weights", "sam.pth"), 1, "no tensor of resizer, dense_conv, track_net"),
        (("--weights", "empty"), 2, "put SAM's file (sam_vit_b_01ec64.pth"),
        (("--weights", "nothing.pth"), 2, "nothing.pth"),
        (("--random-weights", "1", "--option", "text=t5-3b"), 2, "google-t5/t5-3b"),
        (("--random-weights", "1", "--option", "text=bert"), 2, "t5-small or t5-3b"),
        (("--random-weights", str(10**23)), 2, "random-weights"),
        (("--random-weights", "1", "--option", "short-side=-4"), 2, "at least 0"),
        (("--random-weights", "1", "--option", "short-side=5000000"), 2, "at most 4096"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(
    rvosbench: Program,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(sam_part(small_model().state_dict()), "sam.pth")
    Path("empty").mkdir()
    done = rvosbench(*SMALL, "--dataset", "sample", "--data", home, "--out", "preds", *arguments)
    assert done.code == code
    assert told in " ".join(done.err.split())
    assert "Traceback" not in done.err
