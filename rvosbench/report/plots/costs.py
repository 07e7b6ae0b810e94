"""What methods cost, as it was given: `NAME=VALUE`, or a CSV table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.analysis.opened import check_same_data
from rvosbench.errors import Code, ProblemLog, UsageError
from rvosbench.io.json import read_text
from rvosbench.report.plots.trade_off import Point

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened

COLUMNS = ("method", "cost", "score")
_FIX = "one line for each method: its name, what it costs, and its score in per cent if it has no result"


def points(
    results: Sequence[Opened], metric: str, given: Sequence[str] = (), table: Path | None = None
) -> list[Point]:
    """One for each result, and one for each published score of the table. All that is wrong is said at
    once."""
    if results:
        check_same_data(results)
    log = ProblemLog()
    costs: dict[str, float] = {}
    published: list[Point] = []
    for name, cost, score in _of_table(table, log) if table is not None else ():
        if score is None:
            costs[name] = cost
        else:
            published.append(Point(name, cost, score, measured=False))
    costs |= _of_options(given, log)
    found = [
        Point(one.name, costs[one.name], one.result.metrics[metric], _interval(one, metric))
        for one in results
        if _known(one, costs, metric, log)
    ]
    for name in sorted(costs.keys() - {one.name for one in results}):
        log.add(
            Code.BAD_OPTION,
            name,
            expected="the name of a result: " + ", ".join(one.name for one in results),
            found="a cost without a score",
            fix="name the result so (NAME=FOLDER), or give its score in the column `score` of --costs",
        )
    if not log and not found and not published:
        log.add(
            Code.BAD_OPTION, "RESULT...", expected="a method", found="none", fix="give results, or --costs"
        )
    if log.has_errors:
        raise UsageError(*log.errors)
    return found + published


def _known(one: Opened, costs: dict[str, float], metric: str, log: ProblemLog) -> bool:
    if metric not in one.result.metrics:
        log.add(
            Code.BAD_OPTION,
            "--metric",
            expected="a figure of the results: " + ", ".join(one.result.metrics),
            found=metric,
            fix="choose one of these",
        )
        return False
    if one.name not in costs:
        log.add(
            Code.BAD_OPTION,
            one.name,
            expected="what each method costs",
            found="nothing",
            fix=f"add --at {one.name}=VALUE, or a line in the table of --costs",
        )
        return False
    return True


def _interval(one: Opened, metric: str) -> tuple[float, float] | None:
    found = one.result.intervals.get(metric)
    return (found["low"], found["high"]) if found else None


def _of_options(given: Sequence[str], log: ProblemLog) -> dict[str, float]:
    found = {}
    for text in given:
        name, _, value = text.rpartition("=")
        number = _number(value)
        if not name or number is None or number < 0:
            log.add(
                Code.BAD_OPTION,
                "--at",
                expected="NAME=NUMBER, which is not below 0",
                found=text,
                fix="such as --at ours=46.9",
            )
        else:
            found[name] = number
    return found


def _of_table(path: Path, log: ProblemLog) -> Iterable[tuple[str, float, float | None]]:
    """Name, cost, and the score as a fraction; a score that is empty is that of a result."""
    text = read_text(path, log)
    if text is None:
        return
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(rows.fieldnames or ())[:2] != COLUMNS[:2]:
        log.add(
            Code.WRONG_COLUMNS,
            path,
            expected="the columns " + ", ".join(COLUMNS) + "; the last may be left out",
            found=", ".join(rows.fieldnames or ()) or "nothing",
            fix=_FIX,
        )
        return
    for line, row in enumerate(rows, 2):
        cost, score = _number(row["cost"] or ""), (row.get("score") or "").strip()
        value = _number(score) if score else None
        wrong = cost is None or cost < 0 or (score and (value is None or not 0 <= value <= 100))
        if not row["method"] or cost is None or wrong:
            log.add(
                Code.BAD_STRUCTURE,
                f"{path}, line {line}",
                expected="a name, a cost that is not below 0, and a score from 0 to 100",
                found=", ".join(str(cell) for cell in row.values()),
                fix=_FIX,
            )
        else:
            yield row["method"], cost, None if value is None else value / 100


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
