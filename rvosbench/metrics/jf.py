"""J&F, and `JF`: both measures straight from arrays, for use while a model is being trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench.masks import planes
from rvosbench.masks.planes import Plane
from rvosbench.metrics.base import Direction, MetricInfo, Number, mean_over_frames, mean_over_units

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

JF_MEAN = MetricInfo(
    key="J&F",
    name="mean of region similarity and boundary accuracy",
    direction=Direction.UP,
    range=(0.0, 1.0),
    unit="fraction",
    empty="as J and F: 1 where prediction and ground truth are both empty",
    citation="Pont-Tuset et al., The 2017 DAVIS Challenge on Video Object Segmentation, arXiv:1704.00675",
)


class JAndF(NamedTuple):
    j: float
    f: float

    @property
    def mean(self) -> float:
        return mean_of_both(self.j, self.f)


class JF:
    """J and F over units that come one by one. Plain numbers inside, so it can be pickled and merged."""

    def __init__(self, radius: float | None = None) -> None:
        self._radius = radius
        self._units: list[JAndF] = []

    def update(self, truth: ArrayLike, predicted: ArrayLike, void: ArrayLike | None = None) -> None:
        """One more unit: a mask [height, width], or the masks of a clip [frames, height, width]."""
        self._units.append(jf(truth, predicted, void, self._radius))

    def compute(self) -> JAndF:
        """The means over all units so far, to the bit the same in whatever order they came."""
        j = mean_over_units(unit.j for unit in self._units)
        f = mean_over_units(unit.f for unit in self._units)
        if j is None or f is None:
            raise ValueError("nothing to compute: no unit was added yet")
        return JAndF(j, f)

    def reset(self) -> None:
        self._units = []

    def merge(self, other: JF) -> None:
        """Take over the units of another one, which may come from another process."""
        if other._radius != self._radius:
            raise ValueError(f"boundary radius {other._radius} cannot be merged into {self._radius}")
        self._units += other._units

    def __len__(self) -> int:
        return len(self._units)


def jf(
    truth: ArrayLike, predicted: ArrayLike, void: ArrayLike | None = None, radius: float | None = None
) -> JAndF:
    """J and F of one unit: the means over its frames."""
    j, f = frame_scores(truth, predicted, void, radius)
    return JAndF(mean_over_frames(j), mean_over_frames(f))


def frame_scores(
    truth: ArrayLike, predicted: ArrayLike, void: ArrayLike | None = None, radius: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """J and F of each frame. `void` marks pixels that count for neither mask; `radius` is that of the rule of
    DAVIS unless another one is given."""
    truths, predictions = _frames("truth", truth), _frames("predicted", predicted)
    if truths.shape != predictions.shape:
        raise ValueError(f"truth is {_shape(truths)}, predicted is {_shape(predictions)}")
    if not truths.size:
        raise ValueError(f"nothing to score: {_shape(truths)}")
    voids = [None] * len(truths) if void is None else _voids(_frames("void", void), truths)
    scores = [_score(*frame, radius) for frame in zip(truths, predictions, voids, strict=True)]
    j, f = np.array(scores).T
    return np.ascontiguousarray(j), np.ascontiguousarray(f)


def mean_of_both(j: Number, f: Number) -> Number:
    """J&F of a whole evaluation is made of the means over units, as the official scripts make it."""
    return (j + f) / 2


def _score(
    truth: NDArray[np.bool_],
    predicted: NDArray[np.bool_],
    void: NDArray[np.bool_] | None,
    radius: float | None,
) -> tuple[float, float]:
    left_out = None if void is None else Plane.from_array(void)
    prepared = planes.prepare(Plane.from_array(truth), radius, left_out)
    return planes.score(prepared, Plane.from_array(predicted))


def _frames(name: str, masks: ArrayLike) -> NDArray[np.bool_]:
    """[frames, height, width]; whatever is not zero is foreground, as everywhere."""
    array = np.asarray(masks)
    if array.dtype.kind not in "bui":
        raise ValueError(f"{name} is of {array.dtype}, not of booleans or whole numbers: threshold it first")
    if array.ndim not in (2, 3):
        raise ValueError(f"{name} is {_shape(array)}, not [height, width] or [frames, height, width]")
    foreground: NDArray[np.bool_] = array if array.dtype == np.bool_ else array != 0
    return foreground if array.ndim == 3 else foreground[None]


def _voids(voids: NDArray[np.bool_], truths: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """One for each frame; a single one is for all of them."""
    if voids.shape not in (truths.shape, (1, *truths.shape[1:])):
        raise ValueError(f"truth is {_shape(truths)}, void is {_shape(voids)}")
    return np.broadcast_to(voids, truths.shape)


def _shape(array: NDArray[np.generic]) -> str:
    return "x".join(map(str, array.shape)) or "a single number"
