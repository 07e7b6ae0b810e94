"""`rvosbench demo`"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON

if TYPE_CHECKING:
    from rvosbench.evaluate.result import Result
    from rvosbench.io.manifest import Manifest
    from rvosbench.progress import Progress
    from rvosbench.splits.convert import Conversion

SHOWN = "sample:valid"  # the split whose predictions are scored
REPORTED = ("flickering", "shifted")  # two that fail in different ways; six videos tell no three apart


def demo(
    out: Annotated[
        Path, typer.Argument(metavar="[OUT]", help="Folder to work in; a second run goes on from there.")
    ] = Path("rvosbench-demo"),
    as_json: JSON = False,
) -> None:
    """See the tool work without any download: make a sample, convert it, check it, score predictions, look.

    Example: rvosbench demo
    """
    from rvosbench.sample import write

    progress = console.progress()
    releases, data, guesses = out / "releases", out / "data", out / "sample"
    if not releases.is_dir():
        console.note("Making small videos, in the official layout of every benchmark ...")
        write(releases, "small", progress=progress, predictions=False)
    console.note("Converting every layout into one schema ...")
    done = _convert(releases, data, progress)
    console.note("Checking every row, mask and frame ...")
    _examine(done, progress)
    if not guesses.is_dir():
        console.note(f"Making predictions for {SHOWN}, of several qualities ...")
        write(guesses, "small", only=[SHOWN.partition(":")[0]], progress=progress)
    console.note("Scoring them ...")
    scored = _score(guesses / "predictions" / "sample", data, out / "results", progress)
    console.note("Writing a page about two of them ...")
    page = _report(out, data, progress)
    if as_json:
        console.emit(
            {
                "releases": str(releases),
                "data": str(data),
                "predictions": str(guesses),
                "splits": [
                    {"dataset": one.dataset, "split": one.split, "counts": one.counts}
                    for one in _manifests(done)
                ],
                "scores": {quality: dict(result.metrics) for quality, result in scored.items()},
                "results": str(out / "results"),
                "report": str(page),
            }
        )
        return
    console.out()
    console.out(console.table(_rows(_manifests(done))))
    console.out()
    console.out(console.table(_score_rows(scored)))
    console.out()
    console.out(f"All {len(done)} splits are whole. Things to look at:")
    console.out(
        console.table(
            [
                ("", page, "two methods: scores, errors, every mask; open it in a browser"),
                ("", releases / "preview.png", "the videos and their sentences"),
                ("", releases / "README.md", "what lies where"),
                ("", data / "sample" / "valid", "Parquet tables"),
                ("", guesses / "predictions", "the PNG files that were scored"),
                ("", out / "results", "a folder of tables for each"),
            ]
        )
    )
    compared = " ".join(shlex.quote(str(out / "results" / name)) for name in REPORTED)
    console.note(f"\nNext: open {page} in a browser, or rvosbench compare {compared}")


def _convert(releases: Path, data: Path, progress: Progress) -> list[Conversion]:
    from rvosbench.datasets.base import find
    from rvosbench.sample import releases as parts
    from rvosbench.splits.convert import convert

    return [
        convert(
            find(part.dataset),
            releases / part.folder,
            split,
            data=data,
            expressions=releases / part.expressions if part.expressions else None,
            samples=releases / part.samples if part.samples else None,
            progress=progress,
        )
        for part in parts()
        for split in part.splits
    ]


def _examine(done: list[Conversion], progress: Progress) -> None:
    """Ends with the problems, if there are any."""
    from rvosbench.errors import DatasetError
    from rvosbench.splits.doctor import examine

    for one in done:
        diagnosis = examine(one.folder, progress=progress)
        if not diagnosis.healthy:
            raise DatasetError(*diagnosis.problems)


def _score(predictions: Path, data: Path, results: Path, progress: Progress) -> dict[str, Result]:
    """The headline result of every quality there is, best first. Each has a folder in `results`."""
    from rvosbench.evaluate.run import Options, evaluate
    from rvosbench.splits.locate import locate, open_located

    split = open_located(locate(SHOWN, data))
    scored = {
        folder.name: evaluate(folder, split, Options(out=results / folder.name, progress=progress)).results[0]
        for folder in sorted(predictions.iterdir())
    }
    return dict(sorted(scored.items(), key=lambda item: -item[1].metrics["J&F"]))


def _report(out: Path, data: Path, progress: Progress) -> Path:
    from rvosbench.analysis.opened import open_results
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.page.build import build
    from rvosbench.report.page.options import Options

    results = open_results([str(out / "results" / quality) for quality in REPORTED])
    options = Options(title="Two ways to fail", progress=progress)
    return build(results, open_split(results[0], data), out / "report.html", options).path


def _score_rows(scored: dict[str, Result]) -> list[tuple[object, ...]]:
    shown = ("J&F", "J", "F", "N-acc", "T-acc", "final")
    return [
        (f"predictions for {SHOWN}", *shown, ""),
        *(
            (quality, *(f"{100 * result.metrics[key]:5.1f}" for key in shown), result.label)
            for quality, result in scored.items()
        ),
    ]


def _manifests(done: list[Conversion]) -> list[Manifest]:
    return [one.manifest for one in done]


def _rows(manifests: list[Manifest]) -> list[tuple[object, ...]]:
    shown = ("videos", "frames", "objects", "expressions", "masks")
    return [
        ("dataset:split", *shown, "fingerprint"),
        *(
            (
                f"{one.dataset}:{one.split}",
                *(one.counts.get(name, "-") for name in shown),
                one.fingerprint[:8],
            )
            for one in manifests
        ),
    ]
