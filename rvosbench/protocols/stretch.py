"""Some consecutive frames of a video: their ground truth and their predictions, each worked out once.

Ground truth is decoded and prepared once for every set of targets and frame, and shared by all expressions
that mean these targets: scorers should go through expressions in the order of their targets. A prediction is
decoded once, also where several protocols want it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from rvosbench.errors import Code, DatasetError, PredictionsRefused, Problem, ProblemLog
from rvosbench.masks import planes, rle
from rvosbench.masks.planes import FRAME, KernelError, Plane, PngFacts, Reason, Truth
from rvosbench.predictions.base import Counts, Kind, Picture, Png, Scored, VideoPredictions
from rvosbench.predictions.digest import of_pictures
from rvosbench.predictions.parquet_labels import BACKGROUND
from rvosbench.predictions.parquet_labels import name as label_name
from rvosbench.protocols import pictures as report
from rvosbench.schema import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Expression, Video

T = TypeVar("T")

# What the kernel packs into the facts of a picture that make it worth a closer look: the number of values
# beside 0 is above 1, or a flag of PngFacts stands for a palette that is unlike gray.
_MANY_VALUES, _PALETTE_FLAGS = 0xFE << 8, 0b1100 << 16


class KeptMask(NamedTuple):
    """A prediction as it goes into predictions.parquet. `name` is its expression, or `anno_<a>/<label>`."""

    name: str
    stem: str
    query: int
    score: float
    counts: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """How predictions are read. `keep`: their masks are collected; `shared`: several protocols ask for the
    same ones; `zero_missing`: some may be missing; `digest`: the files are hashed."""

    kind: Kind
    zero_missing: bool = False
    keep: bool = False
    shared: bool = False
    digest: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class MaskScores:
    """The masks of an expression against its targets. A picture that was refused scores 0, and the log of
    the stretch says why; nothing that is scored with it is ever reported."""

    frames: tuple[int, ...]
    j: NDArray[np.float64]
    f: NDArray[np.float64]
    present: NDArray[np.bool_]
    predicted: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    masks: tuple[Plane | None, ...]


class Stretch:
    def __init__(
        self,
        video: Video,
        frames: Sequence[int],
        predictions: VideoPredictions,
        reading: Reading,
        log: ProblemLog,
    ) -> None:
        self.video = video
        self.frames = tuple(frames)
        self.kept: list[KeptMask] = []
        self.digests: dict[str, bytes] = {}
        self._predictions = predictions
        self._reading = reading
        self.log = log
        self._targets: tuple[str, ...] | None = None
        self._truths: dict[int, Truth] = {}
        self._scores: dict[str, MaskScores] = {}

    def frames_of(self, expression: Expression) -> tuple[int, ...]:
        """Those of this stretch that are scored for it."""
        scored = set(expression.scored)
        return tuple(frame for frame in self.frames if frame in scored)

    def target(self, objects: Sequence[str], frame: int) -> Plane:
        """The pixels of any of the objects."""
        found: Plane | None = None
        for name in objects:
            counts = self.video.masks.get(name, {}).get(frame)
            if counts is not None:
                plane = self._decoded(name, frame, counts)
                found = plane if found is None else found | plane
        return self._empty if found is None else found

    def void(self, frame: int) -> Plane | None:
        """The pixels that do not count; None where all do."""
        names = [name for name, one in self.video.objects.items() if one.role is Role.VOID]
        if not any(frame in self.video.masks.get(name, {}) for name in names):
            return None
        return self.target(names, frame)

    def truths(self, objects: Sequence[str], frames: Sequence[int]) -> list[Truth]:
        """Prepared ground truth without void. That of the last set of targets is kept."""
        targets = tuple(sorted(objects))
        if targets != self._targets:
            self._targets, self._truths = targets, {}
        for frame in frames:
            if frame not in self._truths:
                plane = self.target(targets, frame)
                self._truths[frame] = self._empty_truth if plane is self._empty else planes.prepare(plane)
        return [self._truths[frame] for frame in frames]

    def scores(self, expression: Expression) -> MaskScores:
        """Its masks against its targets, without void."""
        if expression.name in self._scores:
            return self._scores[expression.name]
        frames = self.frames_of(expression)
        truths = self.truths(expression.objects or (), frames)
        pictures = self._pictures(expression, frames)
        found, masks = self._score(expression, frames, truths, pictures)
        self._report(expression, frames, pictures, found)
        self._keep(expression.name, frames, masks)
        scores = MaskScores(
            frames,
            found["J"].copy(),
            found["F"].copy(),
            np.array([truth.area > 0 for truth in truths], np.bool_),
            found["area"] > 0,
            np.array([picture is None for picture in pictures], np.bool_),
            tuple(masks),
        )
        if self._reading.shared:
            self._scores[expression.name] = scores
        return scores

    def labels(self, annotator: int, most: int) -> list[dict[int, Plane] | None]:
        """For each frame its proposals that are not empty, by label; None where the map is missing."""
        stems = [self.video.frames[frame] for frame in self.frames]
        where = [f"anno_{annotator}/{self.video.name}/{stem}.png" for stem in stems]
        pngs = self._asked(lambda: self._predictions.labels(annotator, stems), where)
        if self._reading.digest:
            self.digests[f"anno_{annotator}/{self.video.name}"] = of_pictures(pngs)
        found: list[dict[int, Plane] | None] = []
        for stem, place, png in zip(stems, where, pngs, strict=True):
            labels = None if png is None else self._proposals(png.content, place, most)
            found.append(labels)
            if self._reading.keep and labels is not None:
                self._keep_labels(annotator, stem, labels)
        return found

    def _keep_labels(self, annotator: int, stem: str, labels: Mapping[int, Plane]) -> None:
        """A map without labels is kept as one of background: it is there, and not missing."""
        kept = {label: plane.to_counts() for label, plane in labels.items()}
        for label, counts in (kept or {BACKGROUND: rle.encode(np.ones(self._size, bool))}).items():
            self.kept.append(KeptMask(label_name(annotator, label), stem, 0, 1.0, counts))

    def queries(self, expression: Expression) -> list[list[Scored]]:
        """All scored masks for each of its frames; a plain mask is one of score 1."""
        frames = self.frames_of(expression)
        stems = self._stems(frames)
        if self._reading.kind != "queries":
            masks = self.scores(expression).masks
            return [[] if mask is None else [Scored(1.0, mask.to_counts(), *self._size)] for mask in masks]
        where = self._places(expression, frames)
        found = self._asked(lambda: self._predictions.queries(expression.name, stems), where)
        if self._reading.keep:
            self.kept += [
                KeptMask(expression.name, stem, number, query.score, query.counts)
                for stem, queries in zip(stems, found, strict=True)
                for number, query in enumerate(queries or ())
            ]
        return [queries or [] for queries in found]

    def refuse_counts(self, expression: Expression, frame: int, found: str) -> None:
        """Run-length counts of a query turned out to be no mask."""
        report.report_counts(self._places(expression, [frame])[0], found, self.log)

    def _score(
        self,
        expression: Expression,
        frames: Sequence[int],
        truths: Sequence[Truth],
        pictures: Sequence[Picture | None],
    ) -> tuple[NDArray[np.void], list[Plane | None]]:
        found = np.zeros(len(frames), FRAME)
        masks: list[Plane | None] = [None] * len(frames)
        pngs = {place: one.content for place, one in enumerate(pictures) if isinstance(one, Png)}
        runs = {place: one.counts for place, one in enumerate(pictures) if isinstance(one, Counts)}
        for place in list(runs):
            size = pictures[place].height, pictures[place].width  # type: ignore[union-attr]
            if size != self._size:
                where = self._places(expression, [frames[place]])[0]
                report.report_size(where, size, self._size, self.log)
                del runs[place]
        for sources, score in ((pngs, planes.score_pngs), (runs, planes.score_counts)):
            if sources:
                scored = score([truths[place] for place in sources], list(sources.values()), keep=True)
                found[list(sources)] = scored.frames
                for place, mask in zip(sources, scored.planes or (), strict=True):
                    masks[place] = mask
        return found, masks

    def _report(
        self,
        expression: Expression,
        frames: Sequence[int],
        pictures: Sequence[Picture | None],
        found: NDArray[np.void],
    ) -> None:
        odd = (found["reason"] != 0) | ((found["facts"] & (_MANY_VALUES | _PALETTE_FLAGS)) != 0)
        for place in np.flatnonzero(odd).tolist():
            where = self._places(expression, [frames[place]])[0]
            picture = pictures[place]
            content = picture.content if isinstance(picture, Png) else None
            if reason := int(found["reason"][place]):
                report.report_refused(where, Reason(reason), content, self._size, self.log)
            else:
                report.report_mask_facts(where, PngFacts.from_bits(int(found["facts"][place])), self.log)

    def _pictures(self, expression: Expression, frames: Sequence[int]) -> list[Picture | None]:
        stems, where = self._stems(frames), self._places(expression, frames)
        pictures = self._asked(lambda: self._predictions.pictures(expression.name, stems), where)
        if self._reading.digest:
            self.digests[f"{self.video.name}/{expression.name}"] = of_pictures(pictures)
        return pictures

    def _asked(self, ask: Callable[[], Sequence[T]], where: Sequence[str]) -> list[T | None]:
        """What predictions answer; nothing at all where they turn out to be damaged."""
        try:
            found = list(ask())
        except PredictionsRefused as error:
            self.log.include(error.problems)
            return [None] * len(where)
        if not self._reading.zero_missing:
            for place, one in zip(where, found, strict=True):
                if one is None:
                    self.log.add(
                        Code.MISSING_PREDICTION,
                        place,
                        expected="predictions that stay where they are while they are read",
                        found="it was there when the run began, and is there no more",
                        fix="run again when nothing else writes the predictions",
                    )
        return list(found)

    def _proposals(self, content: bytes, where: str, most: int) -> dict[int, Plane]:
        try:
            labels, facts = planes.read_labels(content, *self._size)
        except KernelError as error:
            report.report_labels_unreadable(where, error, content, self._size, self.log)
            return {}
        if facts.largest > most:
            report.report_labels(where, facts.largest, most, self.log)
            return {}
        found = {label: Plane.from_label(labels, label) for label in range(1, facts.largest + 1)}
        return {label: plane for label, plane in found.items() if plane.area}

    def _decoded(self, name: str, frame: int, counts: bytes) -> Plane:
        try:
            return Plane.from_counts(counts, *self._size)
        except KernelError as error:
            raise DatasetError(
                Problem(
                    Code.SPLIT_DAMAGED,
                    f"{self.video.name}, object {name}, frame {frame}",
                    expected="the counts of a mask of the size of the video",
                    found=str(error),
                    fix="convert the split again",
                )
            ) from error

    def _keep(self, name: str, frames: Sequence[int], masks: Sequence[Plane | None]) -> None:
        if self._reading.keep:
            self.kept += [
                KeptMask(name, stem, 0, 1.0, mask.to_counts())
                for stem, mask in zip(self._stems(frames), masks, strict=True)
                if mask is not None
            ]

    def _stems(self, frames: Sequence[int]) -> list[str]:
        return [self.video.frames[frame] for frame in frames]

    def _places(self, expression: Expression, frames: Sequence[int]) -> list[str]:
        """Where predictions are, in words for people."""
        return [f"{self.video.name}/{expression.name}/{stem}" for stem in self._stems(frames)]

    @property
    def _size(self) -> tuple[int, int]:
        return self.video.size

    @cached_property
    def _empty(self) -> Plane:
        return Plane.empty(*self._size)

    @cached_property
    def _empty_truth(self) -> Truth:
        return planes.prepare(self._empty)
