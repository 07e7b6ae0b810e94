"""Records that say again what another one says: a survey copies a figure, a page lists it twice."""

from __future__ import annotations

from collections.abc import Sequence

from rvosbench_leaderboard.records.model import Record
from rvosbench_leaderboard.site import figures

_VERIFIED = ("reproduced", "re-scored")
_ROUNDED = 0.0500001  # two sources may have rounded one figure to different digits


def repeats(records: Sequence[Record]) -> frozenset[str]:
    """Ids of the records of one board that are there `again`. What is verified best stays, then what is not
    doubtful, then what says most; the order of the files decides no earlier than that."""
    kept: dict[str, list[Record]] = {}
    again = set()
    for one in sorted(records, key=_order):
        before = kept.setdefault(one.method.id, [])
        if any(_says_the_same(one, other) for other in before):
            again.add(one.id)
        else:
            before.append(one)
    return frozenset(again)


def _order(record: Record) -> tuple[int, int, int, int, str]:
    method = record.method
    told = sum(map(bool, (method.backbone, method.text_encoder, method.stages, method.training)))
    return (
        _VERIFIED.index(record.status) if record.status in _VERIFIED else len(_VERIFIED),
        len(figures.doubts(record)),
        -len(record.metrics),
        -told,
        record.id,
    )


def _says_the_same(one: Record, other: Record) -> bool:
    """`other` has all of its metrics, and is the same variant; where either does not say which variant it is,
    the figures have to be equal, too."""
    if not set(one.metrics) <= set(other.metrics):
        return False
    mine, theirs = _variant(one), _variant(other)
    if mine == theirs:
        return True
    if any(first and second and first != second for first, second in zip(mine, theirs, strict=True)):
        return False
    return all(abs(value - other.metrics[key]) <= _ROUNDED for key, value in one.metrics.items())


def _variant(record: Record) -> tuple[str, str, str]:
    method = record.method
    return (method.backbone, method.text_encoder, figures.training(record))
