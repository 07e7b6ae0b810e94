"""`rvosbench floor`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON


def floor(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="empty, largest, first-frame-oracle or track-oracle."),
    ],
    dataset: Annotated[
        str,
        typer.Option(metavar="DATASET[:SPLIT]", help="What to answer, such as mevis-v1:valid_u."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Predictions to write: .parquet, .zip of PNG files, .json (COCO results), or a folder.",
            show_default=False,
        ),
    ],
    data: DATA = None,
    tracks: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="track-oracle: choose among these, from `rvosbench baseline tracks`. Default: the annotated "
            "objects.",
            show_default=False,
        ),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Write the predictions of a floor or ceiling, to see how much room there is between them.

    \b
    empty               nothing at all
    largest             whatever the sentence says, the largest object of the video
    first-frame-oracle  the targets as they are first seen, held still
    track-oracle        the one annotated object that fits best, or the best of given tracks

    They are made from ground truth and scored like the predictions of any model.

    Example: rvosbench floor largest --dataset mevis-v1:valid_u --out largest.parquet
    """
    from rvosbench.analysis.floors import find, write
    from rvosbench.splits.locate import locate, open_located

    chosen = find(name)
    located = locate(dataset, data)
    if located.chosen:
        console.note(located.chosen)
    done = write(chosen, open_located(located), out, tracks, console.progress())
    split = f"{located.dataset.info.id}:{located.split}"
    follow = f"rvosbench eval {out} --dataset {split}{f' --data {data}' if data else ''} --out {name}"
    if as_json:
        console.emit(
            {
                "name": chosen.name,
                "side": chosen.side,
                "definition": chosen.definition,
                "dataset": located.dataset.info.id,
                "split": located.split,
                "predictions": str(done.out),
                "sentences": done.sentences,
                "masks": done.masks,
                "empty": done.empty,
                "next": follow,
            }
        )
        return
    console.out(f"{chosen.name}, a {chosen.side}: {chosen.definition}")
    console.out(f"{done.masks:,} masks for {done.sentences:,} sentences, {done.empty:,} of them empty: {out}")
    console.note(f"Next: {follow}")
