"""`rvosbench doctor`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, NAME
from rvosbench.errors import DatasetError, Severity

if TYPE_CHECKING:
    from rvosbench.errors import Problem


def doctor(
    name: NAME,
    data: DATA = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode every frame and read every source file as well.")
    ] = False,
    look: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.html|DIR",
            help="Also look whether masks fit their frames, and write a report with pictures.",
            show_default=False,
        ),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Check that a converted split is whole: every row and mask, the frames, the files it was made from.

    Exits with 4 if something is damaged or missing. With --look, masks that fit the frames before or after
    better than their own are warned of.

    Example: rvosbench doctor mevis-v1:valid_u
    """
    from rvosbench.splits.doctor import examine
    from rvosbench.splits.locate import locate, require

    located = locate(name, data)
    if located.chosen:
        console.note(located.chosen)
    diagnosis = examine(require(located), deep=deep, progress=console.progress())
    problems = diagnosis.problems
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    seen: dict[str, Any] | None = None
    if look is not None and not errors:  # in a damaged split masks are not worth a look
        warnings, seen = _look(require(located), look)
        problems += warnings
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
                "problems": [problem.as_json() for problem in problems],
                **({} if look is None else {"look": seen}),
            }
        )
        raise typer.Exit(DatasetError.exit_code if errors else 0)
    console.problems(problems)
    looked_at = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in diagnosis.checked.items())
    console.out(f"{title}  {'damaged' if errors else 'healthy'}")
    console.out(f"  checked {looked_at}")
    if errors:
        raise typer.Exit(DatasetError.exit_code)
    if seen is not None:
        told = sum(video["reason"] is None for video in seen["videos"])
        console.out(f"  looked at masks and frames of {told} of {len(seen['videos'])} videos: {seen['page']}")
    form = "png" if diagnosis.manifest.ground_truth else "hub"
    exported = console.command("export", title, data=data, to=form, out="FOLDER")
    console.note(f"Next: {exported}")


def _look(folder: Path, out: Path) -> tuple[tuple[Problem, ...], dict[str, Any]]:
    """Warnings, and what `--json` says of it."""
    from rvosbench.analysis.drift_run import look, problems_of
    from rvosbench.report.drift_page import write
    from rvosbench.splits.split import open_folder

    split = open_folder(folder)
    found = look(split, progress=console.progress())
    page = write(found, split, out)
    return problems_of(found), {"page": str(page), "videos": [one.as_json() for one in found]}
