"""What the sentences of one video were answered by, compared with each other: called in worker processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench.analysis.floors import largest_object
from rvosbench.analysis.opened import Opened
from rvosbench.masks import planes
from rvosbench.masks.planes import Plane
from rvosbench.splits.split import Split, open_folder

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key
    from rvosbench.evaluate.result import Result
    from rvosbench.splits.split import Video

Targets = tuple[str, ...]


class Swapped(NamedTuple):
    """One unit: its score; the mean score of the answers to all other sentences of the video; what that would
    be if all of these were right; and the score of the largest object. Those of the others are None where
    there is no other sentence."""

    real: float
    others: float | None
    others_if_right: float | None
    largest: float


class SentencePair(NamedTuple):
    """Two sentences of a video that mean the same (`same`) or nothing in common. `j` is the mean over the
    frames in which either is answered by something; None where there is no such frame."""

    video: str
    one: str
    other: str
    same: bool
    j: float | None
    frames: int


@dataclass(frozen=True, slots=True)
class OfOneVideo:
    swapped: Mapping[Key, Swapped]
    pairs: tuple[SentencePair, ...]


@dataclass(frozen=True)
class CompareVideo:
    name: str
    result: Result
    folder: Path
    split_folder: Path

    @cached_property
    def opened(self) -> Opened:
        return Opened(self.name, self.result, self.folder)

    @cached_property
    def split(self) -> Split:
        return open_folder(self.split_folder)

    def __getstate__(self) -> dict[str, object]:
        """Workers open both themselves."""
        return {name: getattr(self, name) for name in ("name", "result", "folder", "split_folder")}

    def __call__(self, video: str) -> OfOneVideo:
        one = replace(self.split.videos[video])  # what it reads of its masks is gone with it
        answers: dict[str, dict[int, bytes | None]] = {}  # expression -> frame -> counts
        units: dict[tuple[str, int], Key] = {}
        place_of = {stem: place for place, stem in enumerate(one.frames)}
        with_f = True
        for unit, counts in self.opened.masks_by_unit(video):
            key = video, unit.unit
            frames = self.opened.frames[key]
            with_f = frames.f is not None
            name = unit.expression or ""
            for stem, missing in zip(frames.stems, frames.missing, strict=True):
                place = place_of[stem]
                answers.setdefault(name, {})[place] = None if missing else counts.get(stem)
                units[name, place] = key
        return _Comparison(one, answers, units, with_f=with_f).result()


class _Comparison:
    """Frame by frame, so that no more than the masks of one frame are in memory."""

    def __init__(
        self,
        video: Video,
        answers: Mapping[str, Mapping[int, bytes | None]],
        units: Mapping[tuple[str, int], Key],
        *,
        with_f: bool,
    ) -> None:
        self._video = video
        self._answers = answers
        self._units = units
        self._with_f = with_f
        self._targets: dict[str, Targets] = {
            name: tuple(sorted(video.expressions[name].objects or ())) for name in answers
        }
        self._sums: dict[Key, list[tuple[float, float | None, float | None, float]]] = {}
        self._overlaps: dict[tuple[str, str], list[float]] = {}
        largest = largest_object(video)
        self._largest = {} if largest is None else video.masks.get(largest, {})

    def result(self) -> OfOneVideo:
        for frame in sorted({frame for frames in self._answers.values() for frame in frames}):
            self._add(frame)
        return OfOneVideo({key: _mean(rows) for key, rows in self._sums.items()}, tuple(self._pairs()))

    def _add(self, frame: int) -> None:
        asked = [name for name, frames in self._answers.items() if frame in frames]
        # Equal masks are compared once: many answers are empty, many sentences mean the same.
        masks: dict[bytes | None, Plane | None] = {None: None}
        for name in asked:
            counts = self._answers[name][frame]
            if counts is not None and counts not in masks:
                masks[counts] = Plane.from_counts(counts, *self._video.size)
        truths = {targets: self._truth(targets, frame) for targets in {self._targets[one] for one in asked}}
        largest = self._plane(self._largest.get(frame))
        for targets, truth in truths.items():
            different = list(masks.values())
            scores = self._scores(truth, [*different, *truths.values(), largest])
            of_mask = dict(zip(masks, scores, strict=False))
            of_truth = dict(zip(truths, scores[len(different) :], strict=False))
            for name in asked:
                if self._targets[name] == targets:
                    others = [other for other in asked if other != name]
                    row = (
                        of_mask[self._answers[name][frame]],
                        _average([of_mask[self._answers[other][frame]] for other in others]),
                        _average([of_truth[self._targets[other]] for other in others]),
                        scores[-1],
                    )
                    self._sums.setdefault(self._units[name, frame], []).append(row)
        for one, other in combinations(asked, 2):
            if self._relation(one, other) is not None:
                overlap = _overlap(masks[self._answers[one][frame]], masks[self._answers[other][frame]])
                self._overlaps.setdefault((one, other), []).extend([] if overlap is None else [overlap])

    def _relation(self, one: str, other: str) -> bool | None:
        """Whether both mean the same; None where they mean nothing at all, or something in common."""
        first, second = self._targets[one], self._targets[other]
        if first and first == second:
            return True
        return False if first and second and not set(first) & set(second) else None

    def _pairs(self) -> Iterator[SentencePair]:
        for (one, other), found in self._overlaps.items():
            same = self._relation(one, other) is True
            yield SentencePair(self._video.name, one, other, same, _average(found), len(found))

    def _truth(self, targets: Targets, frame: int) -> Plane:
        found = Plane.empty(*self._video.size)
        for name in targets:
            found = found | self._plane(self._video.masks.get(name, {}).get(frame))
        return found

    def _plane(self, counts: bytes | None) -> Plane:
        size = self._video.size
        return Plane.empty(*size) if counts is None else Plane.from_counts(counts, *size)

    def _scores(self, truth: Plane, masks: Sequence[Plane | None]) -> list[float]:
        """J and F, or J alone; what is missing scores 0, as everywhere."""
        found = np.zeros(len(masks))
        there = [place for place, mask in enumerate(masks) if mask is not None]
        given = [mask for mask in masks if mask is not None]
        if self._with_f:
            scored = planes.score_planes([planes.prepare(truth)] * len(given), given).frames
            found[there] = (scored["J"] + scored["F"]) / 2
        else:
            found[there] = [_j(truth, mask) for mask in given]
        return [float(value) for value in found]


def _mean(rows: Sequence[tuple[float, float | None, float | None, float]]) -> Swapped:
    """Over the frames; those in which no other sentence is asked have no exchange."""
    real, others, right, largest = zip(*rows, strict=True)
    return Swapped(
        float(np.mean(real)), _average(_known(others)), _average(_known(right)), float(np.mean(largest))
    )


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _average(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _j(one: Plane, other: Plane) -> float:
    shared, either = one.intersection_union(other)
    return shared / either if either else 1.0


def _overlap(one: Plane | None, other: Plane | None) -> float | None:
    """None where neither has a pixel."""
    if one is None or other is None:
        there = one or other
        return 0.0 if there is not None and there.area else None
    shared, either = one.intersection_union(other)
    return shared / either if either else None
