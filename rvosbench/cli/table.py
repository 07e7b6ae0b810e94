"""`rvosbench table`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON

if TYPE_CHECKING:
    from rvosbench.report.tables.contents import Table


class Form(StrEnum):
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"
    EVAL_RESULTS = "eval-results"


def table(
    results: Annotated[
        list[str], typer.Argument(metavar="RESULT...", help="Result folders; NAME=FOLDER to name one.")
    ],
    to: Annotated[Form, typer.Option("--to", help="What it is written as.")] = Form.MARKDOWN,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Default: it is printed.", show_default=False),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="KEY,KEY", help="Columns. Default: the figures that papers print.", show_default=False
        ),
    ] = None,
    floor: Annotated[
        str | None,
        typer.Option(metavar="RESULT", help="What can be had without reading.", show_default=False),
    ] = None,
    ceiling: Annotated[
        str | None,
        typer.Option(metavar="RESULT", help="What could be had at best.", show_default=False),
    ] = None,
    bold: Annotated[bool, typer.Option("--bold/--no-bold", help="The best of each column.")] = True,
    intervals: Annotated[bool, typer.Option("--intervals", help="With 95 % intervals.")] = False,
    marks: Annotated[
        bool, typer.Option("--marks", help="Mark what differs from the best by more than chance.")
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With --marks: from this one instead.", show_default=False),
    ] = None,
    digits: Annotated[int, typer.Option(min=0, max=12, help="After the point of a percentage.")] = 1,
    hub_dataset: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME", help="For eval-results: the benchmark on the hub.", show_default=False
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="Of results of several protocols, this one.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    as_json: JSON = False,
) -> None:
    """Write results as a table for a paper, a README, a spreadsheet or a model's repository.

    Example: rvosbench table Ours=result Theirs=other-result --to latex --marks --out table.tex
    """
    from rvosbench.analysis.opened import open_result, open_results
    from rvosbench.report.tables.contents import Options, make_table

    form = Form.JSON if as_json else to
    opened = open_results(results, protocol)
    chosen = tuple(key.strip() for key in metrics.split(",") if key.strip()) if metrics else ()
    lowest = open_result(floor, protocol) if floor else None
    highest = open_result(ceiling, protocol) if ceiling else None
    for one in (*opened, lowest, highest):
        if one is not None:
            one.check()
    made = make_table(
        opened,
        Options(
            metrics=chosen,
            floor=lowest,
            ceiling=highest,
            bold=bold,
            intervals=intervals,
            marks=marks or baseline is not None,
            baseline=baseline,
            digits=digits,
        ),
    )
    text = _written(made, form, hub_dataset)
    if out is None:
        console.out(text.removesuffix("\n"))
        return
    _write(out, text, force=force)
    console.note(_next(form, out))


def _written(made: Table, form: Form, hub_dataset: str | None) -> str:
    import json

    from rvosbench.report.tables.csv_file import comma_separated
    from rvosbench.report.tables.eval_results import eval_results
    from rvosbench.report.tables.json_document import document
    from rvosbench.report.tables.latex import latex
    from rvosbench.report.tables.markdown import markdown

    match form:
        case Form.MARKDOWN:
            return markdown(made)
        case Form.LATEX:
            return latex(made)
        case Form.CSV:
            return comma_separated(made)
        case Form.JSON:
            return json.dumps(document(made), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        case Form.EVAL_RESULTS:
            return eval_results(made, hub_dataset)


def _write(out: Path, text: str, *, force: bool) -> None:
    from rvosbench.report.whole_file import check_new, write_file

    check_new(out, force=force)
    write_file(out, text)


def _next(form: Form, out: Path) -> str:
    match form:
        case Form.LATEX:
            return rf"Next: \input{{{out}}} in a document with \usepackage{{booktabs}}"
        case Form.EVAL_RESULTS:
            return f"Next: put {out} into the folder .eval_results of the model's repository"
    return f"Next: rvosbench report RESULT... --out page.html shows what is behind {out}"
