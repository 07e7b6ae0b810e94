"""The ground truth of the pack as arrays of pixels, taken from where the sample is made and not from its
files, and what predictions score against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rvosbench.conformance import oracle_samples
from rvosbench.conformance.case import Benchmark
from rvosbench.conformance.oracle import Mask, Masks, Oracle, Unit, figures, matched

VOID = 255
ANNOTATORS = (0, 1, 2, 3)

Labels = NDArray[np.uint8]  # [frame, height, width]
Key = tuple[str, str]  # video and expression
Predicted = Mapping[Key, Sequence[Mask | None]]
LabelsPredicted = Mapping[tuple[int, str], Labels]  # annotator and video


@dataclass(frozen=True)
class Clip:
    """One video: `targets` has what each of its expressions means, frame by frame."""

    name: str
    stems: tuple[str, ...]
    targets: Mapping[str, Masks] = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    without_target: frozenset[str] = frozenset()

    @property
    def size(self) -> tuple[int, int]:
        first = next(iter(self.targets.values()))
        return int(first.shape[1]), int(first.shape[2])


@dataclass(frozen=True)
class MaskTruth:
    benchmark: Benchmark
    clips: tuple[Clip, ...]
    oracle: Oracle = field(repr=False)
    no_target: bool = False

    @property
    def keys(self) -> list[Key]:
        return [(clip.name, expression) for clip in self.clips for expression in clip.targets]

    def perfect(self) -> dict[Key, list[Mask | None]]:
        """A copy that a case may change, one mask for each frame."""
        return {(clip.name, key): list(masks) for clip in self.clips for key, masks in clip.targets.items()}

    def moved(self, by: int = 2) -> dict[Key, list[Mask | None]]:
        """Everything some pixels to the right and down: neither right nor all wrong."""
        return {
            key: [None if mask is None else moved(mask, by) for mask in masks]
            for key, masks in self.perfect().items()
        }

    def score(self, predicted: Predicted) -> dict[str, float]:
        units = [
            self.oracle.unit(masks, predicted[clip.name, key], targeted=key not in clip.without_target)
            for clip in self.clips
            for key, masks in clip.targets.items()
        ]
        return figures(units, no_target=self.no_target)

    def clip(self, name: str) -> Clip:
        return next(clip for clip in self.clips if clip.name == name)


@dataclass(frozen=True)
class LabelClip:
    """`labels` are the ground truth, 255 the void. `spoken` are the objects that sentences name, in the order
    of the release: the k-th is label k of a prediction merged from masks."""

    name: str
    stems: tuple[str, ...]
    labels: Labels = field(repr=False)
    spoken: tuple[int, ...]

    @property
    def objects(self) -> int:
        """As the DAVIS evaluation counts them: the greatest label of the first frame."""
        first = self.labels[0]
        return int(first[first != VOID].max())


@dataclass(frozen=True)
class LabelTruth:
    benchmark: Benchmark
    clips: tuple[LabelClip, ...]
    oracle: Oracle = field(repr=False)

    def perfect(self) -> dict[tuple[int, str], Labels]:
        """The objects under their own numbers, nothing where the void is."""
        maps = {clip.name: np.where(clip.labels == VOID, 0, clip.labels) for clip in self.clips}
        return {(annotator, name): labels.copy() for annotator in ANNOTATORS for name, labels in maps.items()}

    def score(self, predicted: LabelsPredicted) -> dict[str, float]:
        """The mean of the four annotators' figures."""
        known: dict[bytes, list[Unit]] = {}
        each = []
        for annotator in ANNOTATORS:
            units: list[Unit] = []
            for clip in self.clips:
                labels = predicted[annotator, clip.name]
                key = clip.name.encode() + labels.tobytes()
                if key not in known:
                    known[key] = self._units(clip, labels)
                units += known[key]
            each.append(figures(units))
        return {key: sum(one[key] for one in each) / len(each) for key in each[0]}

    def _units(self, clip: LabelClip, labels: Labels) -> list[Unit]:
        count = max(int(labels.max()), clip.objects)
        void = clip.labels == VOID
        table = {
            (label, thing): self.oracle.unit(clip.labels == thing, list(labels == label), void)
            for label in range(1, count + 1)
            for thing in range(1, clip.objects + 1)
        }
        return matched(table, count, clip.objects)


@dataclass(frozen=True)
class SampleTruth:
    """Image id -> mask, in the order of the release."""

    benchmark: Benchmark
    images: Mapping[str, Mask] = field(repr=False)

    def score(self, queries: Sequence[oracle_samples.Query]) -> dict[str, float]:
        return oracle_samples.figures(self.images, queries)


def moved(mask: Mask, by: int) -> Mask:
    found = np.zeros_like(mask)
    found[by:, by:] = mask[:-by, :-by]
    return found
