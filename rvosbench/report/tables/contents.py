"""What a table holds, whatever it is written as: methods, floors and ceilings, the best, what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rvosbench.analysis.opened import check_same_data
from rvosbench.analysis.paired import TIE, compare
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.metrics.base import Direction
from rvosbench.metrics.catalogue import find as find_metric
from rvosbench.protocols.catalogue import find as find_protocol
from rvosbench.report.tables.numbers import DIGITS, shown
from rvosbench.statistics.intervals import Interval

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.evaluate.result import Result

METHOD, FLOOR, CEILING = "method", "floor", "ceiling"
ABOVE_FLOOR, HEADROOM = "above floor", "headroom"


@dataclass(frozen=True, slots=True)
class Options:
    """`marks`: whether figures that differ from the best, or from `baseline`, are marked."""

    metrics: tuple[str, ...] = ()
    floor: Opened | None = None
    ceiling: Opened | None = None
    bold: bool = True
    intervals: bool = False
    marks: bool = False
    baseline: str | None = None
    digits: int = DIGITS


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is rounded, a dash where there is no value; `ends` are those of the interval, rounded."""

    value: float | None
    text: str
    interval: Interval | None = None
    ends: tuple[str, str] | None = None
    bold: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    role: str
    result: Result
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are keys of metrics, then what is left to the floor and the ceiling."""

    columns: tuple[str, ...]
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]
    options: Options
    caption: str
    notes: tuple[str, ...] = field(default=())


def make_table(results: Sequence[Opened], options: Options) -> Table:
    """All of the same data, protocol and scoring version."""
    beside = [(one, role) for one, role in ((options.floor, FLOOR), (options.ceiling, CEILING)) if one]
    check_same_data([*results, *(one for one, _ in beside)])
    keys = _metrics(results, options)
    best = {key: _best(key, results) for key in keys}
    marked = _marked(results, keys, best, options) if options.marks else {}
    every = [(one, METHOD) for one in results] + beside
    rows = [
        Row(
            one.name,
            role,
            one.result,
            (
                *(_cell(key, one, role, best, marked, options) for key in keys),
                *_room(keys[0], one, role, options),
            ),
        )
        for one, role in every
    ]
    columns = (*keys, *([ABOVE_FLOOR] if options.floor else []), *([HEADROOM] if options.ceiling else []))
    return Table(columns, keys, tuple(rows), options, _caption(results), _notes(results, marked, options))


def _metrics(results: Sequence[Opened], options: Options) -> tuple[str, ...]:
    there = [key for key in results[0].result.metrics if all(key in one.result.metrics for one in results)]
    unknown = [key for key in options.metrics if key not in there]
    if unknown:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--metrics",
                expected="figures that all results have: " + ", ".join(there),
                found=", ".join(unknown),
                fix="choose among these",
            )
        )
    headline = find_protocol(results[0].result.protocol).info.headline
    return options.metrics or tuple(key for key in headline if key in there)


def _best(key: str, results: Sequence[Opened]) -> Opened:
    chosen = max if find_metric(key).direction is Direction.UP else min
    return chosen(results, key=lambda one: one.result.metrics[key])


def _marked(
    results: Sequence[Opened], keys: Sequence[str], best: Mapping[str, Opened], options: Options
) -> Mapping[str, frozenset[str]]:
    """Key -> names of results that differ from the best, or from the baseline, by more than chance."""
    if len(results) < 2:
        return {}
    against = {key: options.baseline or best[key].name for key in keys}
    found = {name: compare(results, baseline=name).whole for name in sorted(set(against.values()))}
    return {
        key: frozenset(row.one for row in found[name].differences.get(key, ()) if row.verdict != TIE)
        for key, name in against.items()
    }


def _cell(
    key: str,
    one: Opened,
    role: str,
    best: Mapping[str, Opened],
    marked: Mapping[str, frozenset[str]],
    options: Options,
) -> Cell:
    value = one.result.metrics.get(key)
    if value is None:
        return Cell(None, "-")
    text = shown(key, value, options.digits)
    # What prints the same as the best is as good, as far as the table tells.
    is_best = text == shown(key, best[key].result.metrics[key], options.digits)
    known = one.result.intervals.get(key) if options.intervals else None
    interval = Interval.from_json(known) if known else None
    low, high = ("", "") if interval is None else (shown(key, end, options.digits) for end in interval[:2])
    return Cell(
        value,
        text,
        interval,
        None if interval is None else (low, high),
        bold=options.bold and role == METHOD and is_best,
        marked=role == METHOD and one.name in marked.get(key, ()),
    )


def _room(key: str, one: Opened, role: str, options: Options) -> list[Cell]:
    """How far above the floor, and how far below the ceiling, by the first metric."""
    cells = []
    for other, sign in ((options.floor, 1), (options.ceiling, -1)):
        if other is not None:
            ends = one.result.metrics.get(key), other.result.metrics.get(key)
            if role != METHOD or ends[0] is None or ends[1] is None:
                cells.append(Cell(None, "-"))
            else:
                room = sign * (ends[0] - ends[1])
                cells.append(Cell(room, shown(key, room, options.digits)))
    return cells


def _caption(results: Sequence[Opened]) -> str:
    first = results[0].result
    marks = ", ".join(f"{one.name} {one.result.fingerprint[:8]}" for one in results)
    return (
        f"{first.dataset}, {first.split}, protocol {first.protocol}, rvosbench scoring version "
        f"{first.scoring_version}, data {first.dataset_fingerprint[:8]}. Results: {marks}."
    )


def _notes(
    results: Sequence[Opened], marked: Mapping[str, frozenset[str]], options: Options
) -> tuple[str, ...]:
    found = []
    if options.intervals:
        found.append("In brackets: 95 % intervals, resampled by video.")
    if options.marks:
        subject = "\N{DAGGER}:" if any(marked.values()) else "No figure"
        other = options.baseline or "the best"
        found.append(f"{subject} differs from {other} by more than chance (p < 0.05, Holm).")
    if options.floor or options.ceiling:
        pairs = ((FLOOR, options.floor), (CEILING, options.ceiling))
        names = " and ".join(f"{role} {one.name}" for role, one in pairs if one)
        found.append(f"Measured against {names}.")
    missing = {one.name: one.result.counts.get("missing", 0) for one in results}
    found += [
        f"{name}: {count:,} frames were missing and scored 0." for name, count in missing.items() if count
    ]
    return tuple(found)
