"""What learning is measured by: the largest object, exchanged sentences, and intervals over videos."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rvosbench_baselines.base import Clip, Prediction
from rvosbench_baselines.inference.blind import open_blind
from rvosbench_baselines.training import learning
from rvosbench_baselines.training.learning import Scored

from rvosbench.metrics.jf import JAndF
from rvosbench.splits.locate import locate, open_located, require
from rvosbench.splits.split import Expression, Split


@pytest.fixture(scope="module")
def split(home: Path) -> Split:
    return open_located(locate("sample:valid", home))


class Listening:
    """Draws what the words mean: the first sentence of the split that has them."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.heard: list[str] = []

    def predict(self, clip: Clip) -> Iterator[Prediction]:
        for sentence in clip.sentences:
            self.heard.append(sentence.text)
            own = self.split.videos[clip.name].expressions.values()
            meant = [one for one in own if one.text == sentence.text]
            for frame in sentence.frames:
                empty = np.zeros((clip.height, clip.width), np.bool_)
                yield Prediction(sentence.expression, frame, mask=meant[0].mask(frame) if meant else empty)


def mean_area(name: str, one: Expression) -> float:
    seen = [area for frame in range(len(one.video.frames)) if (area := one.video.union((name,), frame).sum())]
    return float(np.mean(seen)) if seen else 0.0


def test_the_largest_object_scores_where_it_is_meant(split: Split) -> None:
    scored = learning.largest(split)
    assert set(scored.of) == {(one.video.name, one.name) for one in split.expressions if one.objects}
    for one in learning.targeted(split):
        largest = max(one.video.objects, key=lambda name: mean_area(name, one))
        assert (scored.of[one.video.name, one.name] == (1.0, 1.0)) == (one.objects == (largest,))
    assert 0 < scored.mean < 1


def test_exchanged_sentences_are_the_same_words_and_none_keeps_its_own(split: Split) -> None:
    texts = learning.exchanged(split, 0)
    sentences = learning.targeted(split)
    assert sorted(texts.values()) == sorted(one.text for one in sentences)
    assert all(texts[one.video.name, one.name] != one.text for one in sentences)


def test_who_listens_loses_when_sentences_are_exchanged(split: Split, home: Path) -> None:
    blind = open_blind(require(locate("sample:valid", home)))
    predictor = Listening(split)
    heard = learning.predicted(predictor, split, blind)
    assert heard.mean == 1.0
    deaf = learning.predicted(predictor, split, blind, learning.exchanged(split, 0))
    assert deaf.mean < 0.5
    assert sorted(predictor.heard[: len(heard.of)]) == sorted(predictor.heard[len(heard.of) :])


def test_an_interval_holds_the_mean_and_is_a_point_where_videos_are_alike() -> None:
    def scored(values: list[float]) -> Scored:
        return Scored({(str(video), "0"): JAndF(value, value) for video, value in enumerate(values)})

    low, high = scored([0.1, 0.4, 0.5, 0.9, 0.7]).interval()
    assert low < scored([0.1, 0.4, 0.5, 0.9, 0.7]).mean < high
    assert scored([0.5] * 4).interval() == (0.5, 0.5)


@pytest.mark.full
def test_the_proof_runs_at_toy_scale(project_root: Path, tmp_path: Path) -> None:
    script = project_root / "benchmarks" / "learn.py"
    done = subprocess.run(
        [sys.executable, script, "--toy", "--out", tmp_path / "learn"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ") and "steps" not in line]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == [
        "refsam-small",
        "soc-small",
        "sola-small",
        "ssa-small",
    ]
