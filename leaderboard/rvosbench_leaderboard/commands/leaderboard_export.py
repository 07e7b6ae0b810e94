"""`rvosbench leaderboard export`: records for papers, spreadsheets and programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench_leaderboard.commands import leaderboard_options as options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvosbench_leaderboard.records.model import Record


class Form(StrEnum):
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"
    SCHEMA = "json-schema"
    EVAL_RESULTS = "eval-results"


def export(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RECORD...]", help="These records. Default: all.", show_default=False),
    ] = None,
    to: Annotated[Form, typer.Option(help="What to write.")] = Form.MARKDOWN,
    board: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET:SPLIT[:PROTOCOL]", help="The records of one board.", show_default=False
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="One file of records, such as ssa-cvpr2025/table-1.", show_default=False
        ),
    ] = None,
    hub_dataset: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME", help="eval-results: the benchmark on the hub.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write. Default: stdout.", show_default=False)
    ] = None,
    records: options.RECORDS = None,
) -> None:
    """Write records as a table: LaTeX, Markdown, CSV, JSON, or the `.eval_results` of a model on the hub.

    Figures keep their printed digits. A board is sorted by its first metric; a table of a paper keeps its
    rows. The best is bold, what is no more than chance away from it has a dagger where scores of videos are
    kept, and contradictions have an asterisk and a note.

    Example: rvosbench leaderboard export --table soc-neurips2023/table-1 --to latex
    """
    from rvosbench_leaderboard.records.selection import selected
    from rvosbench_leaderboard.records.where import records_folder

    if to is Form.SCHEMA:
        from rvosbench_leaderboard.records.exporting import as_json_text
        from rvosbench_leaderboard.records.schema import SCHEMA

        text = as_json_text(SCHEMA)
    else:
        chosen = selected(options.read_some(records_folder(records)), board, table, names or ())
        text = _text(chosen, to, hub_dataset, ranked=board is not None)
    if out is None:
        console.out(text.rstrip("\n"))
    else:
        out.write_text(text, encoding="utf-8", newline="")
        console.out(f"{out}: {len(text.splitlines()):,} lines")


def _text(records: Sequence[Record], to: Form, hub_dataset: str | None, *, ranked: bool) -> str:
    from rvosbench_leaderboard.records import exporting
    from rvosbench_leaderboard.records.grid import grid
    from rvosbench_leaderboard.records.latex import as_latex
    from rvosbench_leaderboard.site.repeats import repeats

    if to is Form.CSV:
        return exporting.as_csv(records)
    if to is Form.JSON:
        return exporting.as_json_text(exporting.as_json(records))
    if to is Form.EVAL_RESULTS:
        return exporting.as_eval_results(records, hub_dataset)
    whole = grid(records, ranked=ranked, again=repeats(records) if ranked else ())
    return as_latex(whole) if to is Form.LATEX else exporting.as_markdown(whole)
