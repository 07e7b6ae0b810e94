"""Ref-DAVIS17 as it is published: four runs of the unsupervised DAVIS-2017 protocol, one for each
annotator.

All frames count, void regions do not. Up to twenty proposals of a video are matched with all of its
objects, also with those that no sentence means, for the best sum of (J + F) / 2: a swap of two objects
costs nothing. An object that is left without a proposal is scored against empty masks. Each object of each
annotator is a unit; every figure is the mean of the four annotators' figures.

Which objects a video has is told by its first frame, as in the DAVIS evaluation: labels 1 to the greatest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench.errors import Code
from rvosbench.masks import planes
from rvosbench.masks.planes import FRAME, Plane, Truth
from rvosbench.metrics.base import Term, UnitMetric, UnitScores
from rvosbench.metrics.catalogue import plugged_in
from rvosbench.metrics.summary import unit_figures, unit_terms, unit_values
from rvosbench.protocols.base import Protocol, ProtocolInfo, VideoScorer, Wanted
from rvosbench.protocols.expressions import VIDEO_METRICS, Flicker
from rvosbench.protocols.merging import merged
from rvosbench.protocols.units import Figures, ScoredUnit, Unit
from rvosbench.schema import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.predictions.base import Kind
    from rvosbench.protocols.stretch import Stretch
    from rvosbench.splits.split import Split, Video

ANNOTATORS = (0, 1, 2, 3)
MAX_PROPOSALS = 20


class RefDavis17(Protocol):
    info = ProtocolInfo(
        name="ref-davis17",
        title="Ref-DAVIS17: unsupervised DAVIS-2017 for each of four annotators, and the mean",
        datasets=frozenset({"ref-davis17"}),
        kinds=frozenset({"labels", "masks", "queries"}),
        citation="Khoreva et al., Video Object Segmentation with Language Referring Expressions, ACCV 2018; "
        "Caelles et al., The 2019 DAVIS Challenge on VOS: Unsupervised Multi-Object Segmentation, "
        "arXiv:1905.00737",
    )

    def wanted(self, video: Video, kind: Kind) -> list[Wanted]:
        if kind != "labels":
            return super().wanted(video, kind)
        every = tuple(range(len(video.frames)))
        return [Wanted(video.name, every, annotator=annotator) for annotator in ANNOTATORS]

    def metrics(self, split: Split) -> tuple[UnitMetric, ...]:
        return (*VIDEO_METRICS, *plugged_in())

    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer:
        return RefDavisScorer(self.info.name, video, kind, metrics)

    def figures(self, units: Sequence[Unit]) -> Figures:
        each = {
            annotator: unit_figures([units[place].values for place in places])
            for annotator, places in _by_annotator(units).items()
        }
        means = {key: math.fsum(one[key] for one in each.values()) / len(each) for key in _shared(each)}
        return Figures(means, annotators=each)

    def terms(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Term]]:
        places = _by_annotator(units)
        each = {
            annotator: unit_terms([units[place].values for place in of]) for annotator, of in places.items()
        }
        return {
            key: [
                _among(term, places[annotator], len(units), len(each))
                for annotator, of in each.items()
                for term in of[key]
            ]
            for key in _shared(each)
        }


def _by_annotator(units: Sequence[Unit]) -> dict[str, list[int]]:
    """The places of the units of each."""
    found: dict[str, list[int]] = {}
    for place, unit in enumerate(units):
        found.setdefault(str(unit.annotator), []).append(place)
    return {annotator: found[annotator] for annotator in sorted(found)}


def _shared(each: Mapping[str, Mapping[str, object]]) -> list[str]:
    """The figures that every annotator has."""
    return [key for key in next(iter(each.values()), {}) if all(key in one for one in each.values())]


def _among(term: Term, places: Sequence[int], units: int, annotators: int) -> Term:
    """A term of one annotator as one of all units, in the mean over annotators."""
    numerators, denominators = np.zeros(units), np.zeros(units)
    numerators[places], denominators[places] = term.numerators, term.denominators
    return Term(term.weight / annotators, numerators, denominators)


class Pairs(NamedTuple):
    """Every proposal against every object: [proposals, objects, frames]."""

    j: NDArray[np.float64]
    f: NDArray[np.float64]
    predicted: NDArray[np.bool_]
    missing: NDArray[np.bool_]  # [frames]


class RefDavisScorer(VideoScorer):
    def __init__(self, protocol: str, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> None:
        self._protocol = protocol
        self._video = video
        self._kind = kind
        self._metrics = metrics
        self._objects = scored_objects(video)
        self._rows = max(MAX_PROPOSALS, len(self._objects))
        self._present: list[NDArray[np.bool_]] = []
        self._pairs: dict[int, list[Pairs]] = {annotator: [] for annotator in ANNOTATORS}
        self._flicker = {annotator: [Flicker() for _ in range(self._rows)] for annotator in ANNOTATORS}
        self._labels = dict.fromkeys(ANNOTATORS, 0)  # the greatest that is seen

    def add(self, stretch: Stretch) -> None:
        if not self._present:
            self._report_late_objects(stretch)
        empty = Plane.empty(*self._video.size)
        truths = [self._truths(stretch, frame) for frame in stretch.frames]
        areas = [[truth.area > 0 for truth in of_frame] for of_frame in truths]
        self._present.append(np.array(areas, np.bool_).reshape(len(truths), len(self._objects)).T)
        nothing = _score([(truth, empty) for of_frame in truths for truth in of_frame])
        unpaired = nothing.reshape(len(truths), len(self._objects)).T  # [objects, frames]
        for annotator in ANNOTATORS:
            if self._kind == "labels":
                proposals = stretch.labels(annotator, MAX_PROPOSALS)
            else:
                proposals = merged(stretch, annotator, MAX_PROPOSALS)
            self._pairs[annotator].append(self._pair(proposals, truths, unpaired))
            self._labels[annotator] = max(
                self._labels[annotator], *(label for one in proposals for label in one or ()), 0
            )
            for row, flicker in enumerate(self._flicker[annotator]):
                flicker.add([None if one is None else one.get(row + 1, empty) for one in proposals])

    def units(self) -> list[ScoredUnit]:
        return [unit for annotator in ANNOTATORS for unit in self._units_of(annotator)]

    def _truths(self, stretch: Stretch, frame: int) -> list[Truth]:
        void = stretch.void(frame)
        return [planes.prepare(stretch.target((name,), frame), void=void) for name in self._objects]

    def _pair(
        self,
        proposals: Sequence[dict[int, Plane] | None],
        truths: Sequence[Sequence[Truth]],
        unpaired: NDArray[np.void],
    ) -> Pairs:
        found = np.broadcast_to(unpaired, (self._rows, *unpaired.shape)).copy()
        places: list[tuple[int, int, int]] = []
        work: list[tuple[Truth, Plane]] = []
        for frame, by_label in enumerate(proposals):
            for label, plane in (by_label or {}).items():
                places += [(label - 1, place, frame) for place in range(len(self._objects))]
                work += [(truth, plane) for truth in truths[frame]]
        if work:
            found[tuple(np.array(places).T)] = _score(work)
        missing = np.array([one is None for one in proposals], np.bool_)
        found[:, :, missing] = np.zeros((), FRAME)
        return Pairs(found["J"].copy(), found["F"].copy(), found["area"] > 0, missing)

    def _units_of(self, annotator: int) -> list[ScoredUnit]:
        parts = self._pairs[annotator]
        rows = max(self._labels[annotator], len(self._objects))
        j, f, predicted = (
            np.ascontiguousarray(np.concatenate([part[place][:rows] for part in parts], axis=2))
            for place in range(3)
        )
        missing = np.concatenate([part.missing for part in parts])
        present = np.concatenate(self._present, axis=1)
        found = []
        for place, row in enumerate(match(j, f)):
            scores = UnitScores(
                j=j[row, place],
                f=f[row, place],
                present=present[place],
                predicted=predicted[row, place].astype(np.bool_),
                missing=missing,
                consecutive=self._flicker[annotator][row].consecutive,
            )
            found.append(self._unit(annotator, place, row, scores))
        return found

    def _unit(self, annotator: int, place: int, row: int, scores: UnitScores) -> ScoredUnit:
        name = self._objects[place]
        naming = [
            one
            for one in self._video.expressions.values()
            if one.annotator == annotator and one.objects == (name,)
        ]
        unit = Unit(
            protocol=self._protocol,
            video=self._video.name,
            unit=f"anno_{annotator}/{name}",
            frames=len(scores.j),
            missing=int(np.count_nonzero(scores.missing)),
            values=unit_values(scores, self._metrics),
            annotator=annotator,
            object=name,
            expression=naming[0].name if naming else None,
            kind=naming[0].kind if naming else None,
            matched_label=row + 1 if row < self._labels[annotator] else None,
        )
        return ScoredUnit(unit, tuple(range(len(scores.j))), scores)

    def _report_late_objects(self, stretch: Stretch) -> None:
        for name, one in self._video.objects.items():
            if one.role is not Role.VOID and name not in self._objects and one.present:
                stretch.log.warn(
                    Code.LEFT_OUT,
                    f"{self._video.name}, object {name}",
                    expected="objects that are seen in the first frame",
                    found=f"it is first seen in frame {self._video.frames[one.present[0]]}",
                    fix="nothing to do: the DAVIS evaluation counts the objects in the first frame",
                )


def scored_objects(video: Video) -> list[str]:
    """Labels from 1 to the greatest of the first frame. Of one in between that is never seen, an empty mask
    is right everywhere, as in the DAVIS evaluation."""
    labels = [
        int(name) for name, one in video.objects.items() if one.role is not Role.VOID and 0 in one.present
    ]
    return [str(label) for label in range(1, max(labels, default=0) + 1)]


def match(j: NDArray[np.float64], f: NDArray[np.float64]) -> list[int]:
    """For each object the row of its proposal, from [proposals, objects, frames] with as many rows as objects
    at least. Ties are left to SciPy, as in the DAVIS evaluation."""
    if not j.shape[1]:
        return []
    from scipy.optimize import linear_sum_assignment  # takes long to load, and only this protocol needs it

    similarity = (np.mean(j, axis=2) + np.mean(f, axis=2)) / 2
    rows, columns = linear_sum_assignment(-similarity)
    return [int(row) for _, row in sorted(zip(columns, rows, strict=True))]


def _score(work: Sequence[tuple[Truth, Plane]]) -> NDArray[np.void]:
    if not work:
        return np.zeros(0, FRAME)
    return planes.score_planes([truth for truth, _ in work], [plane for _, plane in work]).frames


REF_DAVIS17 = RefDavis17()
