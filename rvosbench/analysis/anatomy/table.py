"""Every unit with its shares, as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.anatomy.kinds import KINDS
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.predictions.writer import whole_file

if TYPE_CHECKING:
    from rvosbench.analysis.anatomy.outcome import Anatomy

COLUMNS = (
    "result",
    "video",
    "unit",
    "expression",
    "text",
    "lost",
    *(kind.id for kind in KINDS),
    "leading",
    "shift",
)


def check_suffix(path: Path) -> None:
    if path.suffix not in (".csv", ".json"):
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                str(path),
                expected="a file named .csv or .json",
                found=path.suffix or "no suffix",
                fix="name the file by what it should hold",
            )
        )


def write_units(path: Path, found: Sequence[Anatomy]) -> None:
    """CSV or JSON, as the name says."""
    check_suffix(path)
    units = rows(found)
    if path.suffix == ".json":
        text = json.dumps({"units": units}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    else:
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(units)
        text = file.getvalue()
    with whole_file(path) as target:
        target.write_text(text, encoding="utf-8", newline="")


def rows(found: Sequence[Anatomy]) -> list[dict[str, Any]]:
    """In the order of the plan, one result after the other. Shares are of the unit's own 1 - J&F."""
    return [
        {
            "result": one.name,
            "video": part.key[0],
            "unit": part.key[1],
            "expression": part.expression,
            "text": part.text,
            "lost": part.found.loss,
            **part.found.shares,
            "leading": part.leading,
            "shift": part.found.shift,
        }
        for one in found
        for part in one.parts
    ]
