"""Whether the tables of a result hold what its result.json says: folders get copied, and files mixed up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.evaluate.result import not_a_result
from rvosbench.protocols.base import SCORING_VERSION
from rvosbench.protocols.catalogue import find, names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rvosbench.evaluate.result import Result
    from rvosbench.protocols.units import Unit

ROUNDING = 1e-12


def check_finite(path: Path, units: Iterable[Unit]) -> None:
    """A value that is NaN or infinite was not written by an evaluation."""
    for unit in units:
        for key, value in unit.values.items():
            if value is not None and not math.isfinite(value):
                raise not_a_result(path, f"{key} of {unit.video}/{unit.unit} is {value}")
        for one in unit.detections:
            if not math.isfinite(one.score):
                raise not_a_result(path, f"the score of a query of {unit.video}/{unit.unit} is {one.score}")


def check_finite_frames(path: Path, unit: str, stems: Sequence[str], **columns: NDArray[np.float64]) -> None:
    """Of one unit, a value for each of its frames."""
    for name, values in columns.items():
        for stem, value in zip(stems, values.tolist(), strict=True):
            if not math.isfinite(value):
                raise not_a_result(path, f"{name} of {unit}, frame {stem} is {value}")


def check_frames(path: Path, lengths: Mapping[tuple[str, str], int], units: Iterable[Unit]) -> None:
    """That each unit has as many frames as it was scored in. `lengths` are by video and unit."""
    for unit in units:
        there = lengths.get((unit.video, unit.unit), 0)
        if there != unit.frames:
            raise not_a_result(
                path, f"{there:,} frames of {unit.video}/{unit.unit}, which was scored in {unit.frames:,}"
            )


def check_figures(path: Path, result: Result, units: Sequence[Unit]) -> None:
    """That units are as many as were scored, and give the figures again. `path` is where units come from.
    Figures of a protocol that is not installed, or of another scoring version, are left as they are."""
    expected = result.counts.get("units")
    if expected is not None and expected != len(units):
        raise _other_result(path, f"{len(units):,} units of {result.protocol}", f"{expected:,}")
    if result.scoring_version != SCORING_VERSION or result.protocol not in names():
        return
    figures = find(result.protocol).figures(units)
    there = [*_named(figures.metrics), *_of_groups(figures.annotators), *_of_groups(figures.kinds)]
    said = dict([*_named(result.metrics), *_of_groups(result.annotators), *_of_groups(result.kinds)])
    for name, value in there:
        if name in said and not math.isclose(value, said[name], rel_tol=0.0, abs_tol=ROUNDING):
            raise _other_result(path, f"units that make up {name} {value!r}", repr(said[name]))


def _named(metrics: Mapping[str, float], group: str = "") -> Iterator[tuple[str, float]]:
    yield from ((f"{key}{group}", value) for key, value in metrics.items())


def _of_groups(groups: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, float]]:
    for name, metrics in groups.items():
        yield from _named(metrics, f" of {name}")


def _other_result(path: Path, here: str, there: str) -> Exception:
    return not_a_result(path, f"{here}, where result.json says {there}: the files are of two evaluations")
