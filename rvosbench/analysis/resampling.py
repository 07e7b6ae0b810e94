"""Figures of several results of the same data, drawn again together: every resample takes the same videos of
all of them, so differences are paired."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.evaluate.intervals import clusters
from rvosbench.progress import Progress, Silent
from rvosbench.protocols.catalogue import find
from rvosbench.statistics import percentile
from rvosbench.statistics.bootstrap import Uncertainty, bootstrap
from rvosbench.statistics.draws import resample_counts
from rvosbench.statistics.percentile import DrawnUncertainty
from rvosbench.statistics.ratios import LinearFigures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened
    from rvosbench.metrics.base import Term
    from rvosbench.protocols.base import Protocol
    from rvosbench.protocols.units import Unit

Known = Uncertainty | DrawnUncertainty
Pair = tuple[int, int]


class Resampled:
    """Key -> what is known of each result's figure; and of the difference of each of the pairs."""

    def __init__(
        self,
        protocol: Protocol,
        units: Sequence[Sequence[Unit]],
        pairs: Sequence[Pair],
        resamples: int,
        seed: int,
        progress: Progress,
    ) -> None:
        self.videos, of_unit = clusters(units[0])
        self.scores: dict[str, list[Known]] = {}
        self.differences: dict[str, dict[Pair, Known]] = {}
        self._add_ratios([protocol.terms(own) for own in units], pairs, of_unit, resamples, seed)
        self._add_others(
            protocol, units, pairs, of_unit, min(resamples, percentile.RESAMPLES), seed, progress
        )

    def _add_ratios(
        self,
        terms: Sequence[Mapping[str, Sequence[Term]]],
        pairs: Sequence[Pair],
        of_unit: NDArray[np.int64],
        resamples: int,
        seed: int,
    ) -> None:
        keys = [key for key in terms[0] if all(key in own for own in terms)]
        figures: dict[tuple[str, Pair], Sequence[Term]] = {}
        for key in keys:
            for place, own in enumerate(terms):
                figures[key, (place, place)] = own[key]
            for one, other in pairs:
                negative = [term._replace(weight=-term.weight) for term in terms[other][key]]
                figures[key, (one, other)] = [*terms[one][key], *negative]
        if not figures:
            return
        found = bootstrap(LinearFigures(figures, of_unit, len(self.videos)), resamples, seed)
        for key in keys:
            self.scores[key] = [found[key, (place, place)] for place in range(len(terms))]
            self.differences[key] = {pair: found[key, pair] for pair in pairs}

    def _add_others(
        self,
        protocol: Protocol,
        units: Sequence[Sequence[Unit]],
        pairs: Sequence[Pair],
        of_unit: NDArray[np.int64],
        resamples: int,
        seed: int,
        progress: Progress,
    ) -> None:
        functions = [function for own in units if (function := protocol.redrawn(own)) is not None]
        if len(functions) < len(units):
            return
        counts = resample_counts(len(self.videos), resamples, seed)
        estimates = [function(np.ones(len(of_unit), np.int64)) for function in functions]
        progress.start("drawing for mAP", len(functions) * resamples, "draw")
        draws: list[list[Mapping[str, float]]] = []
        for function in functions:
            draws.append([])
            for row in counts:
                draws[-1].append(function(row[of_unit]))
                progress.advance()
        progress.finish()
        for key in estimates[0]:
            if all(key in of for of in estimates):
                columns = [np.array([one.get(key, math.nan) for one in of]) for of in draws]
                known = [
                    DrawnUncertainty(of[key], len(self.videos), column)
                    for of, column in zip(estimates, columns, strict=True)
                ]
                self.scores[key] = list(known)
                self.differences[key] = {
                    (one, other): DrawnUncertainty(
                        estimates[one][key] - estimates[other][key],
                        len(self.videos),
                        columns[one] - columns[other],
                    )
                    for one, other in pairs
                }


def resampled(
    results: Sequence[Opened],
    pairs: Sequence[Pair],
    resamples: int,
    seed: int,
    kind: str | None = None,
    progress: Progress | None = None,
) -> Resampled:
    """Of all units, or of those of one kind of sentence."""
    protocol = find(results[0].result.protocol)
    units = [[unit for unit in one.units if kind in (None, unit.kind)] for one in results]
    _check_same_units(results, units)
    return Resampled(protocol, units, pairs, resamples, seed, progress or Silent())


def _check_same_units(results: Sequence[Opened], units: Sequence[Sequence[Unit]]) -> None:
    names = [[(unit.video, unit.unit) for unit in own] for own in units]
    for one, own in zip(results[1:], names[1:], strict=True):
        if own != names[0]:
            raise UsageError(
                Problem(
                    Code.RESULTS_NOT_COMPARABLE,
                    str(one.folder),
                    expected=f"the {len(names[0]):,} units of {results[0].name}",
                    found=f"{len(set(own) & set(names[0])):,} of them among {len(own):,}",
                    fix="evaluate again: a result of the same data and protocol has the same units",
                )
            )
