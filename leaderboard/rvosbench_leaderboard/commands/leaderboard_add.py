"""`rvosbench leaderboard add` and `import`: new records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench_leaderboard.commands import leaderboard_options as options
from rvosbench_leaderboard.commands.leaderboard_files import check_free, require_whole, tried, write_files

if TYPE_CHECKING:
    from rvosbench.evaluate import result as evaluated
    from rvosbench_leaderboard.records.model import Status


class Kind(StrEnum):
    METHOD = "method"
    ABLATION = "ablation"
    BASELINE = "baseline"
    FLOOR = "floor"
    CEILING = "ceiling"


class Claim(StrEnum):
    PRINTED = "printed"
    SELF_REPORTED = "self-reported"


def _text(help: str) -> typer.models.OptionInfo:  # noqa: A002  (as typer calls it)
    option: typer.models.OptionInfo = typer.Option(help=help, show_default=False)
    return option


def add(
    what: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT|TABLE", help="Folder that `eval --out` wrote, or a paper's table in CSV."
        ),
    ],
    predictions: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PREDS]",
            help="The predictions of the result, to score again. Default: the masks that it kept.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[str, _text("Id of the method; its file in methods/ is written if there is none.")] = "",
    name: Annotated[str, _text("Name of a new method. Default: its id.")] = "",
    venue: Annotated[str, _text("Of a new method, such as CVPR.")] = "",
    year: Annotated[int | None, _text("Of a new method.")] = None,
    paper: Annotated[str | None, _text("Address of the paper of a new method.")] = None,
    code: Annotated[str | None, _text("Address of the code of a new method.")] = None,
    kind: Annotated[Kind, typer.Option(help="What a new method is.")] = Kind.METHOD,
    backbone: Annotated[str, _text("Backbone that made these predictions.")] = "",
    text_encoder: Annotated[str, _text("Text encoder that made these predictions.")] = "",
    training: Annotated[str, _text("What it was trained on, in words.")] = "",
    stage: Annotated[
        list[str] | None,
        _text("Datasets of one stage of training, with commas; once for each stage, `none` for no training."),
    ] = None,
    parameters: Annotated[int | None, _text("All that are needed to predict.")] = None,
    trainable: Annotated[int | None, _text("Parameters that were trained.")] = None,
    fps: Annotated[float | None, _text("Frames per second.")] = None,
    device: Annotated[str | None, _text("What the frames per second were measured on.")] = None,
    note: Annotated[str, _text("A remark for readers.")] = "",
    step: Annotated[
        list[str] | None,
        _text("A command, without `rvosbench`, that makes data or predictions; several in order, run now."),
    ] = None,
    self_reported: Annotated[
        bool,
        typer.Option("--self-reported", help="Take the figures as they are; do not score the masks again."),
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep figures and units of the result beside the record, without masks."),
    ] = False,
    records: options.OWN_RECORDS = None,
    data: DATA = None,
    force: options.FORCE = False,
    as_json: JSON = False,
) -> None:
    """Add a result as a record, with fingerprint, intervals and scores of videos.

    The predictions, or the masks that the result kept, are scored again, and only if that gives the very same
    is the record called re-scored; with `--step` the predictions themselves are made anew, and it is called
    reproduced.

    A table in CSV is added as figures that a paper printed; `import` does the same for self-reported ones.

    Example: rvosbench leaderboard add result --method ours --name "Ours" --stage mevis-v1
    """
    from rvosbench.analysis.opened import open_result
    from rvosbench_leaderboard.records import adding
    from rvosbench_leaderboard.records.model import Method
    from rvosbench_leaderboard.records.training import all_data, stages_of
    from rvosbench_leaderboard.records.where import own_folder

    if what.suffix.lower() in (".csv", ".json") and what.is_file():
        _import(what, "printed", records, force=force, as_json=as_json)
        return
    _check_options(method, stage or (), self_reported=self_reported, scored_again=bool(step or predictions))
    folder = own_folder(records)
    there = options.read_any(folder)
    known = there.methods
    opened = open_result(str(what))
    result = opened.result
    counts = _counts(opened.result, data, of_split=not self_reported)
    require_whole((result.dataset, result.split, result.protocol), counts, there)
    used = replace(
        known.get(method) or Method(method, name or method, venue, year, paper, code, kind=kind.value),
        backbone=backbone,
        text_encoder=text_encoder,
        training=training,
        stages=stages_of(stage),
        training_data=all_data(stages_of(stage)),
        parameters=parameters,
        trainable=trainable,
        fps=fps,
        device=device,
    )
    wanted = adding.Wanted(self_reported, tuple(step or ()), note, predictions, data)
    tried(folder, adding.files_of(adding.facts_of(used, wanted), known))  # scoring takes long
    record = adding.make_record(opened, used, wanted, console.progress())
    files = adding.files_of(record, known)
    check_free(folder, files, force=force)
    console.problems(tried(folder, files))
    if keep:
        record = adding.kept(record, opened, folder)
        files = adding.files_of(record, known)
    write_files(folder, files, force=force)
    if as_json:
        console.emit(
            {
                "record": record.id,
                "status": record.status,
                "files": [str(folder / name) for name in files],
                "metrics": dict(record.printed),
                "fingerprint": record.source.fingerprint,
            }
        )
        return
    figures = ", ".join(f"{key} {text}" for key, text in record.printed.items())
    console.out(f"{record.id}, {record.status}: {figures}")
    console.note(options.next_build(records))


def _counts(result: evaluated.Result, data: Path | None, *, of_split: bool) -> Mapping[str, int]:
    """Of the converted split; where that is not asked for, of the result, which counts frames otherwise."""
    from rvosbench.splits.locate import locate, open_located

    if not of_split:
        return {name: result.counts[name] for name in ("videos", "expressions")}
    return open_located(locate(f"{result.dataset}:{result.split}", data)).manifest.counts


def _check_options(method: str, stages: Sequence[str], *, self_reported: bool, scored_again: bool) -> None:
    from rvosbench.errors import Code, Problem, UsageError
    from rvosbench_leaderboard.records.fields import ID

    problems = []
    if not ID.fullmatch(method):
        problems.append(
            Problem(
                Code.BAD_OPTION,
                "--method",
                expected="the id of a method: small letters, digits, dots, underscores and hyphens",
                found=method or "none",
                fix="name the method, such as --method ours",
            )
        )
    problems += [
        Problem(
            Code.BAD_OPTION,
            "--stage",
            expected="datasets between commas, or `none`",
            found=one or "nothing",
            fix="name every dataset of the stage, such as --stage refcoco,refcoco+",
        )
        for one in stages
        if not all(part.strip() for part in one.split(","))
    ]
    if self_reported and scored_again:
        problems.append(
            Problem(
                Code.BAD_OPTION,
                "--self-reported",
                expected="figures that are taken as they are",
                found="--step or PREDS, which are there to score them again",
                fix="leave out one or the other",
            )
        )
    if problems:
        raise UsageError(*problems)


def import_table(
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="CSV, or JSON with the same names: a list of objects."),
    ],
    status: Annotated[Claim, typer.Option(help="Who says so: a paper, or its authors elsewhere.")] = (
        Claim.SELF_REPORTED
    ),
    records: options.OWN_RECORDS = None,
    force: options.FORCE = False,
    as_json: JSON = False,
) -> None:
    """Make records of a table of results: a file for each source and table, and one for each new method.

    The columns are those that `verify` checks. Nothing is corrected: contradictions are kept, and the records
    admit them. Edit the files afterwards; what a method was trained on is known to no table.

    Example: rvosbench leaderboard import results.csv --status printed
    """
    claim: Status = "printed" if status is Claim.PRINTED else "self-reported"
    _import(table, claim, records, force=force, as_json=as_json)


def _import(table: Path, status: Status, chosen: Path | None, *, force: bool, as_json: bool) -> None:
    from rvosbench.datasets import base
    from rvosbench.errors import ProblemLog, UsageError
    from rvosbench_leaderboard.consistency import check
    from rvosbench_leaderboard.records.importing import imported, read_table
    from rvosbench_leaderboard.records.where import own_folder
    from rvosbench_leaderboard.results_table import Result

    folder = own_folder(chosen)
    log = ProblemLog()
    results: list[Result] = read_table(table, log)
    if log.has_errors:
        raise UsageError(*log.errors)
    check(results, base.names(), table.name, log, admitted=True)
    if log.has_errors:
        raise UsageError(*log.errors)
    there = options.read_any(folder)
    done = imported(results, status, there)
    check_free(folder, done.files, force=force)
    log.include(tried(folder, done.files))
    write_files(folder, done.files, force=force)
    console.problems(log)
    admitted = sum(bool(record.contradictions) for record in done.records)
    if as_json:
        console.emit(
            {
                "records": [record.id for record in done.records],
                "figures": len(results),
                "admitted": admitted,
                "files": [str(folder / name) for name in done.files],
            }
        )
        return
    console.out(f"{len(results)} figures in {len(done.records)} records, {admitted} with a contradiction")
    for name in done.files:
        console.out(str(folder / name))
    console.note(options.next_build(chosen))
