"""Validation: the predictor sees clips as in `rvosbench baseline run`; its masks are scored as they come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.metrics.jf import JAndF
from rvosbench.metrics.torch_jf import TorchJF
from rvosbench.splits.split import Split
from rvosbench_baselines.base import Predictor
from rvosbench_baselines.inference.blind import clip_of
from rvosbench_baselines.training.parallel import Place


def score(predictor: Predictor, truth: Split, blind: Split, place: Place, videos: Sequence[str]) -> JAndF:
    """J and F over all sentences. Each process takes a share of the videos, none of them twice."""
    scores = TorchJF()
    for name in videos[place.rank :: place.world]:
        clip = clip_of(blind.videos[name], every_frame=False)
        expressions = truth.videos[name].expressions
        waiting = {one.expression: len(one.frames) for one in clip.sentences}
        found: dict[str, dict[int, NDArray[np.bool_]]] = {one.expression: {} for one in clip.sentences}
        for prediction in predictor.predict(clip):
            if prediction.mask is None:
                raise RvosbenchError(_no_mask(name, prediction.expression))
            masks = found[prediction.expression]
            masks[prediction.frame] = prediction.mask
            if len(masks) == waiting[prediction.expression]:
                frames = sorted(masks)
                wanted = [expressions[prediction.expression].mask(frame) for frame in frames]
                scores.update(
                    torch.from_numpy(np.stack([masks[frame] for frame in frames])),
                    torch.from_numpy(np.stack(wanted)),
                )
                found[prediction.expression] = {}
    return scores.compute()


def _no_mask(video: str, expression: str) -> Problem:
    return Problem(
        Code.PREDICTOR_BROKEN,
        f"{video}, expression {expression}",
        expected="a mask for every frame",
        found="none",
        fix="report it to the authors of the baseline",
    )
