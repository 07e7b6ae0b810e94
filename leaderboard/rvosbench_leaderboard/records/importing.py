"""Tables of results become records: one for each row of a table and each dataset it has figures on."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.records.checks import findings
from rvosbench_leaderboard.records.model import Method, Record, Records, Source, Status
from rvosbench_leaderboard.records.rows import PARAMETERS, TRAINABLE
from rvosbench_leaderboard.records.writing import method_text, source_text
from rvosbench_leaderboard.results_table import COLUMNS, Result, read_results, results_of

METHODS, SCORED = "methods", "scored"  # folders
_LONGEST = 100  # letters of a name of a file

_FPS = re.compile(r"FPS(?: \((?P<device>.+)\))?")
_VENUE = re.compile(r"(?P<venue>.*?)[' ]+(?P<year>(19|20)\d\d)")


@dataclass(frozen=True, slots=True)
class Imported:
    """`files` are new, relative to the folder of the records; nothing that is there is changed."""

    records: tuple[Record, ...]
    methods: tuple[Method, ...]
    files: Mapping[str, str]


def read_table(path: Path, log: ProblemLog) -> list[Result]:
    """CSV, or JSON: a list of objects with the same names, or an object that has one under `results`."""
    if path.suffix.lower() != ".json":
        return read_results(path, log)
    from rvosbench.io.json import read_text

    text = read_text(path, log)
    if text is None:
        return []
    try:
        document = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        document, found = None, str(error)
    else:
        found = type(document).__name__
    rows = document.get("results") if isinstance(document, dict) else document
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        log.add(
            Code.TABLE_INCONSISTENT,
            path.name,
            expected="a list of objects with " + ", ".join(COLUMNS) + ", or one under `results`",
            found=found,
            fix="write one object for each figure",
        )
        return []
    return results_of(path.name, [[_cell(row.get(name)) for name in COLUMNS] for row in rows], log)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def imported(results: Sequence[Result], status: Status, there: Records) -> Imported:
    """`there` is what the folder holds already."""
    from rvosbench.protocols.catalogue import default

    methods: dict[str, Method] = {}
    groups: dict[tuple[str, ...], list[Result]] = {}
    for one in results:
        key = (one.source, one.table, one.method, one.backbone, one.training, one.dataset, one.split)
        groups.setdefault(key, []).append(one)
    paths = _paths(results)
    beside = [one for one in there.records if one.file not in paths.values()]
    rows: dict[tuple[str, ...], int] = {}
    taken = {one.id for one in beside}
    records = []
    for (paper, table, name, backbone, training, dataset, split), figures in groups.items():
        method = methods.get(name) or _method(name, figures[0].venue, there.methods, methods.values())
        methods[name] = method
        of_table = [row for row in rows if row[:2] == (paper, table)]
        row = rows.setdefault((paper, table, name, backbone, training), len(of_table) + 1)
        for part in _once_each(figures):
            record = Record(
                id="",
                method=_measured(replace(method, backbone=backbone, training=training), part),
                dataset=dataset,
                split=split,
                protocol=default(dataset).info.name if dataset else "",
                metrics={},
                printed={one.metric: str(one.value) for one in part if not _is_of_method(one.metric)},
                status=status,
                source=Source(paper, table or None, row=row),
                file=paths[paper, table],
            )
            wanted = slug(" ".join((paper, table, name, backbone, dataset, split)))[:110]
            record = replace(
                record,
                id=_free(wanted, taken),
                metrics={key: float(value) for key, value in record.printed.items()},
            )
            taken.add(record.id)
            records.append(record)
    admitted = _admitting(records, beside)
    new = {one.id: one for one in methods.values()}
    files = {
        f"{METHODS}/{name}.toml": method_text(one) for name, one in new.items() if name not in there.methods
    }
    return Imported(admitted, tuple(new.values()), files | _files(admitted, status))


def slug(text: str) -> str:
    """For ids and names of files: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("+", " plus ")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "unnamed"


def _free(wanted: str, taken: set[str]) -> str:
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _once_each(figures: Iterable[Result]) -> list[list[Result]]:
    """A figure that a source gives twice makes a second record, so that both are kept."""
    parts: list[list[Result]] = []
    for one in figures:
        home = next((part for part in parts if all(one.metric != other.metric for other in part)), None)
        if home is None:
            parts.append([one])
        else:
            home.append(one)
    return parts


def _method(name: str, venue: str, known: Mapping[str, Method], new: Iterable[Method]) -> Method:
    """Names that are written otherwise are other methods, even where their ids would be the same."""
    found = known.get(slug(name)) or next((one for one in known.values() if one.name == name), None)
    if found is not None:
        return found
    free = _free(slug(name), {one.id for one in new} | known.keys())
    match = _VENUE.fullmatch(venue)
    if match is None:
        return Method(free, name, venue=venue)
    return Method(free, name, venue=match["venue"], year=int(match["year"]))


def _is_of_method(metric: str) -> bool:
    return metric in (TRAINABLE, PARAMETERS) or _FPS.fullmatch(metric) is not None


def _measured(method: Method, figures: Iterable[Result]) -> Method:
    """With the counts and the speed that are among the figures."""
    for one in figures:
        if one.metric == TRAINABLE:
            method = replace(method, trainable=_ones(one.value))
        elif one.metric == PARAMETERS:
            method = replace(method, parameters=_ones(one.value))
        elif match := _FPS.fullmatch(one.metric):
            method = replace(method, fps=float(one.value), device=match["device"])
    return method


def _ones(millions: Decimal) -> int:
    return int(millions.scaleb(6))


def _admitting(records: Sequence[Record], beside: Sequence[Record]) -> tuple[Record, ...]:
    """A table is kept as it was printed, and the record says what is odd, also beside the other records."""
    codes: dict[int, set[str]] = {}
    for finding in findings((*records, *beside)):
        codes.setdefault(finding.result.row, set()).add(finding.rule)
    return tuple(
        replace(record, contradictions=tuple(sorted(codes.get(place, ()))))
        for place, record in enumerate(records, start=1)
    )


def _paths(results: Iterable[Result]) -> dict[tuple[str, str], str]:
    """A file for each table of each source; none of them lies where methods or scored records do."""
    found: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for paper, table in dict.fromkeys((one.source, one.table) for one in results):
        home = slug(paper)[:_LONGEST]
        if home in (METHODS, SCORED):
            home = f"source-{home}"
        place = _free(f"{home}/{slug(table)[:_LONGEST]}" if table else home, taken)
        taken.add(place)
        found[paper, table] = f"{place}.toml"
    return found


def _files(records: Iterable[Record], status: Status) -> dict[str, str]:
    sources: dict[str, list[Record]] = {}
    for record in records:
        sources.setdefault(record.file, []).append(record)
    return {
        path: source_text(Source(own[0].source.paper, own[0].source.table), status, own)
        for path, own in sources.items()
    }
