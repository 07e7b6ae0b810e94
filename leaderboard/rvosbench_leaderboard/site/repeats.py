"""Records that say again what another one says: a survey copies a figure, a page lists it twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rvosbench_leaderboard.records.model import Record
from rvosbench_leaderboard.site import figures

_Trained = tuple[str, object]  # a method, and on what

_VERIFIED = ("reproduced", "re-scored")
_ROUNDED = 0.0500001  # two sources may have rounded one figure to different digits


def repeats(records: Sequence[Record]) -> frozenset[str]:
    """Ids of the records of one board that are there `again`. What is verified best stays, then what is not
    doubtful, then what says most; the order of the files decides no earlier than that."""
    kept: dict[str, list[Record]] = {}
    again = set()
    told = _backbones(records)
    for one in sorted(records, key=_order):
        before = kept.setdefault(one.method.identity, [])
        if any(_says_the_same(one, other, told) for other in before):
            again.add(one.id)
        else:
            before.append(one)
    return frozenset(again)


def _order(record: Record) -> tuple[int, int, int, int, bool, str]:
    method = record.method
    told = sum(map(bool, (method.backbone, method.text_encoder, method.stages, method.training)))
    return (
        _VERIFIED.index(record.status) if record.status in _VERIFIED else len(_VERIFIED),
        len(figures.doubts(record)),
        -len(record.metrics),
        -told,
        method.same_as is not None,
        record.id,
    )


def _says_the_same(one: Record, other: Record, told: Mapping[_Trained, frozenset[str]]) -> bool:
    """`other` has all of its metrics, and is the same variant; where either does not say which variant it is,
    the figures have to be equal, too."""
    if not set(one.metrics) <= set(other.metrics):
        return False
    mine, theirs = _variant(one), _variant(other)
    if mine == theirs:
        return True
    if any(first and second and first != second for first, second in zip(mine, theirs, strict=True)):
        return False
    if one.method.stages is not None and one.method.stages == other.method.stages:
        # It is trained alike, and no source tells of a second backbone that it could be.
        return len(told[_trained(one)]) <= 1
    return all(abs(value - other.metrics[key]) <= _ROUNDED for key, value in one.metrics.items())


def _trained(record: Record) -> _Trained:
    return record.method.identity, record.method.stages


def _backbones(records: Sequence[Record]) -> Mapping[_Trained, frozenset[str]]:
    """Those that any source names, of each method as it was trained."""
    found: dict[_Trained, set[str]] = {}
    for one in records:
        found.setdefault(_trained(one), set()).update({one.method.backbone} - {""})
    return {key: frozenset(names) for key, names in found.items()}


def _variant(record: Record) -> tuple[str, str, str]:
    method = record.method
    return (method.backbone, method.text_encoder, figures.training(record))
