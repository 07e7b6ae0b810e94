"""`rvosbench eval`"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.figures import bar, printed
from rvosbench.cli.options import DATA, JSON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rvosbench.evaluate.result import Result
    from rvosbench.evaluate.run import Evaluation


class Missing(StrEnum):
    REFUSE = "refuse"
    ZERO = "zero"


def evaluate(
    predictions: Annotated[
        Path,
        typer.Argument(metavar="PREDS", help="Folder, zip, COCO results or Parquet table of predictions."),
    ],
    dataset: Annotated[
        str,
        typer.Option(
            metavar="DATASET[:SPLIT]", help="What they are predictions for, such as mevis-v1:valid_u."
        ),
    ],
    data: DATA = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the result. Default: figures are only printed.", show_default=False),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="Protocol, or `all` that fit, in one pass. Default: that of the dataset.", show_default=False
        ),
    ] = None,
    missing: Annotated[
        Missing,
        typer.Option(help="`refuse` predictions of which something is missing, or score that as `zero`."),
    ] = Missing.REFUSE,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes. Default: as many as pay, at most one per core and 8.", show_default=False
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from where a run into the same --out was stopped.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Score only the I-th of N parts; `merge` joins them.", show_default=False
        ),
    ] = None,
    no_masks: Annotated[
        bool, typer.Option("--no-masks", help="Leave the predictions out of the result.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Score predictions by the official protocol of a dataset.

    What must be predicted is decided by the dataset: if anything is missing, the run is refused and all of it
    is listed. The same masks give the same score to the last bit, whatever they are packed in.

    Example: rvosbench eval predictions.zip --dataset mevis-v1:valid_u --out result
    """
    # Read by libraries when they are loaded: the allocator of pyarrow keeps tens of megabytes of what it has
    # read; OpenBLAS starts threads, which nothing here has a use for.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rvosbench.evaluate.plan import Shard
    from rvosbench.evaluate.run import Options
    from rvosbench.evaluate.run import evaluate as score
    from rvosbench.splits.locate import locate, open_located

    located = locate(dataset, data)
    if located.chosen:
        console.note(located.chosen)
    options = Options(
        protocol=protocol,
        missing=missing.value,
        out=out,
        resume=resume,
        shard=Shard.parse(shard) if shard is not None else None,
        masks=not no_masks,
        workers=workers,
        progress=console.progress(),
    )
    earlier = _earlier(out) if out is not None else None
    try:
        done = score(predictions, open_located(located), options)
    except KeyboardInterrupt:
        if out is not None:
            console.note("to go on from here, run the same command with --resume")
        raise
    if earlier not in (None, done.results[0].label):
        console.note(f"{out} held another result before, which this one has replaced: {earlier}")
    if as_json:
        from rvosbench.evaluate.result import document

        console.emit(document(done.results, several=done.several))
        return
    show(done.results)
    _say_next(done, shard)


def _earlier(out: Path) -> str | None:
    """What the folder holds a result of."""
    from rvosbench.errors import RvosbenchError
    from rvosbench.evaluate.result import load

    try:
        return load(out)[0].label
    except RvosbenchError:
        return None


def show(results: Sequence[Result]) -> None:
    """Warnings, then every figure with what it is a figure of. Also what `merge` shows."""
    from rvosbench.protocols.catalogue import find

    console.problems(results[0].problems)
    for result in results:
        headline = find(result.protocol).info.headline
        console.out(console.table(_rows(result, headline)))
        for title, groups in (("annotator", result.annotators), ("kind", result.kinds)):
            if groups:
                console.out()
                console.out(console.table(_group_rows(title, groups, headline)))
        counts = ", ".join(f"{count:,} {name}" for name, count in result.counts.items())
        console.out(f"{counts}; {result.timing['seconds']} s")
        console.out()


def _rows(result: Result, headline: Sequence[str]) -> list[tuple[object, ...]]:
    from rvosbench.statistics.intervals import Interval

    keys = [key for key in headline if key in result.metrics]
    keys += [key for key in result.metrics if key not in keys]
    bars = {
        key: bar(key, Interval.from_json(result.intervals[key])) if key in result.intervals else ""
        for key in keys
    }
    if not any(bars.values()):
        return [(key, printed(key, result.metrics[key]), result.label) for key in keys]
    return [(key, printed(key, result.metrics[key]), bars[key], result.label) for key in keys]


def _group_rows(
    title: str, groups: Mapping[str, Mapping[str, float]], headline: Sequence[str]
) -> list[tuple[object, ...]]:
    return [
        (title, *headline),
        *(
            (name, *(printed(key, metrics[key]) if key in metrics else "-" for key in headline))
            for name, metrics in groups.items()
        ),
    ]


def _say_next(done: Evaluation, shard: str | None) -> None:
    if done.folder is None:
        console.note("Next: add --out FOLDER to keep the figures of every expression and frame")
    elif shard is not None:
        console.note(f"Next: {console.command('merge', done.folder, 'OTHER_SHARDS...', out='FOLDER')}")
    else:
        compared = console.command("compare", done.folder, "ANOTHER_RESULT")
        console.note(f"Next: {compared}, or open its units.parquet with pandas")
