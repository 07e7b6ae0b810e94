"""Whether a model has learnt to listen: its score beside that of the largest object, and beside its own score
when sentences are exchanged. Over sentences with a target; intervals by drawing videos again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rvosbench.analysis.floors import largest_object
from rvosbench.metrics.jf import JAndF, jf
from rvosbench.metrics.torch_jf import mean, units
from rvosbench.splits.split import Expression, Split
from rvosbench_baselines.base import Clip, Predictor, Sentence
from rvosbench_baselines.inference.blind import clip_of

Name = tuple[str, str]
"""A video and one of its sentences."""

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Scored:
    """J and F of each sentence."""

    of: Mapping[Name, JAndF]

    @property
    def mean(self) -> float:
        """J&F."""
        return mean(list(self.of.values())).mean

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """Of J&F, 95 of 100: videos are drawn, and their sentences with them."""
        by_video: dict[str, list[float]] = {}
        for (video, _), unit in self.of.items():
            by_video.setdefault(video, []).append(unit.mean)
        sums = np.array([[sum(one), len(one)] for one in by_video.values()])
        random = np.random.default_rng(seed)
        drawn = sums[random.integers(0, len(sums), (DRAWS, len(sums)))].sum(1)
        low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
        return float(low), float(high)


def targeted(split: Split) -> list[Expression]:
    return [one for one in split.expressions if one.objects]


def largest(split: Split) -> Scored:
    """Of each video the same object, as the floor of that name answers, whatever the sentence."""
    found: dict[Name, JAndF] = {}
    for expression in targeted(split):
        video = expression.video
        name = largest_object(video)
        shown = () if name is None else (name,)
        truth = np.stack([expression.mask(frame) for frame in expression.scored])
        guess = np.stack([video.union(shown, frame) for frame in expression.scored])
        found[video.name, expression.name] = jf(truth, guess)
    return Scored(found)


def exchanged(split: Split, seed: int) -> dict[Name, str]:
    """Every sentence with a target gets the words of another one of the split, if there are other words."""
    sentences = targeted(split)
    texts = [one.text for one in sentences]
    random = np.random.default_rng(seed)
    order = random.permutation(len(texts))
    for place in range(len(order)):
        # One that would keep its words changes with another, such that neither does then.
        if texts[order[place]] == texts[place]:
            for other in random.permutation(len(order)):
                if texts[order[other]] != texts[place] and texts[order[place]] != texts[other]:
                    order[place], order[other] = order[other], order[place]
                    break
    return {
        (one.video.name, one.name): texts[int(other)] for one, other in zip(sentences, order, strict=True)
    }


def predicted(
    predictor: Predictor, truth: Split, blind: Split, texts: Mapping[Name, str] | None = None
) -> Scored:
    """What the predictor makes of every sentence with a target, or of the `texts` in their place."""
    found: dict[Name, JAndF] = {}
    wanted = {(one.video.name, one.name): one for one in targeted(truth)}
    for video in blind.videos.values():
        clip = clip_of(video, every_frame=False)
        sentences = [
            Sentence(
                one.expression,
                one.text if texts is None else texts[video.name, one.expression],
                one.frames,
            )
            for one in clip.sentences
            if (video.name, one.expression) in wanted
        ]
        masks: dict[str, dict[int, NDArray[np.bool_]]] = {one.expression: {} for one in sentences}
        for prediction in predictor.predict(_with(clip, sentences)):
            if prediction.mask is not None:
                masks[prediction.expression][prediction.frame] = prediction.mask
        for name, by_frame in masks.items():
            expression = wanted[video.name, name]
            guess = np.stack([by_frame[frame] for frame in expression.scored])
            true = np.stack([expression.mask(frame) for frame in expression.scored])
            (unit,) = units(torch.from_numpy(guess), torch.from_numpy(true))
            found[video.name, name] = unit
    return Scored(found)


def _with(clip: Clip, sentences: Sequence[Sentence]) -> Clip:
    """The same video, asked for other sentences."""
    clip.sentences = tuple(sentences)
    return clip
