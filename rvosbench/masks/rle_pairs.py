"""The runs of many masks of one size, taken apart together.

A single mask of a few hundred runs is so small that NumPy spends more time on being called than on numbers;
so every step is taken for all masks at once. The runs come in pairs (background, foreground): that way the
differences of which COCO counts are made go straight down the columns, and no mask begins inside a pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench.masks.rle import BITS, FIRST, MAX_CHARACTER, MAX_GROUPS, MORE, RleError, checked_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SEPARATOR = bytes([FIRST])
_SPARE_BITS = 8 - BITS


class Pairs(NamedTuple):
    """The masks one after the other. One that ends in background has an empty foreground run at its end."""

    runs: NDArray[np.int64]  # [pairs, 2]
    edges: NDArray[np.int64]  # [pairs, 2]: where each run ends, counted from the beginning of its mask
    first: NDArray[np.int64]  # the first pair of each mask
    stop: NDArray[np.int64]  # the pair after its last
    padded: NDArray[np.bool_]  # whether that empty run was added, not written

    @property
    def areas(self) -> NDArray[np.int64]:
        areas: NDArray[np.int64] = np.add.reduceat(self.runs[:, 1], self.first)
        return areas


def pairs(counts: Sequence[bytes], height: int, width: int) -> Pairs:
    """Of at least one mask. An RleError says what is wrong with the first mask that is wrong."""
    size = height * width
    found = _pairs(counts, size)
    if found is None or (found.edges[found.stop - 1, 1] != size).any():
        for one in counts:
            checked_runs(one, height, width)
        raise RleError("not a mask of this size")
    return found


def _pairs(counts: Sequence[bytes], size: int) -> Pairs | None:
    """None if some counts are no numbers, or some numbers no runs.

    A separator, which is itself the number 0, follows each of the counts. It stays where it makes the numbers
    of a mask even, and is taken out where they are even without it.
    """
    groups = np.frombuffer(_SEPARATOR.join(counts) + _SEPARATOR, np.uint8) - np.uint8(FIRST)
    lengths = np.fromiter(map(len, counts), np.int64, len(counts)) + 1
    separators = np.cumsum(lengths) - 1
    more = np.flatnonzero(groups & MORE)
    written = np.diff(separators - np.searchsorted(more, separators), prepend=-1) - 1
    if groups.max() > MAX_CHARACTER - FIRST or not written.all() or (groups[separators - 1] & MORE).any():
        return None
    odd = (written & 1) == 1
    numbers = _numbers(groups, more, separators[~odd])
    if numbers is None:
        return None
    stop = np.cumsum((written + 1) // 2)
    first = np.concatenate(([0], stop[:-1]))
    runs = _summed(numbers.reshape(-1, 2), first, stop)
    runs[stop[odd] - 1, 1] = 0
    if runs.min() < 0 or runs.max() > size:
        return None
    return Pairs(runs, _edges(runs, first, size), first, stop, odd)


def _numbers(
    groups: NDArray[np.uint8], more: NDArray[np.intp], left_out: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Numbers from groups of five bits, the low ones first; the highest group holds the sign.

    Nearly all numbers are of one group. `more` are the places of the groups after which another one of the
    same number follows; they are added from the highest to the lowest.
    """
    highest = (groups & MORE) == 0
    highest[left_out] = False
    signed = (groups << _SPARE_BITS).view(np.int8) >> _SPARE_BITS
    numbers: NDArray[np.int64] = signed[highest].astype(np.int64)
    order = np.arange(more.size)
    number_of = more - order - np.searchsorted(left_out, more)
    below_highest = np.searchsorted(number_of, number_of, side="right") - order
    most = int(below_highest.max(initial=0))
    if most >= MAX_GROUPS:
        return None
    lower = groups[more] & (MORE - 1)
    for below in range(1, most + 1):
        those = np.flatnonzero(below_highest == below)
        numbers[number_of[those]] = (numbers[number_of[those]] << BITS) | lower[those]
    return numbers


def _summed(
    numbers: NDArray[np.int64], first: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Down each column a run is the sum of the numbers of its mask so far; but the first background run is
    outside these sums. Done in place."""
    outside = numbers[first, 0]
    numbers[first, 0] = 0
    before = -numbers[first]
    np.cumsum(numbers, axis=0, out=numbers)
    before += numbers[first]
    numbers -= np.repeat(before, stop - first, axis=0)
    numbers[first, 0] = outside
    return numbers


def _edges(runs: NDArray[np.int64], first: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """One sum over all masks: the first run of each takes back the size of the mask before it."""
    edges = runs.copy()
    edges[first[1:], 0] -= size
    flat = edges.reshape(-1)
    np.cumsum(flat, out=flat)
    return edges
