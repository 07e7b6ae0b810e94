"""`rvosbench leaderboard floors`: what published figures are measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench_leaderboard.commands import leaderboard_options as options
from rvosbench_leaderboard.commands.leaderboard_files import require_whole, tried, write_files

if TYPE_CHECKING:
    from rvosbench_leaderboard.records.model import Record


def floors(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET[:SPLIT]", help="A converted split, such as mevis-v1:valid_u.")
    ],
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Another protocol than the dataset's own, for its board.", show_default=False
        ),
    ] = None,
    records: options.OWN_RECORDS = None,
    data: DATA = None,
    force: options.FORCE = False,
    as_json: JSON = False,
) -> None:
    """Put all floors and ceilings of a split on its board, beside published figures.

    Each is made from the ground truth by `rvosbench floor`, scored, and kept as a record with the step that
    makes it anew. They are never ranked. Those that are there already are left as they are, unless --force is
    given, so a run that was stopped goes on.

    Example: rvosbench leaderboard floors mevis-v1:valid_u
    """
    from rvosbench.protocols import catalogue
    from rvosbench.splits.locate import locate, open_located
    from rvosbench_leaderboard.records.adding import files_of
    from rvosbench_leaderboard.records.measures import made, measures
    from rvosbench_leaderboard.records.where import own_folder

    folder = own_folder(records)
    there = options.read_any(folder)
    located = locate(dataset, data)
    if located.chosen:
        console.note(located.chosen)
    name, split = located.dataset.info.id, open_located(located)
    asked = (catalogue.find(protocol) if protocol else catalogue.default(name)).info.name
    require_whole((name, located.split, asked), split.manifest.counts, there)
    rows, written = [], []
    for bare in measures(name, located.split, asked, there):
        record, new = there.of(bare.id), False
        if record is None or force:
            record, new = made(bare, data, console.progress()), True
            files = files_of(record, there.methods)
            console.problems(tried(folder, files))
            write_files(folder, files, force=force)
        figures = ", ".join(f"{key} {text}" for key, text in list(record.printed.items())[:3])
        rows.append((record.method.name, record.method.kind, record.status, figures))
        written.append(_said(record, new=new))
    if as_json:
        console.emit({"dataset": name, "split": located.split, "protocol": asked, "records": written})
        return
    console.out(console.table(rows))
    old = sum(not one["new"] for one in written)
    console.out(f"{folder}: {len(written) - old} new records, {old} were there already")
    console.note(options.next_build(records))


def _said(record: Record, *, new: bool) -> dict[str, Any]:
    return {
        "record": record.id,
        "new": new,
        "kind": record.method.kind,
        "metrics": dict(record.printed),
        "fingerprint": record.source.fingerprint,
    }
