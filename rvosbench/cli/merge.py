"""`rvosbench merge`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.eval import show
from rvosbench.cli.options import JSON


def merge(
    parts: Annotated[
        list[Path],
        typer.Argument(metavar="PART...", help="The folders that `eval --shard` wrote, all of them."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the result.", show_default=False)],
    as_json: JSON = False,
) -> None:
    """Join the shards of an evaluation: the same result as without shards.

    Example: rvosbench merge part-1 part-2 part-3 --out result
    """
    from rvosbench.evaluate.merge import merge as join
    from rvosbench.evaluate.result import document

    done = join(parts, out, console.progress())
    if as_json:
        console.emit(document(done.results, several=done.several))
        return
    show(done.results)
    console.note(f"Next: open {out / 'units.parquet'} with pandas, DuckDB or Polars")
