"""What readers of a figure should know, found by comparing records. Nothing is corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.consistency import Finding, contradictions
from rvosbench_leaderboard.records.model import Flag, Record
from rvosbench_leaderboard.records.rows import rows_of
from rvosbench_leaderboard.results_table import Result

CONTRADICTIONS = ("mean", "range", "scale", "repeated")
ALSO, DISAGREES = "also", "disagrees"
MOST_ELSEWHERE = 5  # other tables that a record names


def flagged(records: Sequence[Record]) -> tuple[Record, ...]:
    """The same records, with their flags: contradictions within a source, then what other sources print."""
    flags: defaultdict[int, list[Flag]] = defaultdict(list)
    for finding in findings(records):
        flags[finding.result.row].append(Flag(finding.rule, finding.text))
    for place, flag in _elsewhere(records):
        flags[place].append(flag)
    return tuple(
        replace(record, flags=(*record.flags, *flags[place])) for place, record in enumerate(records, start=1)
    )


def findings(records: Sequence[Record]) -> Iterator[Finding]:
    """Contradictions; `row` is the place of the record, the first one 1. Figures of protocols are not of one
    kind, nor are those of the harness and printed ones: the former are percentages, however low."""
    groups: defaultdict[tuple[str, bool], list[Result]] = defaultdict(list)
    for result in rows_of(records):
        record = records[result.row - 1]
        groups[record.protocol, record.source.fingerprint is not None].append(result)
    for (_, of_harness), group in groups.items():
        for finding in contradictions(group):
            if not (of_harness and finding.rule == "scale"):
                yield finding


def check_admitted(records: Iterable[Record], log: ProblemLog) -> None:
    """That a record admits its contradictions, and no others. A printed figure can be contradictory; one
    that was scored cannot."""
    for record in records:
        where = f"{record.file}: {record.id}"
        found = {flag.code: flag.text for flag in record.flags if flag.code in CONTRADICTIONS}
        scored = record.status in ("re-scored", "reproduced")
        for code, text in found.items():
            if scored or code not in record.contradictions:
                log.add(
                    Code.RECORD_CONTRADICTORY,
                    where,
                    expected="figures that agree with each other, or a record that says they do not",
                    found=text,
                    fix="score it again: figures of the harness never disagree"
                    if scored
                    else f'compare with the source; if it is printed so, add contradictions = ["{code}"]',
                )
        for code in record.contradictions:
            if code not in found:
                log.add(
                    Code.RECORD_CONTRADICTORY,
                    where,
                    expected="no contradiction but those that are there",
                    found=f"{code} is admitted, and its figures agree",
                    fix="take it out of contradictions",
                )


def check_places(records: Iterable[Record], log: ProblemLog) -> None:
    """That datasets, splits and protocols exist where we know the dataset."""
    from rvosbench.datasets import base
    from rvosbench.protocols import catalogue

    datasets = {name: base.find(name).info for name in base.names()}
    protocols = {one.info.name: one.info for one in catalogue.every()}
    for record in records:
        if record.board is None:
            continue
        where = f"{record.file}: {record.id}"
        info, protocol = datasets.get(record.dataset), protocols.get(record.protocol)
        complaints = []
        if info is None:
            complaints.append(("a dataset of " + ", ".join(sorted(datasets)), record.dataset))
        elif record.split not in info.splits:
            complaints.append((f"a split of {info.id}: " + ", ".join(info.splits), record.split))
        if protocol is None:
            complaints.append(("a protocol of " + ", ".join(sorted(protocols)), record.protocol))
        elif not protocol.any_dataset and record.dataset not in protocol.datasets | protocol.also:
            complaints.append((f"a protocol for {record.dataset}", record.protocol))
        for expected, found in complaints:
            log.add(
                Code.NOT_A_RECORD,
                where,
                expected=expected,
                found=found,
                fix="use the ids that `rvosbench describe` knows, or install the plug-in that brings it",
            )


def _elsewhere(records: Sequence[Record]) -> Iterator[tuple[int, Flag]]:
    """What another table has for the same method, trained alike, on the same board."""
    groups: defaultdict[tuple[object, ...], list[tuple[int, Record]]] = defaultdict(list)
    for place, record in enumerate(records, start=1):
        if record.board is not None and record.status in ("printed", "self-reported"):
            groups[record.method.identity, record.board].append((place, record))
    for group in groups.values():
        for place, record in group:
            beside = (_beside(record, other) for other_place, other in group if place != other_place)
            for flag in islice((flag for flag in beside if flag is not None), MOST_ELSEWHERE):
                yield place, flag


def _beside(one: Record, other: Record) -> Flag | None:
    if (one.source.paper, one.source.table) == (other.source.paper, other.source.table):
        return None
    mine, theirs = one.method, other.method
    shared = [metric for metric in one.printed if metric in other.printed]
    if not shared or (mine.backbone and theirs.backbone and mine.backbone != theirs.backbone):
        return None
    unlike = [metric for metric in shared if not _agree(one.printed[metric], other.printed[metric])]
    place = ", ".join(filter(None, (other.source.paper, other.source.table)))
    if not unlike and (mine.stages == theirs.stages or None in (mine.stages, theirs.stages)):
        return Flag(ALSO, f"{place} has the same.")
    if unlike and mine.stages == theirs.stages and mine.stages is not None:
        figures = ", ".join(f"{metric} {other.printed[metric]}" for metric in unlike)
        return Flag(DISAGREES, f"{place} has {figures}.")
    return None


def _agree(one: str, other: str) -> bool:
    """To the digits of the coarser of the two."""
    first, second = Decimal(one), Decimal(other)
    step = max(_step(first), _step(second))
    return abs(first - second) <= (step / 2 if _step(first) != _step(second) else 0)


def _step(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
