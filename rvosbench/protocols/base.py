"""What a protocol is. To add one, write one file; docs/protocols.md leads the way.

A protocol never sees a whole video at once. Its scorer is handed stretches of frames, one after the other, so
that memory does not grow with the length of videos, and gives its units when the video is over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.metrics.base import Term, UnitMetric
from rvosbench.predictions.base import Kind
from rvosbench.protocols.units import Figures, ScoredUnit, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rvosbench.errors import Problem
    from rvosbench.protocols.stretch import Stretch
    from rvosbench.splits.split import Split, Video

SCORING_VERSION = 1
"""Raised whenever any score could change. Results of different versions are not comparable."""


Redrawn = Callable[["NDArray[np.int64]"], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class ProtocolInfo:
    name: str
    title: str
    datasets: frozenset[str]
    """Those whose official protocol it is: their default."""
    citation: str
    also: frozenset[str] = frozenset()
    """Datasets for which it is reported beside the official one."""
    any_dataset: bool = False
    """Whether it can be asked for on every dataset."""
    kinds: frozenset[Kind] = frozenset({"masks", "queries"})
    """The predictions that it can score."""
    missing_allowed: bool = True
    """Whether missing predictions can be scored as zero at all."""
    headline: tuple[str, ...] = ("J&F", "J", "F")
    """The figures that papers print, in their order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Frames of a video, by their places, for which predictions must be there: masks of an expression or, of
    an annotator, label maps."""

    video: str
    frames: tuple[int, ...]
    expression: str | None = None
    annotator: int | None = None

    @property
    def name(self) -> str:
        """As it stands in the path of a prediction."""
        if self.annotator is not None:
            return f"anno_{self.annotator}/{self.video}"
        return f"{self.video}/{self.expression}"


class VideoScorer(ABC):
    """Scores one video: all stretches in their order, then the units."""

    @abstractmethod
    def add(self, stretch: Stretch) -> None: ...

    @abstractmethod
    def units(self) -> list[ScoredUnit]:
        """In the order of the plan."""


class Protocol(ABC):
    """Has no state, so that it can be sent to worker processes."""

    info: ProtocolInfo

    def obstacle(self, split: Split) -> Problem | None:
        """Why it cannot score this split, if so. That ground truth is there was checked before."""
        return None

    def notes(self, split: Split) -> tuple[Problem, ...]:
        """What a reader of the score should know of the split."""
        return ()

    def wanted(self, video: Video, kind: Kind) -> list[Wanted]:
        """All that must be predicted for a video, from the dataset alone."""
        return [Wanted(video.name, one.scored, expression=one.name) for one in video.expressions.values()]

    @abstractmethod
    def metrics(self, split: Split) -> tuple[UnitMetric, ...]:
        """What each unit is measured by."""

    def keys(self, split: Split) -> tuple[str, ...]:
        """What a unit has a value for."""
        return tuple(metric.info.key for metric in self.metrics(split))

    @abstractmethod
    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer: ...

    @abstractmethod
    def figures(self, units: Sequence[Unit]) -> Figures:
        """From units alone, in any order: shards of an evaluation are merged without the dataset."""

    def terms(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Term]]:
        """Those of the figures that are sums of ratios of sums over units, taken apart: by these they get
        error bars. A figure that is not here has none."""
        return {}

    def redrawn(self, units: Sequence[Unit]) -> Redrawn | None:
        """The figures that are no ratios of sums, as a function of how often each unit is counted."""
        return None
