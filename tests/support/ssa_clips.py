"""Clips for SSA: the frames of the goldens, tokens given directly, and a predictor over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import inputs
import numpy as np
from numpy.typing import NDArray
from rvosbench_baselines.base import Clip, Prediction, Sentence
from rvosbench_baselines.ssa.model import Ssa
from rvosbench_baselines.ssa.predictor import Inference, SsaPredictor

RELEASED = Inference(
    answer="masks",
    rule="top1",
    threshold=0.5,
    short=64,
    long=1333,
    chunk=18,
    mask_chunk=5,
    soft=False,
    memory=2**30,
)
"""As released, but for small pictures."""


class Pictures:
    """Frames that lie in memory; `log` tells which were read."""

    def __init__(self, frames: NDArray[np.uint8]) -> None:
        self.frames = frames
        self.log: list[int] = []

    def __len__(self) -> int:
        return len(self.frames)

    def read(self, index: int) -> NDArray[np.uint8]:
        self.log.append(index)
        frame: NDArray[np.uint8] = self.frames[index].copy()
        return frame

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        return [self.read(index) for index in indices]

    def size(self) -> tuple[int, int]:
        return self.frames.shape[1], self.frames.shape[2]

    def missing(self) -> list[str]:
        return []


class Tokens:
    """Sentences are numbers: how many words, of which the ids follow."""

    pad = 0

    def encode(self, text: str, limit: int | None = None) -> list[int]:
        words, _, seed = text.partition("/")
        ids: list[int] = inputs.clip_ids(int(words), int(seed or 0), 512)[0].tolist()
        return ids[: ids.index(511) + 1]


def clip(
    pictures: Pictures, texts: Sequence[str] = ("6/7",), wanted: Sequence[Sequence[int]] | None = None
) -> Clip:
    """Sentence k is named `k`; of each, all frames are wanted unless others are named."""
    every = [range(len(pictures))] * len(texts)
    sentences = [
        Sentence(str(place), text, tuple(of))
        for place, (text, of) in enumerate(zip(texts, wanted or every, strict=True))
    ]
    stems = [f"{index:05d}" for index in range(len(pictures))]
    return Clip("clip", pictures.size(), stems, sentences, pictures)


def predictor(model: Ssa, **changed: object) -> SsaPredictor:
    return SsaPredictor(model, Tokens(), replace(RELEASED, **changed))  # type: ignore[arg-type]


def predictions(model: Ssa, of: Clip, **changed: object) -> Mapping[tuple[str, int], Prediction]:
    return {(one.expression, one.frame): one for one in predictor(model, **changed).predict(of)}


def masks(model: Ssa, of: Clip, **changed: object) -> dict[tuple[str, int], NDArray[np.bool_]]:
    found = {}
    for key, one in predictions(model, of, **changed).items():
        assert one.mask is not None
        assert one.mask.shape == (of.height, of.width)
        found[key] = one.mask
    return found


def unequal(
    one: dict[tuple[str, int], NDArray[np.bool_]], other: dict[tuple[str, int], NDArray[np.bool_]]
) -> float:
    """The share of pixels that differ."""
    assert one.keys() == other.keys()
    return float(np.mean([(one[key] != other[key]).mean() for key in one]))
