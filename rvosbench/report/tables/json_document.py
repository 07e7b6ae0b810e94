"""A table for programs: nothing is rounded."""

from __future__ import annotations

from typing import Any

from rvosbench.report.tables.contents import Table


def document(table: Table) -> dict[str, Any]:
    first = table.rows[0].result
    return {
        "dataset": first.dataset,
        "split": first.split,
        "protocol": first.protocol,
        "scoring_version": first.scoring_version,
        "dataset_fingerprint": first.dataset_fingerprint,
        "columns": list(table.columns),
        "rows": [
            {
                "name": row.name,
                "role": row.role,
                "fingerprint": row.result.fingerprint,
                "missing": row.result.counts.get("missing", 0),
                "values": {column: cell.value for column, cell in zip(table.columns, row.cells, strict=True)},
                "intervals": {
                    key: row.result.intervals[key] for key in table.metrics if key in row.result.intervals
                },
                "differs": [
                    column for column, cell in zip(table.columns, row.cells, strict=True) if cell.marked
                ],
            }
            for row in table.rows
        ],
        "caption": table.caption,
        "notes": list(table.notes),
    }
