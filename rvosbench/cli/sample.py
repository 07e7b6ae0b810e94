"""`rvosbench sample`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON


def sample(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder, or an empty one.")],
    recipe: Annotated[
        str, typer.Option(help="How much: tiny (for tests), small, training, or large (takes minutes).")
    ] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Another number, other videos.")] = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASET",
            help="Write only the layout of this dataset; may be given several times.",
            show_default=False,
        ),
    ] = None,
    predictions: Annotated[
        bool, typer.Option(help="Write predictions of six qualities for each layout.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier sample in OUT.")] = False,
    as_json: JSON = False,
) -> None:
    """Make a small dataset in the official on-disk layout of every benchmark, with predictions.

    Shapes with faces move, meet, hide, come and go, and sentences say which is meant. Nothing is downloaded;
    the same recipe and seed give the same masks and sentences on every machine.

    Example: rvosbench sample releases --recipe tiny
    """
    from rvosbench.sample import RELEASES, write

    report = write(out, recipe, seed, only, console.progress(), predictions=predictions, force=force)
    if as_json:
        console.emit(
            {
                "folder": str(report.folder),
                "recipe": report.recipe,
                "seed": report.seed,
                "layouts": list(report.layouts),
                "videos": report.videos,
                "frames": report.frames,
                "sentences": report.sentences,
            }
        )
        return
    console.out(
        f"{report.videos} videos with {report.frames:,} frames and {report.sentences} sentences in {out}, "
        f"in {len(report.layouts)} layout{'s' if len(report.layouts) > 1 else ''}"
    )
    console.out(f"Look at {out / 'preview.png'}")
    first = next(release for release in RELEASES if release.folder in report.layouts)
    console.note(f"Next: {console.command('convert', first.dataset, out / first.folder)}")
