"""`rvosbench baseline train`"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON

if TYPE_CHECKING:
    from rvosbench_baselines.training.launch import Trained


class Device(StrEnum):
    CPU = "cpu"
    CUDA = "cuda"


class Half(StrEnum):
    BF16 = "bf16"
    FP16 = "fp16"


def train(
    name: Annotated[str, typer.Argument(metavar="NAME", help="refsam, soc, sola or ssa.")],
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET[:SPLIT]", help="A converted split with ground truth.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for checkpoints and logs.", show_default=False)
    ] = None,
    val: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET[:SPLIT]",
            help="A split to predict and score while training. Default: none.",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(help="A TOML file, or one that comes along. Default: that of NAME.", show_default=False),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.", show_default=False
        ),
    ] = None,
    data: DATA = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="Weights to begin with: a file of this model; SAM's for refsam.", show_default=False
        ),
    ] = None,
    text_model: Annotated[
        Path | None,
        typer.Option(help="Local folder of the tokenizer or text encoder, if needed.", show_default=False),
    ] = None,
    tracks: Annotated[
        Path | None,
        typer.Option(help="For sola: the tracks of the split and their labels.", show_default=False),
    ] = None,
    val_tracks: Annotated[
        Path | None, typer.Option(help="For sola: the tracks of the --val split.", show_default=False)
    ] = None,
    device: Annotated[
        Device | None, typer.Option(help="Default: cuda where there is one.", show_default=False)
    ] = None,
    amp: Annotated[
        Half | None,
        typer.Option(help="Mixed precision; the same as --set precision=...", show_default=False),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that began in --out.")] = False,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Print the configuration file and stop.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Train a baseline on a converted split, with its authors' configuration unless another one is given.

    A run that was stopped goes on with --resume, and takes the same course as if it had not been. Started by
    torchrun it uses as many processes as that starts.

    Example: rvosbench baseline train soc --dataset ref-youtube-vos:train --text-model roberta-base --out run
    """
    if show_config:
        from rvosbench_baselines.training.settings import config_file

        console.out(config_file(config or name).read_text(encoding="utf-8").rstrip())
        return
    if dataset is None or out is None:
        raise typer.BadParameter("--dataset and --out are needed")
    from rvosbench_baselines.training.launch import Request
    from rvosbench_baselines.training.launch import train as launch
    from rvosbench_baselines.training.recipe import Materials

    request = Request(
        baseline=name,
        dataset=dataset,
        out=out,
        val=val,
        config=config,
        given=[*(given or ()), *([] if amp is None else [f"precision={amp.value}"])],
        data=data,
        materials=Materials(weights, text_model, tracks, val_tracks),
        device=None if device is None else device.value,
        resume=resume,
        progress=console.progress(),
    )
    try:
        done = launch(request)
    except KeyboardInterrupt:
        console.note("to go on from the last checkpoint, run the same command again with --resume")
        raise
    if os.environ.get("RANK", "0") == "0":
        _report(name, done, as_json=as_json)


def _report(name: str, done: Trained, *, as_json: bool) -> None:
    options = "".join(f" --option {option}" for option in done.settings.inference)
    following = (
        f"rvosbench baseline run {name} --weights {done.last}{options} --dataset DATASET:SPLIT --out preds"
    )
    if as_json:
        console.emit(
            {
                "baseline": name,
                "variant": done.settings.variant,
                "step": done.step,
                "checkpoint": str(done.last),
                "settings": done.settings.as_json(),
                "validation": dict(done.figures),
                "device": done.device,
                "next": following,
            }
        )
        return
    rows = [("checkpoint", str(done.last)), ("steps", str(done.step)), ("device", done.device)]
    rows += [(key, f"{100 * done.figures[key]:.1f}") for key in ("J&F", "J", "F") if key in done.figures]
    console.out(console.table(rows))
    console.note(f"Next: {following}")
