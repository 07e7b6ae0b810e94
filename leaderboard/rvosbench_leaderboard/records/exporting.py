"""Records for papers, spreadsheets and programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.report.tables import eval_results as hub
from rvosbench.report.tables import markdown as md
from rvosbench_leaderboard.pages.export import table as csv_table
from rvosbench_leaderboard.records.grid import Cell, Grid
from rvosbench_leaderboard.records.model import Record

VERSION = 1
HEADS = ("id", "status", "method", "venue", "kind", "backbone", "training", "setting")
WHERE = ("dataset", "split", "protocol")
SOURCE = ("source", "table", "fingerprint", "predictions", "note", "flags")


def as_csv(records: Sequence[Record]) -> str:
    """One line for each record, one column for each metric of any; digits as they were printed."""
    metrics = list(dict.fromkeys(metric for one in records for metric in one.printed))
    lines: list[Sequence[object]] = [
        (*HEADS, *WHERE, *metrics, "parameters", "trainable", "fps", "device", *SOURCE)
    ]
    for one in records:
        method, source = one.method, one.source
        lines.append(
            (
                *(one.id, one.status, method.name, method.published, method.kind),
                *(method.backbone, method.training, method.setting),
                *(one.dataset, one.split, one.protocol),
                *(one.printed.get(metric) for metric in metrics),
                *(method.parameters, method.trainable, method.fps, method.device),
                *(source.paper, source.table, source.fingerprint, source.predictions, one.note),
                " ".join(flag.text for flag in one.flags),
            )
        )
    return csv_table(lines)


def as_json(records: Sequence[Record]) -> dict[str, Any]:
    """The form is that of `schema`."""
    return {"version": VERSION, "records": [_document(one) for one in records]}


def _document(record: Record) -> dict[str, Any]:
    whole = asdict(record)
    whole.pop("file")
    whole.pop("printed")
    # Figures as texts, so that no program that reads them drops a digit.
    whole["metrics"] = dict(record.printed)
    document: dict[str, Any] = json_ready(whole)
    return document


def json_ready(value: Any) -> Any:
    """Tuples are lists in JSON; everything else is as it is."""
    if isinstance(value, dict):
        return {key: json_ready(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(one) for one in value]
    return value


def as_markdown(table: Grid) -> str:
    heads = ["Method", *table.about, *(_head(table, place) for place in range(len(table.columns)))]
    rule = ["---"] * (1 + len(table.about)) + ["---:"] * len(table.columns)
    lines = [_line(map(md.escaped, heads)), _line(rule)]
    for row in table.rows:
        name = md.escaped(" ".join([row.name, *(f"({mark})" for mark in row.marks)]))
        if row.kind != "method":
            name = f"*{name}*"
        lines.append(_line([name, *map(md.escaped, row.about), *map(_markdown_cell, row.cells)]))
    return "\n".join([*lines, "", *map(md.escaped, table.notes)]) + "\n"


def _head(table: Grid, place: int) -> str:
    column = table.columns[place]
    several = len([board for board, _ in table.boards if board is not None]) > 1
    return f"{' '.join(column.board[:2])} {column.metric}" if column.board and several else column.metric


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(cell: Cell) -> str:
    text = f"**{cell.text}**" if cell.best else cell.text or "-"
    ends = f" [{cell.interval[0]:.2f}, {cell.interval[1]:.2f}]" if cell.interval else ""
    return text + ("\N{DAGGER}" if cell.tied else "") + ("\\*" if cell.flags else "") + ends


def as_eval_results(records: Sequence[Record], hub_dataset: str | None) -> str:
    """For the repository of one model, so of one record."""
    if len(records) != 1 or records[0].board is None:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--to eval-results",
                expected="one record with figures: the file belongs into the repository of its model",
                found=f"{len(records)} records",
                fix="name one record",
            )
        )
    record = records[0]
    source = ", ".join(filter(None, (record.source.paper, record.source.table)))
    notes = f"{record.dataset} {record.split}, protocol {record.protocol}, {record.status}: {source}"
    if record.source.fingerprint:
        notes += f", result {record.source.fingerprint}"
    return hub.entries(hub_dataset, record.split, record.printed, notes)


def as_json_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
