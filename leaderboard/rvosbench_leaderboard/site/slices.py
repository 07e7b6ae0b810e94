"""Stability and attributes of the rows that a harness scored, as small tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rvosbench.analysis.stability import TITLES
from rvosbench_leaderboard.records.model import Record
from rvosbench_leaderboard.site.figures import plain

_NOTHING = "–"  # noqa: RUF001  (a dash, for readers)


@dataclass(frozen=True, slots=True)
class Grid:
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def stability(records: Sequence[Record]) -> Grid | None:
    """A line for each record, a column for each measure."""
    there = [one for one in records if one.stability]
    if not there:
        return None
    measures = _in_order({key for one in there for key in one.stability or {}})
    return Grid(
        ("Method", *map(_title, measures)),
        tuple(
            (_name(one), *(plain((one.stability or {}).get(key)) or _NOTHING for key in measures))
            for one in there
        ),
    )


def stability_of(record: Record) -> list[tuple[str, str]]:
    """What each measure is called, and its mean."""
    found = record.stability or {}
    return [(_title(key), plain(found[key])) for key in _in_order(found)]


def attributes(records: Sequence[Record], metric: str) -> Grid | None:
    """A line for each value of each attribute, a column for each record."""
    there = [one for one in records if one.attributes]
    if not there:
        return None
    found: dict[tuple[str, str], dict[str, tuple[int, float]]] = {}
    for one in there:
        for group in one.attributes or ():
            if metric in group.metrics:
                value = (group.videos, group.metrics[metric])
                found.setdefault((group.attribute, group.value), {})[one.id] = value
    return Grid(
        ("Attribute", "Value", "Videos", *map(_name, there)),
        tuple(
            (
                attribute,
                value,
                ", ".join(sorted({str(videos) for videos, _ in of.values()})),
                *(f"{of[one.id][1]:.2f}" if one.id in of else _NOTHING for one in there),
            )
            for (attribute, value), of in found.items()
        ),
    )


def _in_order(measures: Collection[str]) -> list[str]:
    """Those that rvosbench knows as its plots have them, then others."""
    return [key for key in TITLES if key in measures] + sorted(set(measures) - set(TITLES))


def _title(measure: str) -> str:
    title = TITLES.get(measure)
    return measure if title is None else f"{title[0].upper()}{title[1:]}"


def _name(record: Record) -> str:
    return ", ".join(part for part in (record.method.name, record.method.backbone) if part)
