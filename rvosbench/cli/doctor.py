"""`rvosbench doctor`"""

from __future__ import annotations

from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, NAME
from rvosbench.errors import DatasetError, Severity


def doctor(
    name: NAME,
    data: DATA = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode every frame and read every source file as well.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Check that a converted split is whole: every row and mask, the frames, the files it was made from.

    Exits with 4 if something is damaged or missing.

    Example: rvosbench doctor mevis-v1:valid_u
    """
    from rvosbench.splits.doctor import examine
    from rvosbench.splits.locate import locate, require

    located = locate(name, data)
    if located.chosen:
        console.note(located.chosen)
    diagnosis = examine(require(located), deep=deep, progress=console.progress())
    errors = [problem for problem in diagnosis.problems if problem.severity is Severity.ERROR]
    title = f"{located.dataset.info.id}:{located.split}"
    if as_json:
        console.emit(
            {
                "dataset": located.dataset.info.id,
                "split": located.split,
                "folder": str(located.folder),
                "healthy": not errors,
                "fingerprint": diagnosis.manifest.fingerprint,
                "checked": dict(diagnosis.checked),
                "problems": [problem.as_json() for problem in diagnosis.problems],
            }
        )
        raise typer.Exit(DatasetError.exit_code if errors else 0)
    console.problems(diagnosis.problems)
    looked_at = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in diagnosis.checked.items())
    console.out(f"{title}  {'damaged' if errors else 'healthy'}")
    console.out(f"  checked {looked_at}")
    if errors:
        raise typer.Exit(DatasetError.exit_code)
    where = f" --data {data}" if data else ""
    form = "png" if diagnosis.manifest.ground_truth else "hub"
    console.note(f"Next: rvosbench export {title}{where} --to {form} --out FOLDER")
