"""J and F and what is made from them, from arrays of pixels, one plain step after the other.

Written from the rules (docs/protocols.md, docs/metrics.md) and from nothing else of rvosbench: slow, short
and easy to check. Where the pack states a score that does not follow from how a submission was made, it
comes from here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Masks = NDArray[np.bool_]  # [frame, height, width]


@dataclass(frozen=True)
class Unit:
    """What is averaged, frame by frame. `targeted` is False for a sentence that means nothing in the video,
    `missing` says which frames were not handed in."""

    j: tuple[float, ...]
    f: tuple[float, ...]
    predicted: tuple[bool, ...] = ()
    missing: tuple[bool, ...] = ()
    targeted: bool = True


class Oracle:
    """Remembers pairs of masks: most submissions differ in a few frames."""

    def __init__(self) -> None:
        self._scores: dict[tuple[bytes, bytes, bytes], tuple[float, float]] = {}

    def frame(self, truth: Mask, mask: Mask, void: Mask | None = None) -> tuple[float, float]:
        key = truth.tobytes(), mask.tobytes(), b"" if void is None else void.tobytes()
        if key not in self._scores:
            self._scores[key] = region(truth, mask, void), contour(truth, mask, void)
        return self._scores[key]

    def unit(
        self,
        truths: Masks,
        masks: Sequence[Mask | None],
        voids: Masks | None = None,
        *,
        targeted: bool = True,
    ) -> Unit:
        """None is a frame that was not handed in: it scores 0, even where there is nothing to be seen."""
        pairs = [
            (0.0, 0.0) if mask is None else self.frame(truth, mask, None if voids is None else voids[place])
            for place, (truth, mask) in enumerate(zip(truths, masks, strict=True))
        ]
        return Unit(
            tuple(j for j, _ in pairs),
            tuple(f for _, f in pairs),
            tuple(mask is not None and bool(mask.any()) for mask in masks),
            tuple(mask is None for mask in masks),
            targeted,
        )


def region(truth: Mask, mask: Mask, void: Mask | None = None) -> float:
    """Intersection over union, without the void; 1 where both are empty."""
    counted = np.ones_like(truth) if void is None else ~void
    union = np.count_nonzero((truth | mask) & counted)
    return np.count_nonzero(truth & mask & counted) / union if union else 1.0


def contour(truth: Mask, mask: Mask, void: Mask | None = None) -> float:
    """How well the outlines agree: F of precision and recall within a tolerance of 0.8 % of the diagonal."""
    if void is not None:
        truth, mask = truth & ~void, mask & ~void
    reach = math.ceil(0.008 * math.sqrt(truth.shape[0] ** 2 + truth.shape[1] ** 2))
    edge_of_truth, edge_of_mask = outline(truth), outline(mask)
    wanted, drawn = np.count_nonzero(edge_of_truth), np.count_nonzero(edge_of_mask)
    if not wanted and not drawn:
        return 1.0
    if not wanted or not drawn:
        return 0.0
    precision = np.count_nonzero(edge_of_mask & widened(edge_of_truth, reach)) / drawn
    recall = np.count_nonzero(edge_of_truth & widened(edge_of_mask, reach)) / wanted
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def outline(mask: Mask) -> Mask:
    """Pixels that differ from their neighbour to the right, below, or to the right below. The neighbours of
    the last row and column that are outside count as equal."""
    grown = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    here, right, below, beyond = grown[:-1, :-1], grown[:-1, 1:], grown[1:, :-1], grown[1:, 1:]
    differs: Mask = (here != right) | (here != below) | (here != beyond)
    return differs


def widened(edge: Mask, reach: int) -> Mask:
    """All pixels at most `reach` away from one of `edge`."""
    height, width = edge.shape
    room = np.zeros((height + 2 * reach, width + 2 * reach), np.bool_)
    for down, right in itertools.product(range(-reach, reach + 1), repeat=2):
        if down * down + right * right <= reach * reach:
            room[reach + down : reach + down + height, reach + right : reach + right + width] |= edge
    return room[reach : reach + height, reach : reach + width]


def figures(units: Sequence[Unit], *, no_target: bool = False) -> dict[str, float]:
    """Means over units of means over frames. With `no_target`, those of MeViS v2 too."""
    j, f = _mean(_mean(unit.j) for unit in units), _mean(_mean(unit.f) for unit in units)
    found = {
        "J&F": (j + f) / 2,
        "J": j,
        "F": f,
        "J_recall": _mean(_recall(unit.j) for unit in units),
        "F_recall": _mean(_recall(unit.f) for unit in units),
        "J_decay": _mean(_decay(unit.j) for unit in units),
        "F_decay": _mean(_decay(unit.f) for unit in units),
    }
    return found | _no_target_figures(units, found["J&F"]) if no_target else found


def _no_target_figures(units: Sequence[Unit], j_and_f: float) -> dict[str, float]:
    """A sentence counts as answered by nothing if every frame is there and empty."""
    nothing = [unit for unit in units if not unit.targeted]
    targeted = [unit for unit in units if unit.targeted]
    n_acc = _mean(float(not any(unit.predicted) and not any(unit.missing)) for unit in nothing)
    t_acc = _mean(float(any(unit.predicted)) for unit in targeted)
    inner = figures(targeted)["J&F"]
    return {"N-acc": n_acc, "T-acc": t_acc, "final": (j_and_f + n_acc + t_acc) / 3, "J&F_targeted": inner}


def matched(table: Mapping[tuple[int, int], Unit], labels: int, objects: int) -> list[Unit]:
    """The unit of every object under the assignment of labels that is the best in sum, found by trying all.
    `table` has every pair of a label from 1 to `labels` and an object from 1 to `objects`."""
    worth = {pair: (_mean(unit.j) + _mean(unit.f)) / 2 for pair, unit in table.items()}
    best = max(
        itertools.permutations(range(1, labels + 1), objects),
        key=lambda chosen: math.fsum(worth[label, thing] for thing, label in enumerate(chosen, 1)),
    )
    return [table[label, thing] for thing, label in enumerate(best, 1)]


def _recall(values: Sequence[float]) -> float:
    return _mean(float(value > 0.5) for value in values)


def _decay(values: Sequence[float]) -> float:
    """Mean of the first quarter less that of the last; quarters share their ends."""
    ends = [math.floor(1 + quarter * (len(values) - 1) / 4 + 0.5 + 1e-10) - 1 for quarter in range(5)]
    return _mean(values[ends[0] : ends[1] + 1]) - _mean(values[ends[3] : ends[4] + 1])


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return math.fsum(numbers) / len(numbers)
