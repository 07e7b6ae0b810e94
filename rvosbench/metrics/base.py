"""What a metric declares about itself, and what it may know of a unit.

A unit is what a protocol averages over: an expression, or an object of one annotator. To add a metric, write
one file with a `UnitMetric`; docs/metrics.md leads the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


Number = TypeVar("Number", float, "NDArray[np.float64]")
"""A figure, or an array of them: arithmetic that does for both is written once."""


class Direction(StrEnum):
    UP = "up"  # more is better
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What is true of a metric whatever is measured. `key` is its name in `result.json`."""

    key: str
    name: str
    direction: Direction
    range: tuple[float, float]
    unit: str
    empty: str
    """What it does on empty masks."""
    citation: str


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """One unit, frame by frame: one number per scored frame, in the order of the frames."""

    j: NDArray[np.float64]  # region similarity; 0 where the prediction is missing
    f: NDArray[np.float64]  # boundary accuracy; 0 where the prediction is missing
    present: NDArray[np.bool_]  # the target can be seen
    predicted: NDArray[np.bool_]  # the prediction is there and not empty
    missing: NDArray[np.bool_]  # no prediction was there
    targeted: bool = True
    """Whether the expression names any object; it may be out of sight in every frame all the same."""
    consecutive: NDArray[np.float64] | None = None
    """J of each prediction with the next one, so one number less than frames; None if not worked out."""

    def __post_init__(self) -> None:
        frames = len(self.j)
        if not frames:
            raise ValueError("a unit without a scored frame has no score")
        for name in ("f", "present", "predicted", "missing"):
            if len(getattr(self, name)) != frames:
                raise ValueError(f"{frames} values of j, but {len(getattr(self, name))} of {name}")
        if self.consecutive is not None and len(self.consecutive) != frames - 1:
            raise ValueError(f"{frames} frames have {frames - 1} neighbours, not {len(self.consecutive)}")

    @property
    def complete(self) -> bool:
        return not self.missing.any()


@dataclass(frozen=True, slots=True)
class UnitMetric:
    """A metric that is the mean, over the units, of one number per unit."""

    info: MetricInfo
    of_unit: Callable[[UnitScores], float | None]
    """None where the unit does not count for this metric."""


class Term(NamedTuple):
    """A part of a figure: `weight` times a ratio of two sums over units, [units] each."""

    weight: float
    numerators: NDArray[np.float64]
    denominators: NDArray[np.float64]


def mean_over_frames(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    """As the official scripts: numpy's mean of the frames in order."""
    return float(np.mean(values))


def mean_over_units(values: Iterable[float | None]) -> float | None:
    """The mean of those that count, None if none does.

    The sum is correctly rounded, so that neither the order of the units nor the way they were spread over
    workers and shards can change a bit of it.
    """
    counting = [value for value in values if value is not None]
    return math.fsum(counting) / len(counting) if counting else None
