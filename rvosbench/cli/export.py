"""`rvosbench export`"""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, NAME

if TYPE_CHECKING:
    from rvosbench.splits.locate import Located
    from rvosbench.splits.split import Split


class Form(StrEnum):
    COCO = "coco"
    YTVIS = "ytvis"
    DAVIS_PNG = "davis-png"
    PNG = "png"
    CROISSANT = "croissant"
    HUB = "hub"


class Overlapping(StrEnum):
    REFUSE = "refuse"
    LOWEST = "lowest"


NEXT = {
    Form.COCO: "open the file with pycocotools",
    Form.YTVIS: "open the file with any reader of YouTube-VIS annotations",
    Form.DAVIS_PNG: "point a loader of DAVIS or YouTube-VOS at the folder",
    Form.PNG: "{described}, since this is what predictions look like",
    Form.CROISSANT: "mlcroissant validate --jsonld {document}",
    Form.HUB: "hf upload OWNER/NAME {out} . --repo-type dataset, if the licence ({licence}) lets you",
}


def export(
    name: NAME,
    to: Annotated[Form, typer.Option("--to", help="The form to write.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The folder to write.", show_default=False)],
    data: DATA = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the folder, with everything in it, if it is not empty.")
    ] = False,
    overlap: Annotated[
        Overlapping,
        typer.Option(
            help="davis-png, where objects share pixels: `refuse`, or `lowest` number keeps the pixel."
        ),
    ] = Overlapping.REFUSE,
    as_json: JSON = False,
) -> None:
    """Write a converted split in a form that other programs read. Frames are not copied.

    \b
    coco       COCO JSON; of A2D and JHMDB the ground-truth file of the official evaluator
    ytvis      YouTube-VIS JSON, with the expressions beside the tracks
    davis-png  label maps, meta_expressions.json and objects.json
    png        one binary mask per expression and frame, like a perfect prediction
    croissant  the tables with a Croissant description
    hub        a folder to upload to Hugging Face; every converted split if none is named

    The folder appears whole or not at all.

    Example: rvosbench export mevis-v1:valid_u --to coco --out mevis_coco
    """
    from rvosbench.export.base import Options, Overlap
    from rvosbench.export.formats import export as write
    from rvosbench.splits.locate import locate

    located = locate(name, data)
    if located.chosen:
        console.note(located.chosen)
    splits = _splits(located, data, all_of_them=to is Form.HUB and ":" not in name)
    options = Options(Overlap(overlap.value), console.progress())
    done = write(splits, to.value, out, force=force, options=options)
    manifest = splits[0].manifest
    if as_json:
        console.emit(
            {
                "dataset": manifest.dataset,
                "splits": [split.manifest.split for split in splits],
                "format": to.value,
                "folder": str(done.folder),
                "files": done.files,
                "size": done.size,
                "problems": [problem.as_json() for problem in done.problems],
            }
        )
        return
    console.problems(done.problems)
    what = ", ".join(f"{manifest.dataset}:{split.manifest.split}" for split in splits)
    console.out(f"{what}  exported as {to.value}")
    console.out(f"  {done.files:,} files, {done.size / 1e6:,.1f} MB, in {done.folder}")
    console.note(
        "Next: "
        + NEXT[to].format(
            out=shlex.quote(str(out)),
            document=shlex.quote(str(out / "croissant.json")),
            described=console.command(
                "describe", f"{manifest.dataset}:{manifest.split}", "--format", data=data
            ),
            licence=manifest.licence,
        )
    )


def _splits(located: Located, data: Path | None, *, all_of_them: bool) -> list[Split]:
    """The split that was named, or every one of the dataset that is converted."""
    from rvosbench.ids import split_folder
    from rvosbench.splits.locate import open_located
    from rvosbench.splits.split import open_folder

    info = located.dataset.info
    folders = [split_folder(info.id, split, data) for split in info.splits]
    converted = [folder for folder in folders if folder.is_dir()]
    if all_of_them and converted:
        return [open_folder(folder) for folder in converted]
    return [open_located(located)]
