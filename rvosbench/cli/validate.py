"""`rvosbench validate`"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench.errors import Code, PredictionsRefused, Severity

if TYPE_CHECKING:
    from rvosbench.validate.run import Verdict


_COUNTS = {
    "videos": "videos",
    "expressions": "expressions",
    "frames": "masks asked for",
    "missing": "missing",
    "headers": "headers read",
    "decoded": "masks decoded",
    "empty": "expressions all empty",
    "constant": "the same in every frame",
    "exact": "equal to the ground truth",
}
_REPACKED = {Code.WRONG_ROOT, Code.WRONG_FORM}
"""What `pack` mends."""


def validate(
    predictions: Annotated[
        Path,
        typer.Argument(metavar="PREDS", help="Folder, zip, COCO results or Parquet table of predictions."),
    ],
    dataset: Annotated[
        str,
        typer.Option(
            metavar="DATASET[:SPLIT]", help="What they are predictions for, such as mevis-v1:valid."
        ),
    ],
    server: Annotated[
        str,
        typer.Option("--for", help="Whose judgement: rvosbench, mevis, ref-youtube-vos or davis."),
    ] = "rvosbench",
    data: DATA = None,
    deep: Annotated[bool, typer.Option("--deep", help="Decode every mask, not only some of them.")] = False,
    as_json: JSON = False,
) -> None:
    """Tell everything that is wrong with predictions, before they are uploaded or scored.

    Works for splits without ground truth. Names and the headers of all files are checked in seconds. Exits
    with 3 if they are refused; warnings do not refuse.

    Example: rvosbench validate predictions.zip --dataset mevis-v1:valid --for mevis
    """
    # Read by pyarrow when it is loaded: its own allocator keeps tens of megabytes of what it has read.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from rvosbench.splits.locate import locate, open_located
    from rvosbench.validate.run import validate as examine

    located = locate(dataset, data)
    if located.chosen:
        console.note(located.chosen)
    verdict = examine(predictions, open_located(located), server, deep=deep, progress=console.progress())
    if as_json:
        console.emit(verdict.as_json())
    else:
        _show(predictions, verdict)
        _say_next(predictions, verdict, data)
    if not verdict.accepted:
        raise typer.Exit(PredictionsRefused.exit_code)


def _show(predictions: Path, verdict: Verdict) -> None:
    console.problems(verdict.problems)
    errors = sum(one.severity is Severity.ERROR for one in verdict.problems)
    warnings = len(verdict.problems) - errors
    said = ", ".join(
        f"{count} {name}{'s' if count > 1 else ''}"
        for count, name in ((errors, "error"), (warnings, "warning"))
        if count
    )
    judgement = "accepted" if verdict.accepted else "refused"
    console.out(f"{predictions}  {judgement} for {verdict.server.title}" + (f": {said}" if said else ""))
    console.out(f"  {verdict.dataset}:{verdict.split}, {verdict.form or 'not recognised'}")
    told = (f"{verdict.counts[name]:,} {what}" for name, what in _COUNTS.items() if name in verdict.counts)
    console.out("  " + ", ".join(told))


def _say_next(predictions: Path, verdict: Verdict, data: Path | None) -> None:
    name = f"{verdict.dataset}:{verdict.split}"
    server = verdict.server
    errors = {one.code for one in verdict.problems if one.severity is Severity.ERROR}
    # A folder is accepted with a warning, but nobody can upload it.
    folder = any(one.code is Code.WRONG_FORM for one in verdict.problems)
    if (errors or (verdict.deep and folder)) and errors <= _REPACKED:
        wanted = {"for": server.name, "out": f"{server.name}.zip"}
        console.note(f"Next: {console.command('pack', predictions, dataset=name, data=data, **wanted)}")
    elif errors:
        console.note("Next: mend what is listed as an error, and validate again")
    elif not verdict.deep:
        wanted = {"for": server.name} if server.takes_zips else {}
        deeper = console.command("validate", predictions, "--deep", dataset=name, data=data, **wanted)
        console.note(f"Next: {deeper}")
    elif server.takes_zips:
        from rvosbench.datasets.base import find

        console.note(
            "Next: "
            + server.next_for(find(verdict.dataset).info, verdict.split, shlex.quote(str(predictions)))
        )
    else:
        console.note(f"Next: {console.command('eval', predictions, dataset=name, data=data)}")
