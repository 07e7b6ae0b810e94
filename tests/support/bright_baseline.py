"""A baseline that needs no model: what is brighter than a threshold is meant. It also fails as asked.

`register` makes it a package of its own, as far as entry points can tell.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rvosbench_baselines.base import (
    Answer,
    Baseline,
    Clip,
    ExpectedScore,
    Option,
    Prediction,
    Query,
    ReleasedWeights,
    Sentence,
    Setup,
    Variant,
)

BROKEN = ("twice", "too few", "wrong size", "wrong kind", "no query", "unasked")
NAME = "bright"


class Bright:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.answer: Answer = setup.answer
        self.threshold = setup.whole_number("threshold")
        self.fail = setup.text("fail")
        self.pause = setup.number("pause")

    def predict(self, clip: Clip) -> Iterator[Prediction]:
        if clip.name in (self.fail, os.environ.get("BRIGHT_FAILS")) or self.fail == "every":
            raise RuntimeError(f"no answer for {clip.name}\nand more about it")
        if self.fail == f"memory of {clip.name}":
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")
        if self.fail in BROKEN:
            yield from self._broken(clip)
            return
        for frame in sorted({frame for sentence in clip.sentences for frame in sentence.frames}):
            gray = clip.frame(frame).mean(2, dtype=np.float32)
            for place, sentence in enumerate(clip.sentences):
                if frame in sentence.frames:
                    time.sleep(self.pause)
                    yield self._answer(sentence, frame, gray, place)

    def _answer(self, sentence: Sentence, frame: int, gray: NDArray[np.float32], place: int) -> Prediction:
        mask = gray > self.threshold + place
        if self.answer == "probabilities":
            soft = np.clip((gray - 20 * place) / 255, 0, 1, dtype=np.float32)
            return Prediction(sentence.expression, frame, probabilities=soft)
        if self.answer == "queries":
            queries = (Query(0.9, mask), Query(0.25, gray <= 64))
            return Prediction(sentence.expression, frame, queries=queries)
        return Prediction(sentence.expression, frame, mask=mask)

    def _broken(self, clip: Clip) -> Iterator[Prediction]:
        first = clip.sentences[0]
        mask = np.zeros((clip.height, clip.width), np.bool_)
        match self.fail:
            case "twice":
                yield Prediction(first.expression, first.frames[0], mask=mask)
                yield Prediction(first.expression, first.frames[0], mask=mask)
            case "too few":
                yield Prediction(first.expression, first.frames[0], mask=mask)
            case "wrong size":
                yield Prediction(first.expression, first.frames[0], mask=mask[:-1])
            case "wrong kind":
                yield Prediction(first.expression, first.frames[0], probabilities=mask.astype(np.float32))
            case "no query":
                yield Prediction(first.expression, first.frames[0])
            case "unasked":
                yield Prediction("no such sentence", first.frames[0], mask=mask)


def load(setup: Setup) -> Bright:
    if trace := os.environ.get("BRIGHT_LOADS"):
        with Path(trace).open("a", encoding="utf-8") as file:
            file.write("loaded\n")
    return Bright(setup)


def card(name: str = NAME, *, needs_weights: str | None = None) -> Baseline:
    return Baseline(
        name=name,
        title="What is bright",
        paper="On Bright Things",
        venue="Journal of Thresholds",
        year=1999,
        licence="MIT",
        code="https://example.org/bright",
        variants=(
            Variant("bright-l", "as published", parameters=1234567, trainable=234567),
            Variant("bright-small", "for tests", parameters=12, trainable=3, reduced=True),
        ),
        load=load,
        answers=frozenset({"masks", "probabilities", "queries"}),
        released=(ReleasedWeights("bright.pth", "bright-l", "the sun", "the page of the sun"),),
        expected=(ExpectedScore("sample:valid", {"J&F": 12.5}, "bright.pth", "Table 2"),),
        needs_weights=needs_weights,
        options=(
            Option("threshold", int, "gray value", default=128, by_dataset={"a2d-sentences": 100}, minimum=0),
            Option("pause", float, "seconds per frame", default=0.0, minimum=0, maximum=10),
            Option("fail", str, "what goes wrong", default="nothing"),
            Option("select", str, "which", default="union", choices=("union", "top-1")),
        ),
        notes=("It knows nothing of sentences.",),
        needs_torch=False,
    )


BRIGHT = card()
WEIGHTED = card("bright-weighted", needs_weights="the file bright.pth")


def register(folder: Path, **cards: str) -> None:
    """Metadata of a package in `folder`, which belongs on the path of Python; `name="module:object"`."""
    metadata = folder / "bright_things-2.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: bright-things\nVersion: 2.0\n", encoding="utf-8"
    )
    points = cards or {
        NAME: "bright_baseline:BRIGHT",
        "bright-weighted": "bright_baseline:WEIGHTED",
    }
    lines = "\n".join(f"{name} = {target}" for name, target in points.items())
    (metadata / "entry_points.txt").write_text(f"[rvosbench.baselines]\n{lines}\n", encoding="utf-8")
