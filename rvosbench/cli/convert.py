"""`rvosbench convert`"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench.errors import Code, DatasetError, Problem, UsageError

if TYPE_CHECKING:
    from rvosbench.datasets.base import Dataset
    from rvosbench.splits.convert import Conversion


class Frames(StrEnum):
    LINK = "link"
    NONE = "none"


def convert(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="Which dataset the release is of, such as mevis-v1.")
    ],
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Folder of the official release.")],
    split: Annotated[
        str | None,
        typer.Option(help="One split. Default: every split the release holds.", show_default=False),
    ] = None,
    data: DATA = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes. Default: one per core, at most 8.", show_default=False),
    ] = None,
    frames: Annotated[
        Frames, typer.Option(help="`link` remembers where the frames lie; `none` does without them.")
    ] = Frames.LINK,
    check: Annotated[
        bool, typer.Option("--check", help="Refuse counts that differ from the published ones.")
    ] = False,
    expressions: Annotated[
        Path | None,
        typer.Option(
            help="Ref-YouTube-VOS valid: the file that says which object each expression means.",
            show_default=False,
        ),
    ] = None,
    samples: Annotated[
        Path | None,
        typer.Option(help="JHMDB-Sentences: the list of the frames that are scored.", show_default=False),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Turn an official release into Parquet tables.

    Frames are not copied; they stay where they are. A second run on unchanged files is over at once.
    A split appears whole or not at all, even if the run is killed.

    Example: rvosbench convert mevis-v1 ~/MeViS_release --split valid_u
    """
    from rvosbench.datasets.base import find
    from rvosbench.ids import SplitName
    from rvosbench.splits.convert import convert as convert_split

    wanted = SplitName.parse(dataset)
    if wanted.split and split not in (None, wanted.split):
        raise _two_splits(wanted.split, split)
    adapter, split = find(wanted.dataset), split or wanted.split
    if not source.exists():
        raise UsageError(
            Problem(
                Code.MISSING_FILE,
                str(source),
                expected="the folder of an official release",
                found="nothing there",
                fix="check the path",
            )
        )
    done: list[Conversion] = []
    refused: list[Problem] = []
    for name in [split] if split else _splits_in(adapter, source):
        try:
            conversion = convert_split(
                adapter,
                source,
                name,
                data=data,
                frames=frames.value,
                expressions=expressions,
                samples=samples,
                check=check,
                workers=workers or min(8, os.cpu_count() or 1),
                progress=console.progress(),
            )
            done.append(conversion)
        except DatasetError as error:  # the other splits may be whole, or have problems of their own
            refused += error.problems
    if as_json and not refused:
        console.emit({"splits": [_summary(conversion) for conversion in done]})
        return
    for conversion in done:
        (_note if as_json else _show)(conversion)
    if refused:
        raise DatasetError(*refused)
    first = done[0].manifest
    described = console.command("describe", f"{first.dataset}:{first.split}", data=data)
    console.note(f"Next: {described}")


def _two_splits(of_name: str, of_option: str | None) -> UsageError:
    return UsageError(
        Problem(
            Code.BAD_OPTION,
            "--split",
            expected=f"the split that the name of the dataset says, {of_name}",
            found=str(of_option),
            fix="name the split once",
        )
    )


def _splits_in(adapter: Dataset, source: Path) -> tuple[str, ...]:
    found = adapter.splits_in(source)
    if not found:
        raise DatasetError(
            Problem(
                Code.NOTHING_FOUND,
                str(source),
                expected=f"the official layout of {adapter.info.id}:\n{adapter.info.layout.rstrip()}",
                found="none of its splits",
                fix="give the folder that holds this layout, or the name of the split with --split",
            )
        )
    return found


def _summary(conversion: Conversion) -> dict[str, Any]:
    manifest = conversion.manifest
    return {
        "dataset": manifest.dataset,
        "split": manifest.split,
        "folder": str(conversion.folder),
        "converted": conversion.done,
        "ground_truth": manifest.ground_truth,
        "counts": manifest.counts,
        "published_counts": manifest.published_counts,
        "fingerprint": manifest.fingerprint,
        "notes": manifest.notes,
        "problems": manifest.problems,
    }


def _note(conversion: Conversion) -> None:
    """With `--json`, stdout belongs to the problems of the other splits."""
    console.note(f"{conversion.manifest.dataset}:{conversion.manifest.split}  in {conversion.folder}")


def _show(conversion: Conversion) -> None:
    manifest = conversion.manifest
    console.problems(Problem.from_json(entry) for entry in manifest.problems)
    state = "converted" if conversion.done else "already converted, nothing has changed"
    console.out(f"{manifest.dataset}:{manifest.split}  {state}")
    counts = ", ".join(f"{count:,} {name.replace('_', '-')}" for name, count in manifest.counts.items())
    console.out(f"  {counts}")
    console.out(f"  fingerprint {manifest.fingerprint[:8]}  in {conversion.folder}")
