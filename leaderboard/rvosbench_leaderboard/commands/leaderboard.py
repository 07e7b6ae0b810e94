"""`rvosbench leaderboard`: tables of results as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def leaderboard() -> None:
    """Tables of published results, and whether they agree with themselves.

    Example: rvosbench leaderboard verify results.csv
    """


@app.command()
def verify(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE.csv", help="The table of results.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")] = False,
) -> None:
    """Check a table of results: form, scale, range, J&F = (J + F) / 2, and figures given twice.

    The columns are method, venue, backbone, training, dataset, split, metric, value, source and table, with
    values as they were printed. All problems are listed; the exit code is 1 if there is any.

    Example: rvosbench leaderboard verify results.csv
    """
    from rvosbench.datasets import base
    from rvosbench.errors import ProblemLog
    from rvosbench_leaderboard.consistency import check
    from rvosbench_leaderboard.results_table import read_results

    log = ProblemLog()
    results = read_results(table, log)
    check(results, base.names(), table.name, log)
    console.problems(log)
    if as_json:
        document = {"table": str(table), "results": len(results), "consistent": not len(log)}
        console.emit(document | {"problems": [problem.as_json() for problem in log]})
    elif not log.has_errors:
        console.out(f"{table}: {len(results)} results, no contradiction")
    if log.has_errors:
        raise typer.Exit(1)
