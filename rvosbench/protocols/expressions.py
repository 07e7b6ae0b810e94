"""Protocols that average over expressions have in common: one mask per expression and frame, J and F with the
union of its targets, the mean over its scored frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.errors import MAX_EXAMPLES, Code, Problem
from rvosbench.masks.planes import Plane
from rvosbench.metrics.base import Term, UnitMetric, UnitScores
from rvosbench.metrics.boundary import F
from rvosbench.metrics.catalogue import plugged_in
from rvosbench.metrics.decay import F_DECAY, F_RECALL, J_DECAY, J_RECALL
from rvosbench.metrics.region import J, region_similarity
from rvosbench.metrics.stability import (
    FLICKER,
    STABILITY_J,
    STABILITY_J_PRESENT,
    STABILITY_JF,
    STABILITY_JF_PRESENT,
)
from rvosbench.metrics.summary import unit_figures, unit_terms, unit_values
from rvosbench.protocols.base import Protocol, VideoScorer
from rvosbench.protocols.units import Figures, ScoredUnit, Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.predictions.base import Kind
    from rvosbench.protocols.stretch import MaskScores, Stretch
    from rvosbench.splits.split import Expression, Split, Video

VIDEO_METRICS: tuple[UnitMetric, ...] = (
    J,
    F,
    J_RECALL,
    J_DECAY,
    F_RECALL,
    F_DECAY,
    STABILITY_J,
    STABILITY_JF,
    STABILITY_J_PRESENT,
    STABILITY_JF_PRESENT,
    FLICKER,
)


class Flicker:
    """J of each mask with the next one, over stretches."""

    def __init__(self) -> None:
        self._last: Plane | None = None
        self._pairs: list[tuple[int, int]] = []
        self._whole = True

    def add(self, masks: Sequence[Plane | None]) -> None:
        for mask in masks:
            if mask is None:
                self._whole = False
            elif self._last is not None:
                self._pairs.append(self._last.intersection_union(mask))
            self._last = mask

    @property
    def consecutive(self) -> NDArray[np.float64] | None:
        """None where a mask is missing."""
        if not self._whole:
            return None
        pairs = np.array(self._pairs, np.int64).reshape(-1, 2)
        return region_similarity(pairs[:, 0], pairs[:, 1])


class ExpressionScorer(VideoScorer):
    def __init__(self, protocol: str, video: Video, metrics: Sequence[UnitMetric]) -> None:
        self._protocol = protocol
        self._metrics = metrics
        self._expressions = list(video.expressions.values())
        self._by_targets = sorted(self._expressions, key=lambda one: sorted(one.objects or ()))
        self._parts: dict[str, list[MaskScores]] = {one.name: [] for one in self._expressions}
        self._flicker = {one.name: Flicker() for one in self._expressions}

    def add(self, stretch: Stretch) -> None:
        for expression in self._by_targets:
            if stretch.frames_of(expression):
                scores = stretch.scores(expression)
                self._flicker[expression.name].add(scores.masks)
                # Without its masks: those of all expressions of a video would fill the memory.
                self._parts[expression.name].append(replace(scores, masks=()))

    def units(self) -> list[ScoredUnit]:
        return [self._unit(expression) for expression in self._expressions]

    def _unit(self, expression: Expression) -> ScoredUnit:
        parts = self._parts[expression.name]
        scores = UnitScores(
            j=np.concatenate([part.j for part in parts]),
            f=np.concatenate([part.f for part in parts]),
            present=np.concatenate([part.present for part in parts]),
            predicted=np.concatenate([part.predicted for part in parts]),
            missing=np.concatenate([part.missing for part in parts]),
            targeted=bool(expression.objects),
            consecutive=self._flicker[expression.name].consecutive,
        )
        unit = Unit(
            protocol=self._protocol,
            video=expression.video.name,
            unit=expression.name,
            frames=len(scores.j),
            missing=int(np.count_nonzero(scores.missing)),
            values=unit_values(scores, self._metrics),
            annotator=expression.annotator,
            expression=expression.name,
            kind=expression.kind,
            targeted=scores.targeted,
        )
        return ScoredUnit(unit, expression.scored, scores)


class ExpressionProtocol(Protocol):
    """A protocol of this family: it only says what it is called and what it measures beside the rest."""

    more_metrics: tuple[UnitMetric, ...] = ()

    def obstacle(self, split: Split) -> Problem | None:
        """An expression without a frame would fall out of the mean."""
        without = [one for one in split.expressions if not one.scored]
        if not without:
            return None
        names = tuple(f"{one.video.name}/{one.name}: none" for one in without)
        return Problem(
            Code.NOTHING_FOUND,
            path=names[0].removesuffix(": none"),
            expected="at least one scored frame for each expression",
            found="none",
            fix=f"score this split by its own protocol; {self.info.name} averages over expressions",
            count=len(names),
            examples=names[:MAX_EXAMPLES],
        )

    def metrics(self, split: Split) -> tuple[UnitMetric, ...]:
        return (*VIDEO_METRICS, *self.more_metrics, *plugged_in())

    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer:
        return ExpressionScorer(self.info.name, video, metrics)

    def figures(self, units: Sequence[Unit]) -> Figures:
        return Figures(unit_figures([unit.values for unit in units]))

    def terms(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Term]]:
        return unit_terms([unit.values for unit in units])
