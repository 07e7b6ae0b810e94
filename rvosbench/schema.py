"""The schema, version 1, as plain records: what every dataset is turned into.

These are the rows of the Parquet tables of a converted split (`rvosbench.io.tables` has the columns).
Other people's scripts depend on them: a change here is a new schema version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SCHEMA_VERSION = 1


class Role(StrEnum):
    TARGET = "target"  # some expression names it
    DISTRACTOR = "distractor"  # annotated, but no expression names it
    VOID = "void"  # a region that scoring leaves out


@dataclass(frozen=True, slots=True)
class Mask:
    """One object in one frame. `counts` is a canonical COCO compressed RLE; an empty mask has no row."""

    frame: int
    counts: bytes
    area: int
    bbox: tuple[int, int, int, int]  # x, y, width, height


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    object: str
    source_id: str
    category: str | None
    role: Role
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpressionRecord:
    """`objects` is () for a sentence without a target, None where the release hides the ground truth.
    `frames` are the indices that are scored; None means all."""

    expression: str
    text: str
    objects: tuple[str, ...] | None
    annotator: int | None = None
    kind: str | None = None
    frames: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """`height` and `width` are None where neither masks nor frames were there to tell."""

    video: str
    height: int | None
    width: int | None
    frames: tuple[str, ...]
    frames_uri: str | None = None
    fps: float | None = None
    objects: tuple[ObjectRecord, ...] = ()
    expressions: tuple[ExpressionRecord, ...] = ()
