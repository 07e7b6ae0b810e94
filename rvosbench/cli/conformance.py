"""`rvosbench conformance`"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvosbench.conformance.case import Case
    from rvosbench.conformance.pack import Pack
    from rvosbench.conformance.run import Report
    from rvosbench.conformance.scorer import Scorer


def conformance(
    scorer: Annotated[
        str | None,
        typer.Option(
            metavar="CMD",
            help="A command with {submission}, {truth} and the like in it. Default: eval and validate.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the pack to this new folder; without --scorer nothing is run.", show_default=False
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GROUP|CASE",
            help="Only these groups or cases; may be given several times.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for each case.")] = 60.0,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Cases at the same time. Default: one per core.", show_default=False),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Run a pack of odd, broken and hostile submissions, each with one right answer, against a scorer.

    Every case runs in a process of its own. A crash, a hang, a wrong score and a submission that is accepted
    although it must be refused are told apart. Exits with 1 if any case disagrees.

    Example: rvosbench conformance --scorer "python adapter.py {submission} {truth} {form}"
    """
    from rvosbench.conformance.catalogue import every_case
    from rvosbench.conformance.material import gather
    from rvosbench.conformance.pack import write
    from rvosbench.conformance.run import chosen

    material = gather()
    cases = chosen(every_case(material), only or [])
    with tempfile.TemporaryDirectory(prefix="rvosbench-conformance-") as scratch:
        pack = write(out or Path(scratch) / "pack", material, cases)
        if out is not None and scorer is None:
            _say_written(pack, as_json=as_json)
            return
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        reports = _run(_scorers(scorer, pack, Path(scratch), timeout), pack, cases, workers or cores)
    if as_json:
        console.emit({"reports": [report.as_json() for report in reports]})
    else:
        for report in reports:
            _show(report)
    if any(report.disagreements for report in reports):
        raise typer.Exit(1)


def _scorers(command: str | None, pack: Pack, scratch: Path, timeout: float) -> list[Scorer]:
    from rvosbench.conformance.ours import Eval, Validate, convert_all
    from rvosbench.conformance.scorer import CommandScorer

    if command is not None:
        return [CommandScorer(command, timeout)]
    data = scratch / "data"
    convert_all(pack, data, console.progress())
    return [Eval(data, timeout), Validate(data, timeout)]


def _run(scorers: Sequence[Scorer], pack: Pack, cases: Sequence[Case], workers: int) -> list[Report]:
    from rvosbench.conformance.run import run_pack

    progress = console.progress()
    return [run_pack(pack, scorer, cases, workers=workers, progress=progress) for scorer in scorers]


def _say_written(pack: Pack, *, as_json: bool) -> None:
    from rvosbench.conformance.catalogue import VERSION
    from rvosbench.conformance.pack import MANIFEST

    if as_json:
        console.emit({"folder": str(pack.folder), "version": VERSION, "cases": len(pack.cases)})
        return
    console.out(f"{len(pack.cases)} cases of version {VERSION} in {pack.folder}")
    console.note(f"Next: read {pack.folder / MANIFEST}, or run a scorer with --scorer")


def _show(report: Report) -> None:
    """A line for each group with what came of it, then every disagreement."""
    from rvosbench.conformance.judge import Outcome

    groups = report.by_group()
    seen = [outcome for outcome in Outcome if any(outcome in counts for counts in groups.values())]
    total = [sum(counts[outcome] for counts in groups.values()) for outcome in seen]
    rows = [
        (report.scorer[:60], "cases", *(outcome.value for outcome in seen)),
        *((group, counts.total(), *(counts[one] for one in seen)) for group, counts in groups.items()),
        ("in all", len(report.trials), *total),
    ]
    console.out(console.table(rows))
    console.out()
    for trial in report.disagreements:
        console.out(f"{trial.case.id}: {trial.finding.outcome}: {trial.finding.detail}")
        console.out(f"    {trial.case.title}. {trial.case.answer.rule} ({trial.case.answer.page})")
    if report.disagreements:
        console.out()
