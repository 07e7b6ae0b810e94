"""Drawing clusters again, with replacement: the same draws on every machine and with every version of NumPy.

Each pick is a hash of the seed and a running number (SplitMix64: Steele, Lea, Flood, Fast Splittable
Pseudorandom Number Generators, OOPSLA 2014). Streams of a library's generator may change from one version to
the next, and a resample can be made here without those before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 0
_AT_ONCE = 1 << 16  # picks: what they take on the way stays below 4 MB
_ROWS = 1 << 10
_STEP = 0x9E3779B97F4A7C15


def resample_counts(
    clusters: int, resamples: int = RESAMPLES, seed: int = SEED, first: int = 0
) -> NDArray[np.int64]:
    """How often each cluster is drawn: [resamples, clusters], each row adding up to `clusters`. `first` is
    the number of the first resample."""
    picks = np.arange(first * clusters, (first + resamples) * clusters, dtype=np.uint64)
    chosen = (_hashed(picks, seed) >> np.uint64(32)) * np.uint64(clusters) >> np.uint64(32)
    rows = np.repeat(np.arange(resamples, dtype=np.int64), clusters)
    drawn = np.bincount(rows * clusters + chosen.astype(np.int64), minlength=resamples * clusters)
    return drawn.reshape(resamples, clusters).astype(np.int64, copy=False)


def portions(clusters: int, resamples: int) -> Iterator[tuple[int, int]]:
    """First and number of the resamples that are made at once, so that memory does not grow with them."""
    rows = min(_ROWS, max(1, _AT_ONCE // max(1, clusters)))
    for first in range(0, resamples, rows):
        yield first, min(rows, resamples - first)


def _hashed(numbers: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """64 bits for each number. The seed is mixed first, so that neighbouring seeds share nothing."""
    with np.errstate(over="ignore"):
        start = _mixed(np.array([seed & 0xFFFFFFFFFFFFFFFF], np.uint64) + np.uint64(_STEP))
        return _mixed(start + (numbers + np.uint64(1)) * np.uint64(_STEP))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
