"""Run-length counts as they are handed in: which are wrong, and which of several speaks for a sample."""

from __future__ import annotations

from collections.abc import Sequence

from rvosbench.masks.rle import RleError, checked_runs
from rvosbench.masks.rle_pairs import pairs
from rvosbench.predictions.base import Counts, Scored


def wrong_counts(counts: Sequence[bytes], height: int, width: int) -> list[tuple[int, str]]:
    """The places of those that are no mask of this size, and why. All are looked at together first, which is
    far cheaper, and one by one only if some are wrong."""
    if not counts:
        return []
    try:
        pairs(counts, height, width)
    except RleError:
        reasons = [_reason(one, height, width) for one in counts]
        return [(place, reason) for place, reason in enumerate(reasons) if reason is not None]
    return []


def _reason(counts: bytes, height: int, width: int) -> str | None:
    try:
        checked_runs(counts, height, width)
    except RleError as error:
        return str(error)
    return None


def best(queries: Sequence[Scored]) -> Counts | None:
    """The one with the highest score; of equal ones the last that was handed in, as the official evaluators
    of A2D-Sentences and JHMDB-Sentences have it."""
    if not queries:
        return None
    chosen = max(enumerate(queries), key=lambda pair: (pair[1].score, pair[0]))[1]
    return Counts(chosen.counts, chosen.height, chosen.width)
