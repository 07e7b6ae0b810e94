"""Run-length counts as they are handed in: which are wrong, and which of several speaks for a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, ProblemLog
from rvosbench.masks.rle import RleError, checked_runs
from rvosbench.masks.rle_pairs import pairs
from rvosbench.predictions.base import Counts, Scored

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

_AT_ONCE = 1 << 18  # bytes of counts
_LOOKED_AT = 100  # results of a sample, by mAP
_ROOM, _SPARE = 3, 100  # as for files
_MANY = 1_000_000  # where samples are many, each has but one result


def most_results(split: Split) -> int:
    """How many results there may be, before they are taken for something else."""
    samples = sum(len(one.scored) for one in split.expressions)
    return min(_ROOM * _LOOKED_AT * samples, _ROOM * samples + _MANY) + _SPARE


def too_many_results(source: Path, most: int, found: str, log: ProblemLog) -> None:
    log.add(
        Code.TOO_MANY_RESULTS,
        source,
        expected=f"at most {most:,} results for the samples of the split",
        found=found,
        fix="give the results of one split and model; mAP looks at the hundred best of a sample",
    )


def wrong_counts(counts: Sequence[bytes], height: int, width: int) -> list[tuple[int, str]]:
    """The places of those that are no mask of this size, and why. Many are looked at together first, which is
    far cheaper, and one by one only if some are wrong."""
    found: list[tuple[int, str]] = []
    for start, some in _portions(counts):
        try:
            pairs(some, height, width)
        except RleError:
            reasons = [_reason(one, height, width) for one in some]
            found += [(start + place, why) for place, why in enumerate(reasons) if why is not None]
    return found


def _portions(counts: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """Those that are taken apart together, and where they begin: a byte of counts becomes a hundred."""
    start = size = 0
    for place, one in enumerate(counts):
        if size and size + len(one) > _AT_ONCE:
            yield start, counts[start:place]
            start, size = place, 0
        size += len(one) + 1
    if size:
        yield start, counts[start:]


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
