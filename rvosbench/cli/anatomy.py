"""`rvosbench anatomy`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, FORCE_OUT, JSON, PROTOCOL, RESULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvosbench.analysis.anatomy import Anatomy, Kind

WORST = 3  # sentences that are named for each kind
TEXT = 60  # characters of a sentence


def anatomy(
    results: RESULTS,
    data: DATA = None,
    protocol: PROTOCOL = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write every unit with its shares: .csv or .json.", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes. Default: as many as pay, at most 8.", show_default=False),
    ] = None,
    force: FORCE_OUT = False,
    as_json: JSON = False,
) -> None:
    """Where the points went: 1 - J&F, divided among kinds of errors.

    One kind of error after the other is repaired, and everything is scored again: what a repair gains is the
    share of its kind. Shares add up to 1 - J&F. A second order of repair shows how much the order matters.

    Example: rvosbench anatomy ours=result_a theirs=result_b
    """
    from rvosbench.analysis.anatomy import dissect
    from rvosbench.analysis.anatomy.table import check_suffix, write_units
    from rvosbench.analysis.opened import check_same_data, open_results
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.whole_file import check_new

    if out is not None:
        check_suffix(out)
        check_new(out, force=force)
    opened = open_results(results, protocol)
    check_same_data(opened)
    split = open_split(opened[0], data)
    found = [dissect(one, split, workers=workers, progress=console.progress()) for one in opened]
    if out is not None:
        write_units(out, found)
    if as_json:
        console.emit({"anatomies": [one.as_json(WORST) for one in found]})
        return
    _show(found)
    named = console.command("plot", "anatomy", *results, data=data, protocol=protocol, out="anatomy.pdf")
    console.note(f"Next: {named}")


def _show(found: Sequence[Anatomy]) -> None:
    from rvosbench.analysis.anatomy import KINDS

    for one in found:
        console.out(f"{one.name}  {one.label}")
    console.out()
    console.out(console.table(_rows(found)))
    console.out()
    console.out("% of 1, with 95 % intervals; 2nd: by the other order; leads: units in which it costs most")
    _say_what_is_not_annotated(found[0])
    for one in found:
        examples = [line for kind in KINDS if kind.id in one.leading for line in _examples(one, kind)]
        if examples:
            console.out()
            console.out(f"{one.name}: the units that lose most by each kind")
            console.out(console.table(examples))


def _rows(found: Sequence[Anatomy]) -> list[tuple[object, ...]]:
    from rvosbench.analysis.anatomy import KINDS

    heads = [(one.name, "", "2nd", "leads") for one in found]
    rows: list[tuple[object, ...]] = [("", *(cell for head in heads for cell in head))]
    rows += [
        (kind.title, *(cell for one in found for cell in _cells(one, kind)))
        for kind in KINDS
        if any(one.shares[kind.id] or one.second[kind.id] for one in found)
    ]
    totals = [(f"{100 * one.total:.1f}", "", f"{100 * one.total:.1f}", len(one.parts)) for one in found]
    rows.append((f"1 - {found[0].measure}", *(cell for total in totals for cell in total)))
    return rows


def _cells(one: Anatomy, kind: Kind) -> tuple[object, ...]:
    interval = one.intervals[kind.id]
    shown = "" if interval is None else f"[{100 * interval.low:z.1f}, {100 * interval.high:z.1f}]"
    share, second = f"{100 * one.shares[kind.id]:z.1f}", f"{100 * one.second[kind.id]:z.1f}"
    return (share, shown, second, one.leading.get(kind.id, 0))


def _examples(one: Anatomy, kind: Kind) -> list[tuple[Any, ...]]:
    rows = []
    for number, part in enumerate(one.worst(kind.id, WORST)):
        video, unit = part.key
        text = part.text if len(part.text) <= TEXT else part.text[: TEXT - 3] + "..."
        share = f"{100 * part.found.shares[kind.id]:z.1f}"
        rows.append(("" if number else kind.title, f"{video} {unit}", share, text))
    return rows


def _say_what_is_not_annotated(one: Anatomy) -> None:
    """Without other objects there are no wrong ones."""
    if one.with_others < len(one.parts):
        without = len(one.parts) - one.with_others
        console.note(
            f"In the videos of {without:,} of {len(one.parts):,} units nothing but the targets is annotated: "
            "there, a wrong object cannot be told from drift, nor an extra one from an inaccurate boundary."
        )
