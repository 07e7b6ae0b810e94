"""What protocols average over, and what they make of it: plain records that travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rvosbench.metrics.base import UnitScores


class Detection(NamedTuple):
    """One query for an image, measured against the ground truth of the image; in pixels."""

    score: float
    area: int
    intersection: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a protocol averages over: an expression, an object of one annotator, or a sample.

    `unit` is its name within its protocol and video. `values` has a number for each metric, None where the
    unit does not count. All that figures are made of is here: shards are merged from units alone.
    """

    protocol: str
    video: str
    unit: str
    frames: int
    missing: int
    values: Mapping[str, float | None]
    annotator: int | None = None
    object: str | None = None
    expression: str | None = None
    kind: str | None = None
    frame: str | None = None  # of a sample, its stem
    matched_label: int | None = None  # of an object, the label of the proposal that it was given
    targeted: bool = True
    truth_area: int | None = None  # of a sample
    detections: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ScoredUnit:
    """A unit with its frames, by their place in the video."""

    unit: Unit
    frames: tuple[int, ...]
    scores: UnitScores | None  # None of a sample, whose values say all


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of an evaluation; beside them those of each annotator, and of each kind of sentence, where
    the protocol tells them apart."""

    metrics: Mapping[str, float]
    annotators: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
