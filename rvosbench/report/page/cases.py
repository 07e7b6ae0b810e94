"""The rows of the page: everything that can be opened, with what each method scored on it.

A case is an expression or, where objects are scored, an object of one annotator. The samples of a sentence
are one case with several frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.opened import Key, Opened, Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.protocols.units import Unit


STEPS = 10_000  # of a score in the table and in the curves: ten to the last digit that is shown


@dataclass(frozen=True, slots=True)
class Case:
    """`units` are the names of what it is scored as: one, or one for each sample. `sentence` is None of an
    object that no sentence names."""

    video: str
    name: str
    units: tuple[str, ...]
    sentence: Sentence | None
    objects: tuple[str, ...]
    annotator: int | None
    stems: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.video, self.name

    @property
    def text(self) -> str:
        return self.sentence.text if self.sentence else ""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What one method scored, frame by frame. `f` is None where the protocol has no boundaries."""

    j: NDArray[np.float64]
    f: NDArray[np.float64] | None
    present: NDArray[np.bool_] | None
    predicted: NDArray[np.bool_] | None
    missing: NDArray[np.bool_]


def cases_of(opened: Opened) -> tuple[Case, ...]:
    """In the order of the plan."""
    groups: dict[Key, list[Unit]] = {}
    for unit in opened.units:
        name = unit.unit if unit.frame is None else unit.expression or ""
        groups.setdefault((unit.video, name), []).append(unit)
    return tuple(_case(opened, video, name, units) for (video, name), units in groups.items())


def _case(opened: Opened, video: str, name: str, units: Sequence[Unit]) -> Case:
    first = units[0]
    sentence = opened.sentences.get((video, first.expression)) if first.expression is not None else None
    objects = (first.object,) if first.object is not None else sentence.objects if sentence else ()
    if first.frame is None:
        stems = opened.frames[video, first.unit].stems
    else:
        stems = tuple(unit.frame or "" for unit in units)
    return Case(
        video,
        name,
        tuple(unit.unit for unit in units),
        sentence,
        objects,
        first.annotator,
        stems,
    )


def curve_of(opened: Opened, case: Case) -> Curve:
    frames = [opened.frames[case.video, unit] for unit in case.units]
    if len(frames) == 1:
        one = frames[0]
        return Curve(one.j, one.f, one.present, one.predicted, one.missing)
    return Curve(
        np.concatenate([one.j for one in frames]),
        None,
        None,
        None,
        np.concatenate([one.missing for one in frames]),
    )


def by_video(cases: Sequence[Case]) -> Iterator[tuple[str, tuple[Case, ...]]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.video, []).append(case)
    for video, found in groups.items():
        yield video, tuple(found)


def predicted_masks(opened: Opened, cases: Sequence[Case]) -> Mapping[Key, Mapping[str, bytes]]:
    """Case -> stem -> the counts it was scored with, of the cases of one video."""
    owner = {unit: case.key for case in cases for unit in case.units}
    found: dict[Key, dict[str, bytes]] = {}
    for unit, masks in opened.masks_by_unit(cases[0].video):
        found.setdefault(owner[unit.unit], {}).update(masks)
    return found
