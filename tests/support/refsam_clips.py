"""A small RefSAM with made-up weights, and clips made by code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rvosbench_baselines.base import Clip, Sentence
from rvosbench_baselines.refsam.config import configuration
from rvosbench_baselines.refsam.model import RefSam
from rvosbench_baselines.refsam.predictor import RefSamPredictor, Rules
from rvosbench_baselines.refsam.text_encoder import load_text_encoder
from rvosbench_baselines.refsam.weights import model_of_seed

TEXTS = ("a dog that runs left", "the LARGEST of  all", "it", "two birds above the water, then none")


def small_model(seed: int = 5) -> RefSam:
    return model_of_seed(configuration("refsam-small"), seed).eval()


def small_predictor(rules: Rules | None = None) -> RefSamPredictor:
    return RefSamPredictor(
        small_model(), load_text_encoder("tiny", None, seed=3), rules or Rules(short_side=0)
    )


class NoisyFrames:
    """Frames by seed; `read_log` tells which were read, in order."""

    def __init__(self, count: int, height: int, width: int, seed: int = 0) -> None:
        self.count, self.height, self.width, self.seed = count, height, width, seed
        self.read_log: list[int] = []

    def __len__(self) -> int:
        return self.count

    def read(self, index: int) -> NDArray[np.uint8]:
        self.read_log.append(index)
        generator = np.random.default_rng((self.seed, index))
        return generator.integers(0, 256, (self.height, self.width, 3), dtype=np.uint8)

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        return [self.read(index) for index in indices]

    def size(self) -> tuple[int, int]:
        return self.height, self.width

    def missing(self) -> list[str]:
        return []


def clip(
    frames: NoisyFrames, texts: Sequence[str] = TEXTS[:1], wanted: Sequence[Sequence[int]] | None = None
) -> Clip:
    """Sentence k is named `k`; of each, all frames are wanted unless others are named."""
    everything = [range(len(frames))] * len(texts)
    sentences = [
        Sentence(str(place), text, tuple(of))
        for place, (text, of) in enumerate(zip(texts, wanted or everything, strict=True))
    ]
    stems = [f"{index:05d}" for index in range(len(frames))]
    return Clip("noise", frames.size(), stems, sentences, frames, cache_bytes=1)
