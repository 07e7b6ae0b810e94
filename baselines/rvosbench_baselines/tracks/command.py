"""`rvosbench baseline tracks`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, NAME
from rvosbench_baselines.tracks.settings import Prompts

if TYPE_CHECKING:
    from rvosbench_baselines.tracks.launch import Launched


class Device(StrEnum):
    CPU = "cpu"
    CUDA = "cuda"


def tracks(
    dataset: NAME,
    sam2: Annotated[Path, typer.Option(help="A released file of SAM 2, such as sam2_hiera_large.pt.")],
    out: Annotated[Path, typer.Option(help="Folder for tracks; a run that was stopped goes on.")],
    prompts: Annotated[
        Prompts,
        typer.Option(
            help="Where tracks start: a grid of points, GroundingDINO's boxes for each sentence, or the "
            "ground truth of a training split."
        ),
    ] = Prompts.GRID,
    sam2_config: Annotated[
        str, typer.Option(metavar="NAME", help="The configuration of that file, or a YAML file.")
    ] = "sam2_hiera_l",
    gdino: Annotated[
        Path | None, typer.Option(help="Local folder of GroundingDINO, for gdino.", show_default=False)
    ] = None,
    data: DATA = None,
    device: Annotated[
        Device | None, typer.Option(help="Default: cuda where there is one.", show_default=False)
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Look for masks on every N-th frame. Default: 4; half the video for a grid where not train.",
            show_default=False,
        ),
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(min=1, help="Points along a side of the grid. Default: 32.", show_default=False),
    ] = None,
    predicted_iou: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Masks of the grid that SAM 2 thinks better of. Default: 0.8.",
            show_default=False,
        ),
    ] = None,
    stability: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Masks at least as stable. Default: 0.95; 0.85 for gdino.", show_default=False
        ),
    ] = None,
    max_tracks: Annotated[
        int | None,
        typer.Option(
            min=1, help="Of a video, or of a sentence for gdino. Default: 64, or 16.", show_default=False
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Only the I-th of N parts of the videos; all shards may share one --out.",
            show_default=False,
        ),
    ] = None,
    videos: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this video; may be repeated.", show_default=False),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Follow everything in the videos of a split with SAM 2: the tracks that SOLA chooses from.

    A video is there whole or not at all. After a kill, or where a video failed, the same command makes what
    is missing. Exits with 1 if a video failed.

    Example: rvosbench baseline tracks mevis:valid_u --sam2 sam2_hiera_large.pt --out tracks
    """
    from rvosbench.evaluate.plan import Shard
    from rvosbench_baselines.tracks.launch import Request, launch

    request = Request(
        dataset=dataset,
        sam2=sam2,
        out=out,
        prompts=prompts,
        sam2_config=sam2_config,
        gdino=gdino,
        data=data,
        device=None if device is None else device.value,
        every=every,
        points=points,
        predicted_iou=predicted_iou,
        stability=stability,
        max_tracks=max_tracks,
        shard=None if shard is None else Shard.parse(shard),
        videos=videos or (),
        progress=console.progress(),
    )
    try:
        done = launch(request)
    except KeyboardInterrupt:
        console.note("to go on from here, run the same command again")
        raise
    _report(done, as_json=as_json)
    if done.outcome.failures:
        raise typer.Exit(1)


def _report(done: Launched, *, as_json: bool) -> None:
    outcome, folder = done.outcome, done.folder
    labels = None if folder.labels is None else str(folder.labels_target)
    following = f"rvosbench baseline run sola --option tracks={folder.folder} --weights FILE ..."
    if as_json:
        console.emit(
            {
                "tracks": str(folder.target),
                "labels": labels,
                **folder.record,
                "device": done.device,
                "computed": outcome.computed,
                "new_tracks": outcome.tracks,
                "kept": outcome.kept,
                "failed": [
                    {"video": one.video, "problem": one.problem.as_json()} for one in outcome.failures
                ],
                "missing": outcome.missing,
                "next": following,
            }
        )
        return
    console.problems(failure.problem for failure in outcome.failures)
    rows = [
        ("tracks", str(folder.target)),
        ("computed", f"{outcome.computed} videos, {outcome.tracks} tracks"),
        ("there before", f"{outcome.kept} videos"),
    ]
    if labels is not None:
        rows.insert(1, ("labels", labels))
    if outcome.failures:
        rows.append(("failed", ", ".join(failure.video for failure in outcome.failures)))
    if others := len(outcome.missing) - len(outcome.failures):
        rows.append(("not there yet", f"{others} videos of the split, which this run was not asked for"))
    console.out(console.table(rows))
    console.note(f"Next: {following}")
