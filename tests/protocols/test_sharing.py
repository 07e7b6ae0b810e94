"""Work is done once: ground truth for all expressions of a target set, pictures for all protocols."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scoring import blobs, video, write_tree

from rvosbench.evaluate import video as scoring_of_videos
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.masks import planes
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

FRAMES = 9


@pytest.fixture
def split(split_of: Callable[..., Split]) -> Split:
    """Ten expressions in which each of two target sets is meant five times, in turn."""
    noise = np.random.default_rng(1)
    objects = {name: blobs(noise, FRAMES, 10, 12) for name in ("1", "2")}
    sets: list[tuple[str, ...]] = [("1",), ("1", "2")]
    expressions = [ExpressionRecord(str(number), "x", sets[number % 2]) for number in range(10)]
    return split_of("mevis-v1", "valid_u", [video("bear", objects, expressions)])


def count(monkeypatch: pytest.MonkeyPatch, name: str) -> Counter[str]:
    calls: Counter[str] = Counter()
    original: Any = getattr(planes, name)

    def counting(first: Any, *rest: Any, **more: Any) -> Any:
        calls[name] += len(first) if isinstance(first, Sequence) else 1
        return original(first, *rest, **more)

    monkeypatch.setattr(planes, name, counting)
    return calls


@pytest.mark.parametrize("longest", [2, 64])
def test_ground_truth_is_prepared_once_for_each_target_set_and_frame(
    longest: int, split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_of_videos, "_LONGEST", longest)
    monkeypatch.setattr(scoring_of_videos, "_SHORTEST", 1)
    noise = np.random.default_rng(2)
    masks = {("bear", str(number)): blobs(noise, FRAMES, 10, 12) for number in range(10)}
    prepared, scored = count(monkeypatch, "prepare"), count(monkeypatch, "score_pngs")
    evaluate(write_tree(tmp_path / "tree", masks, split), split)
    assert prepared["prepare"] == 2 * FRAMES
    assert scored["score_pngs"] == 10 * FRAMES


def test_a_prediction_is_decoded_once_for_all_protocols(
    davis: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(2)
    masks = {
        (one.video.name, one.name): blobs(noise, len(one.scored), *one.video.size)
        for one in davis.expressions
    }
    decoded = count(monkeypatch, "score_pngs")
    done = evaluate(write_tree(tmp_path / "tree", masks, davis), davis, Options(protocol="all"))
    assert len(done.results) == 2
    assert decoded["score_pngs"] == done.results[0].counts["frames"]


def test_memory_does_not_grow_with_the_number_of_expressions(
    split_of: Callable[..., Split], tmp_path: Path
) -> None:
    noise = np.random.default_rng(1)
    frames, height, width = 16, 400, 512
    objects = {"1": blobs(noise, frames, height, width)}
    drawn = blobs(noise, frames, height, width)
    peaks = {}
    for number in (4, 40):
        expressions = [ExpressionRecord(str(one), "x", ("1",)) for one in range(number)]
        split = split_of(f"many-{number}", "valid", [video("bear", objects, expressions)])
        masks = {("bear", str(one)): drawn for one in range(number)}
        tree = write_tree(tmp_path / str(number), masks, split)
        tracemalloc.start()
        evaluate(tree, split)
        peaks[number] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    planes_of_one = frames * height * width // 8
    assert peaks[40] - peaks[4] < 5 * planes_of_one
