"""Holds a predictor to its contract: all that is wanted, once, of the right kind and size, and no more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_baselines.base import Answer, Clip, Prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray


def checked(predictions: Iterable[Prediction], clip: Clip, answer: Answer) -> Iterator[Prediction]:
    """The same predictions. Raises at the first that is none, and at the end if some were not made."""
    waiting = {sentence.expression: set(sentence.frames) for sentence in clip.sentences}
    for prediction in predictions:
        found = _complaint(prediction, clip, answer, waiting)
        if found:
            raise _broken(f"{clip.name}/{prediction.expression}, frame {prediction.frame}", found)
        waiting[prediction.expression].remove(prediction.frame)
        yield prediction
    missing = sum(map(len, waiting.values()))
    if missing:
        first = next(name for name, frames in waiting.items() if frames)
        raise _broken(
            f"{clip.name}/{first}, frame {min(waiting[first])}", f"{missing} predictions were not made"
        )


def _complaint(
    prediction: Prediction, clip: Clip, answer: Answer, waiting: dict[str, set[int]]
) -> str | None:
    if prediction.frame not in waiting.get(prediction.expression, ()):
        return "it was not asked for, or was made already"
    if answer == "queries":
        if not prediction.queries:
            return "no query; one with an empty mask says that nothing is meant"
        if not all(math.isfinite(query.score) for query in prediction.queries):
            return "a score that is no number"
        return next(
            filter(None, (_misshapen(query.mask, clip, np.bool_) for query in prediction.queries)), None
        )
    if answer == "masks":
        return _misshapen(prediction.mask, clip, np.bool_)
    return _misshapen(prediction.probabilities, clip, np.float32)


def _misshapen(values: NDArray[np.generic] | None, clip: Clip, kind: type[np.generic]) -> str | None:
    if values is None:
        return "another kind of answer"
    if values.shape != (clip.height, clip.width) or values.dtype != kind:
        return f"{values.dtype} of shape {list(values.shape)}"
    return None


def _broken(where: str, found: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.PREDICTOR_BROKEN,
            where,
            expected="one prediction for every sentence and frame, in the size of the video",
            found=found,
            fix="report this to the authors of the baseline",
        )
    )
