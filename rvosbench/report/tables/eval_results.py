"""Scores of one model as the Hugging Face hub reads them from the folder `.eval_results` of its repository.

The form is that of https://huggingface.co/docs/hub/eval-results: a list with the id of a benchmark dataset, a
task of it, and the value. JSON strings are YAML strings, so nothing can break out of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.report.tables.contents import METHOD, Table
from rvosbench.report.tables.numbers import shown

_DATASET_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def eval_results(table: Table, hub_dataset: str | None) -> str:
    """One entry for each metric. Each model has a repository of its own, so there is one result."""
    methods = [row for row in table.rows if row.role == METHOD]
    if len(methods) != 1:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--to eval-results",
                expected="one result: the file belongs into the repository of its model",
                found=f"{len(methods)} results",
                fix="write one file for each of them",
            ),
            *_wrong_dataset(hub_dataset),
        )
    row = methods[0]
    about = row.result
    notes = (
        f"{about.dataset} {about.split}, protocol {about.protocol}, rvosbench scoring version "
        f"{about.scoring_version}, data {about.dataset_fingerprint[:8]}, result {about.fingerprint}"
    )
    values = {
        key: shown(key, cell.value, table.options.digits)
        for key, cell in zip(table.metrics, row.cells, strict=False)
        if cell.value is not None
    }
    return entries(hub_dataset, about.split, values, notes)


def entries(hub_dataset: str | None, split: str, values: Mapping[str, str], notes: str) -> str:
    """`values` are figures as texts of digits, by metric."""
    if problems := _wrong_dataset(hub_dataset):
        raise UsageError(*problems)
    lines = []
    for key, text in values.items():
        lines += [
            "- dataset:",
            f"    id: {json.dumps(hub_dataset)}",
            f"    task_id: {json.dumps(task_id(split, key))}",
            f"  value: {text}",
            f"  notes: {json.dumps(notes)}",
        ]
    return "\n".join(lines) + "\n"


def _wrong_dataset(hub_dataset: str | None) -> list[Problem]:
    if hub_dataset is not None and _DATASET_ID.fullmatch(hub_dataset):
        return []
    return [
        Problem(
            Code.BAD_OPTION,
            "--hub-dataset",
            expected="the id of the benchmark on the hub, OWNER/NAME",
            found=hub_dataset or "none",
            fix="name the dataset repository that holds the leaderboard",
        )
    ]


def task_id(split: str, key: str) -> str:
    """As a name of a task can be: letters, digits and underscores."""
    return re.sub(r"\W+", "_", f"{split} {key.replace('&', ' and ')}").strip("_").lower()
