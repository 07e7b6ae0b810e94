"""What A2D- and JHMDB-Sentences have in common: a sample is one frame of one sentence, with one ground
truth and any number of scored queries. P@K and IoU look at the best query alone, mAP at all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks import rle
from rvosbench.masks.rle import RleError
from rvosbench.metrics.average_precision import ImageDetections
from rvosbench.metrics.base import Term, UnitMetric
from rvosbench.metrics.mask_overlaps import Overlaps, overlaps
from rvosbench.metrics.precision import (
    M_IOU,
    THRESHOLDS,
    best_detection,
    precision_key,
    single_precision_iou,
)
from rvosbench.metrics.region import J, region_similarity
from rvosbench.metrics.summary import image_figures, image_terms
from rvosbench.metrics.weighted_precision import WeightedPrecision
from rvosbench.predictions.image_ids import image_id
from rvosbench.protocols.base import Protocol, Redrawn, VideoScorer
from rvosbench.protocols.units import Detection, Figures, ScoredUnit, Unit

if TYPE_CHECKING:
    from rvosbench.predictions.base import Kind, Scored
    from rvosbench.protocols.stretch import Stretch
    from rvosbench.splits.split import Expression, Split, Video


class SampleProtocol(Protocol):
    names_expressions = True
    """Whether the name of an image, which decides ties of mAP, holds the expression."""

    def metrics(self, split: Split) -> tuple[UnitMetric, ...]:
        return ()

    def keys(self, split: Split) -> tuple[str, ...]:
        return (J.info.key, M_IOU.key, *map(precision_key, THRESHOLDS))

    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer:
        return SampleScorer(self.info.name, video, names_expressions=self.names_expressions)

    def figures(self, units: Sequence[Unit]) -> Figures:
        return Figures(image_figures([_image(unit) for unit in units]) if units else {})

    def terms(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Term]]:
        return image_terms([_image(unit) for unit in units]) if units else {}

    def redrawn(self, units: Sequence[Unit]) -> Redrawn | None:
        return WeightedPrecision([_image(unit) for unit in units]).figures if units else None


class SampleScorer(VideoScorer):
    def __init__(self, protocol: str, video: Video, *, names_expressions: bool) -> None:
        self._protocol = protocol
        self._video = video
        self._names_expressions = names_expressions
        self._found: dict[tuple[str, int], ScoredUnit] = {}

    def add(self, stretch: Stretch) -> None:
        for expression in self._video.expressions.values():
            frames = stretch.frames_of(expression)
            if frames:
                for frame, queries in zip(frames, stretch.queries(expression), strict=True):
                    truth = self._truth(stretch, expression, frame)
                    self._found[expression.name, frame] = self._sample(
                        stretch, expression, frame, truth, queries
                    )

    def units(self) -> list[ScoredUnit]:
        return [
            self._found[expression.name, frame]
            for expression in self._video.expressions.values()
            for frame in expression.scored
        ]

    def _truth(self, stretch: Stretch, expression: Expression, frame: int) -> bytes:
        objects = expression.objects or ()
        if len(objects) != 1:
            return stretch.target(objects, frame).to_counts()
        counts = self._video.masks.get(objects[0], {}).get(frame)
        return rle.empty(*self._video.size) if counts is None else counts

    def _sample(
        self, stretch: Stretch, expression: Expression, frame: int, truth: bytes, queries: Sequence[Scored]
    ) -> ScoredUnit:
        try:
            found = overlaps([truth], [query.counts for query in queries], *self._video.size)
        except RleError as error:
            stretch.refuse_counts(expression, frame, str(error))
            queries, found = (), overlaps([truth], [], *self._video.size)
        areas = found.detection_areas.tolist()
        shared = found.intersections[:, 0].tolist()
        detections = tuple(
            Detection(query.score, area, common)
            for query, area, common in zip(queries, areas, shared, strict=True)
        )
        stem = self._video.frames[frame]
        unit = Unit(
            protocol=self._protocol,
            video=self._video.name,
            unit=image_id(self._video.name, expression.name if self._names_expressions else None, stem),
            frames=1,
            missing=0,
            values=_values(detections, int(found.truth_areas[0])),
            expression=expression.name,
            kind=expression.kind,
            frame=stem,
            truth_area=int(found.truth_areas[0]),
            detections=detections,
        )
        return ScoredUnit(unit, (frame,), None)


def _values(detections: Sequence[Detection], truth_area: int) -> dict[str, float | None]:
    """What the best query scores. The figures are made from the detections; these are for looking closer."""
    if not detections:
        return {}
    best = detections[best_detection(np.array([one.score for one in detections]))]
    union = best.area + truth_area - best.intersection
    iou = float(single_precision_iou(best.intersection, union))
    passed = {precision_key(threshold): float(iou > threshold) for threshold in THRESHOLDS}
    return {J.info.key: float(region_similarity(best.intersection, union)), M_IOU.key: iou, **passed}


def _image(unit: Unit) -> ImageDetections:
    return ImageDetections(
        unit.unit,
        np.array([one.score for one in unit.detections], np.float64),
        Overlaps(
            np.array([one.area for one in unit.detections], np.int64),
            np.array([unit.truth_area], np.int64),
            np.array([[one.intersection] for one in unit.detections], np.int64).reshape(-1, 1),
        ),
    )
