"""Which figures a board has, which one ranks, and how each is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rvosbench.errors import RvosbenchError
from rvosbench.metrics.catalogue import ALL
from rvosbench.protocols.catalogue import find as find_protocol
from rvosbench_leaderboard.records.checks import ALSO
from rvosbench_leaderboard.records.model import Flag, Record

_USUAL = ("J&F", "J", "F")
_MILLION = 1e6


def metrics_of(protocol: str, records: Iterable[Record]) -> tuple[str, ...]:
    """Those that any record has: the headline ones first, in the protocol's order, the one that most records
    have at the very front."""
    counts: dict[str, int] = {}
    for record in records:
        for key in record.metrics:
            counts[key] = counts.get(key, 0) + 1
    headline = headline_of(protocol)
    known = [*headline, *(info.key for info in ALL if info.key not in headline)]
    ordered = [key for key in known if key in counts] + sorted(key for key in counts if key not in known)
    first = max(ordered, key=lambda key: (key in headline, counts[key], -ordered.index(key)), default=None)
    return (first, *(key for key in ordered if key != first)) if first is not None else ()


def headline_of(protocol: str) -> tuple[str, ...]:
    """What the protocol reports first; of an unknown one what is usual."""
    try:
        return find_protocol(protocol).info.headline
    except RvosbenchError:
        return _USUAL


def printed(record: Record, metric: str) -> str:
    """With the digits of its source; what a harness computed, with two."""
    text = record.printed.get(metric)
    if text is not None:
        return text
    value = record.metrics.get(metric)
    return "–" if value is None else f"{value:.2f}"  # noqa: RUF001  (a dash, for readers)


def interval(record: Record, metric: str) -> str:
    ends = record.intervals.get(metric)
    return f"{ends[0]:.2f} to {ends[1]:.2f}" if ends else ""


def millions(count: int | None) -> str:
    return "" if count is None else f"{count / _MILLION:.4g}"


def plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def training(record: Record) -> str:
    """What the weights were trained on, stage by stage; in the words of the source if these are not known."""
    stages = record.method.stages
    if stages is None:
        return ", ".join(record.method.training_data) or record.method.training
    return "; then ".join(", ".join(stage) for stage in stages) or "training-free"


def source(record: Record) -> str:
    return ", ".join(part for part in (record.source.paper, record.source.table) if part)


def year(record: Record) -> int | None:
    if record.method.year is not None:
        return record.method.year
    text = (record.date or "")[:4]
    return int(text) if len(text) == 4 and text.isdecimal() and text.isascii() else None


def any_has(records: Sequence[Record], what: str) -> bool:
    return any(getattr(record.method, what) not in (None, "", ()) for record in records)


def doubts(record: Record) -> tuple[Flag, ...]:
    """Its flags but for those that merely name another source with the same figure."""
    return tuple(flag for flag in record.flags if flag.code != ALSO)
