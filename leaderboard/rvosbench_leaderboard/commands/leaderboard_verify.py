"""`rvosbench leaderboard verify` and `reproduce`: do records hold?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench_leaderboard.commands import leaderboard_options as options

if TYPE_CHECKING:
    from rvosbench.errors import ProblemLog


def verify(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[TABLE.csv|FOLDER|RECORD]",
            help="A table of results, a folder of records, or one record. Default: all records.",
            show_default=False,
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PREDS]",
            help="Predictions to score again for the record, in any form that `eval` reads.",
            show_default=False,
        ),
    ] = None,
    records: options.RECORDS = None,
    data: DATA = None,
    as_json: JSON = False,
) -> None:
    """Check results against themselves, and a record against its predictions.

    A table of results, in CSV: form, scale, range, J&F = (J + F) / 2, and figures given twice. The columns
    are method, venue, backbone, training, dataset, split, metric, value, source and table, with values as
    printed.

    Records: the same, and that scored ones agree with the scores of their videos, their intervals and the
    units that are kept. What a source printed in contradiction must be admitted by its record.

    A record with predictions: they are scored again; figures, intervals, scores of videos, fingerprint and
    the hash of the predictions must be those of the record. The exit code is 1 if anything is not.

    Example: rvosbench leaderboard verify scored-largest-sample-valid largest.parquet
    """
    if predictions is not None and what is not None:
        _verify_predictions(what, predictions, records, data, as_json=as_json)
    elif what is not None and Path(what).suffix.lower() == ".csv":
        _verify_table(Path(what), as_json=as_json)
    elif what is not None and not Path(what).is_dir():
        _verify_records(records, what, as_json=as_json)
    else:
        _verify_records(Path(what) if what else records, None, as_json=as_json)


def _verify_table(table: Path, *, as_json: bool) -> None:
    from rvosbench.datasets import base
    from rvosbench.errors import ProblemLog
    from rvosbench_leaderboard.consistency import check
    from rvosbench_leaderboard.results_table import read_results

    log = ProblemLog()
    results = read_results(table, log)
    check(results, base.names(), table.name, log)
    document = {"table": str(table), "results": len(results), "consistent": not len(log)}
    _say(log, document, f"{table}: {len(results)} results, no contradiction", as_json=as_json)


def _verify_records(chosen: Path | None, name: str | None, *, as_json: bool) -> None:
    from rvosbench.errors import ProblemLog, UsageError
    from rvosbench_leaderboard.records.checks import check_admitted, check_places
    from rvosbench_leaderboard.records.known import check_metrics
    from rvosbench_leaderboard.records.reading import read_records
    from rvosbench_leaderboard.records.selection import one_of
    from rvosbench_leaderboard.records.verifying import check_scored
    from rvosbench_leaderboard.records.where import records_folder
    from rvosbench_leaderboard.records.whole import check_one_conversion, check_videos

    folder = records_folder(chosen)
    found = read_records(folder)
    log = ProblemLog()
    log.include(found.problems)
    if not found.records and not log.has_errors:
        raise UsageError(options.no_records(folder))
    own = found.records if name is None else (one_of(found, name),)
    check_places(own, log)
    check_metrics(own, log)
    check_admitted(own, log)
    check_scored(own, folder, log)
    check_one_conversion(own, found.records, log)
    check_videos(own, found.records, log)
    admitted = sum(bool(one.contradictions) for one in own)
    document = {
        "records": len(own),
        "figures": sum(len(one.metrics) for one in own),
        "admitted": admitted,
        "consistent": not log.has_errors,
    }
    if name is None:
        said = f"{len(own)} record{'s hold' if len(own) != 1 else ' holds'}, "
        said += f"{admitted} of them with a contradiction as it was printed"
    else:
        said = f"{name} holds{', with a contradiction as it was printed' if admitted else ''}"
    _say(log, document, said, as_json=as_json)


def _verify_predictions(
    name: str, predictions: Path, chosen: Path | None, data: Path | None, *, as_json: bool
) -> None:
    from rvosbench.errors import ProblemLog
    from rvosbench_leaderboard.records.selection import one_of
    from rvosbench_leaderboard.records.verifying import (
        add_differences,
        differences,
        require_board,
        score_again,
    )
    from rvosbench_leaderboard.records.where import records_folder

    record = one_of(options.read(records_folder(chosen)), name)
    require_board(record)
    where = f"{record.dataset}:{record.split}"
    again = score_again(predictions, where, data, record.protocol, console.progress())
    found, log = list(differences(record, again)), ProblemLog()
    add_differences(record, found, log)
    document = {
        "record": record.id,
        "holds": not log.has_errors,
        "fingerprint": again.fingerprint,
        "predictions_sha256": again.predictions,
        "metrics": dict(again.printed),
        "differences": [{"what": one.what, "record": one.said, "found": one.found} for one in found],
    }
    _say(
        log,
        document,
        f"{record.id} holds: {_claims(record.printed, record.source.fingerprint)}",
        as_json=as_json,
    )


def reproduce(
    name: Annotated[
        str, typer.Argument(metavar="RECORD", help="The id of a record that says how it was made.")
    ],
    records: options.RECORDS = None,
    data: DATA = None,
    as_json: JSON = False,
) -> None:
    """Make the predictions of a record anew, in a temporary folder, and score them.

    A floor, a ceiling or a baseline that was made with rvosbench keeps its commands in the record. Only
    commands that make data and predictions are run. A figure that was only printed is refused: nobody can
    make it anew.

    Example: rvosbench leaderboard reproduce scored-largest-sample-valid
    """
    from rvosbench.errors import ProblemLog
    from rvosbench_leaderboard.records import reproducing
    from rvosbench_leaderboard.records.selection import one_of
    from rvosbench_leaderboard.records.verifying import add_differences, differences
    from rvosbench_leaderboard.records.where import records_folder

    record = one_of(options.read(records_folder(records)), name)
    again = reproducing.reproduce(record, data, console.progress())
    found, log = list(differences(record, again)), ProblemLog()
    add_differences(record, found, log)
    document = {
        "record": record.id,
        "reproduced": not log.has_errors,
        "steps": list(record.steps),
        "fingerprint": again.fingerprint,
        "metrics": dict(again.printed),
        "differences": [{"what": one.what, "record": one.said, "found": one.found} for one in found],
    }
    said = f"{record.id} was made anew and is the same: {_claims(record.printed, record.source.fingerprint)}"
    _say(log, document, said, as_json=as_json)


def _claims(printed: Mapping[str, str], fingerprint: str | None) -> str:
    figures = ", ".join(f"{key} {text}" for key, text in printed.items())
    return f"{figures}; fingerprint {fingerprint[:8]}" if fingerprint else figures


def _say(log: ProblemLog, document: Mapping[str, object], said: str, *, as_json: bool) -> None:
    console.problems(log)
    if as_json:
        console.emit({**document, "problems": [problem.as_json() for problem in log]})
    elif not log.has_errors:
        console.out(said)
    if log.has_errors:
        raise typer.Exit(1)
