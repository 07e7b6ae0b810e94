"""`rvosbench stability`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON, PROTOCOL, RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rvosbench.analysis.stability import Distribution


def stability(
    results: RESULTS,
    protocol: PROTOCOL = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw it: .pdf, .svg or .png.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the figure if it is there.")] = False,
    as_json: JSON = False,
) -> None:
    """How steady methods are over time: variance of J and of J&F over the frames, and flicker.

    Variances whose name ends in _present leave out the frames in which the target cannot be seen. All of them
    are shown as distributions over units; less is better.

    Example: rvosbench stability ours=result_a theirs=result_b --plot stability.pdf
    """
    from rvosbench.analysis.opened import open_results
    from rvosbench.analysis.stability import stability_of

    opened = open_results(results, protocol)
    if plot is not None:
        from rvosbench.report.plots import saving

        saving.check_target(plot, force=force, option="--plot")
    found = stability_of(opened)
    if plot is not None:
        from rvosbench.report.plots.letters import FONT, missing
        from rvosbench.report.plots.stability import draw

        figure = draw(opened)
        saving.save(figure, plot, "; ".join(one.result.label for one in opened))
        if boxes := missing(figure):
            console.note(f"{FONT} has no letters for these, which are drawn as boxes: {boxes}")
    if as_json:
        labels = [one.result.label for one in opened]
        console.emit({"results": labels, "distributions": [one.as_json() for one in found]})
        return
    for one in opened:
        console.out(f"{one.name}  {one.result.label}")
    for measure in dict.fromkeys(one.measure for one in found):
        console.out()
        console.out(f"{measure.key}: {measure.name}")
        console.out(console.table(_rows(one for one in found if one.measure is measure)))
    if plot is None:
        again = console.command("stability", *results, protocol=protocol, plot="stability.pdf")
        console.note(f"Next: {again}")
    else:
        over_time = console.command("plot", "over-time", *results, protocol=protocol, out="over-time.pdf")
        console.note(f"Next: open {plot}, or {over_time}")


def _rows(found: Iterable[Distribution]) -> list[tuple[object, ...]]:
    from rvosbench.analysis.stability import QUANTILES

    quantiles = (f"{share:.0%}" for share in QUANTILES)
    rows: list[tuple[object, ...]] = [("", "units", "mean", "95 % interval", *quantiles)]
    for one in found:
        mean = "-" if one.mean is None else f"{one.mean:.4f}"
        interval = f"[{one.interval.low:.4f}, {one.interval.high:.4f}]" if one.interval else "-"
        values = [f"{value:.4f}" for value in one.quantiles] or ["-"] * len(QUANTILES)
        rows.append((one.name, len(one.values), mean, interval, *values))
    return rows
