"""`rvosbench pack`"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON


def pack(
    predictions: Annotated[
        Path, typer.Argument(metavar="PREDS", help="Folder, zip or Parquet table of predictions.")
    ],
    dataset: Annotated[
        str,
        typer.Option(
            metavar="DATASET[:SPLIT]", help="What they are predictions for, such as mevis-v1:valid."
        ),
    ],
    server: Annotated[
        str, typer.Option("--for", help="Who is to take it: mevis, ref-youtube-vos, davis or rvosbench.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The zip to write.", show_default=False)],
    data: DATA = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the zip if it is there already.")] = False,
    as_json: JSON = False,
) -> None:
    """Write the very zip that a server wants, from predictions in any form, and validate it.

    The folder around the videos, the names and the kind of PNG are those of the server. The same masks give
    the same bytes. Nothing is resized, and what is missing is refused and listed.

    Example: rvosbench pack my-model --dataset mevis-v1:valid --for mevis --out mevis.zip
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from rvosbench.pack.run import pack as write
    from rvosbench.splits.locate import locate, open_located

    located = locate(dataset, data)
    if located.chosen:
        console.note(located.chosen)
    done = write(predictions, open_located(located), server, out, force=force, progress=console.progress())
    name = f"{located.dataset.info.id}:{located.split}"
    if as_json:
        console.emit(
            {
                "dataset": located.dataset.info.id,
                "split": located.split,
                "server": done.server.name,
                "file": str(done.file),
                "form": done.form,
                "files": done.files,
                "size": done.size,
                "problems": [problem.as_json() for problem in done.problems],
            }
        )
        return
    console.problems(done.problems)
    console.out(f"{done.file}  packed for {done.server.title}, and accepted")
    console.out(f"  {name}, from {done.form}: {done.files:,} files, {done.size / 1e6:,.1f} MB")
    if done.server.takes_zips:
        console.note(
            "Next: " + done.server.next_for(located.dataset.info, located.split, shlex.quote(str(done.file)))
        )
    else:
        scored = console.command("eval", done.file, dataset=name, data=data)
        console.note(f"Next: {scored}")
        sent = console.command("submit", done.file, data=data, phase="BENCHMARK/TRACK/PHASE")
        console.note(f"  or, to an evaluation server: {sent} --server ADDRESS")
