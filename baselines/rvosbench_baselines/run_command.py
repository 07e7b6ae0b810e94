"""`rvosbench baseline run`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON

if TYPE_CHECKING:
    from rvosbench_baselines.inference.launch import Launched


class Device(StrEnum):
    CPU = "cpu"
    CUDA = "cuda"


def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `rvosbench baseline list` names it.")],
    dataset: Annotated[
        str, typer.Option(metavar="DATASET[:SPLIT]", help="A converted split, such as mevis-v1:valid_u.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the predictions; a run that was stopped goes on.")],
    data: DATA = None,
    weights: Annotated[
        Path | None, typer.Option(help="The authors' file, as it was downloaded.", show_default=False)
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help="Default: the first in the list.", show_default=False)
    ] = None,
    text_model: Annotated[
        Path | None,
        typer.Option(help="Local folder of the tokenizer or text encoder, if needed.", show_default=False),
    ] = None,
    device: Annotated[
        Device | None, typer.Option(help="Default: cuda where there is one.", show_default=False)
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="png, davis, coco, parquet or zip. Default: what the protocol of the dataset wants.",
            show_default=False,
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
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Deviate from the released inference; may be repeated. `baseline list NAME` has them.",
            show_default=False,
        ),
    ] = None,
    random_weights: Annotated[
        int | None,
        typer.Option(
            metavar="SEED",
            help="Made-up weights, for tests.",
            show_default=False,
            min=0,
            max=2**63 - 1,  # what torch takes
        ),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Predict every sentence of a split, and write it in the form that its benchmark takes.

    A video is there whole or not at all. After a kill, or where a video failed, the same command computes
    what is missing. Exits with 1 if a video failed.

    Example: rvosbench baseline run soc --weights FILE --text-model FOLDER --dataset mevis --out preds
    """
    from rvosbench.evaluate.plan import Shard
    from rvosbench_baselines.inference.launch import Request, launch

    request = Request(
        baseline=name,
        dataset=dataset,
        out=out,
        data=data,
        variant=variant,
        weights=weights,
        seed=random_weights,
        text_model=text_model,
        device=None if device is None else device.value,
        form=form,
        shard=None if shard is None else Shard.parse(shard),
        videos=videos or (),
        options=option or (),
        progress=console.progress(),
    )
    try:
        done = launch(request)
    except KeyboardInterrupt:
        console.note("to go on from here, run the same command again")
        raise
    _report(done, data, as_json=as_json)
    if done.outcome.failures:
        raise typer.Exit(1)


def _report(done: Launched, data: Path | None, *, as_json: bool) -> None:
    outcome, record = done.outcome, done.record
    following = _next(done, data)
    if as_json:
        console.emit(
            {
                "predictions": str(done.target),
                "form": record.form,
                "dataset": record.dataset,
                "split": record.split,
                "baseline": record.baseline,
                "variant": record.variant,
                "weights": record.weights,
                "options": dict(record.options),
                "device": done.device,
                "computed": outcome.computed,
                "kept": outcome.kept,
                "failed": [
                    {"video": one.video, "problems": [problem.as_json() for problem in one.problems]}
                    for one in outcome.failures
                ],
                "missing": outcome.missing,
                "next": following,
            }
        )
        return
    for failure in outcome.failures:
        console.problems(failure.problems)
    rows = [
        ("predictions", str(done.target)),
        ("computed", f"{outcome.computed} videos"),
        ("there before", f"{outcome.kept} videos"),
    ]
    if outcome.failures:
        rows.append(("failed", ", ".join(failure.video for failure in outcome.failures)))
    if others := len(outcome.missing) - len(outcome.failures):
        rows.append(("not there yet", f"{others} videos of the split, which this run was not asked for"))
    console.out(console.table(rows))
    console.note(f"Next: {following}")


def _next(done: Launched, data: Path | None) -> str:
    from rvosbench import registry

    if done.outcome.failures:
        return "the same command again, which computes only the videos that failed"
    name = f"{done.record.dataset}:{done.record.split}"
    where = f" --data {data}" if data is not None else ""
    if done.ground_truth:
        return f"rvosbench eval {done.target} --dataset {name}{where}"
    if "validate" in registry.registered(registry.COMMANDS):
        return f"rvosbench validate {done.target} --dataset {name}{where}"
    return f"hand in {done.target}: the benchmark keeps the masks of this split to itself"
