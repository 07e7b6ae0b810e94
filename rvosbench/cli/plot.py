"""`rvosbench plot`: one command for each kind of figure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, METRIC, PROTOCOL, RESULTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rvosbench.analysis.opened import Opened
    from rvosbench.report.plots.style import Width

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


class Column(StrEnum):
    COLUMN = "column"
    PAGE = "page"


class Counted(StrEnum):
    UNITS = "units"
    FRAMES = "frames"


OUT = Annotated[
    Path,
    typer.Option("--out", metavar="FILE", help="Figure to write: .pdf, .svg or .png.", show_default=False),
]
WIDTH = Annotated[Column, typer.Option("--width", help="A column is 3.3 inches wide, a page 6.9.")]
FORCE = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]
TITLE = Annotated[str | None, typer.Option("--title", help="Above the figure.", show_default=False)]


@app.callback()
def plot() -> None:
    """Draw figures for papers: print-ready, colour-blind safe, the same bytes every time.

    Example: rvosbench plot success ours=result_a theirs=result_b --out success.pdf
    """


@app.command()
def success(
    results: RESULTS,
    out: OUT,
    protocol: PROTOCOL = None,
    metric: METRIC = None,
    of: Annotated[Counted, typer.Option(help="What is counted.")] = Counted.UNITS,
    width: WIDTH = Column.COLUMN,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """The share of units, or of frames, above each threshold; with the area under the curve.

    Example: rvosbench plot success ours=result_a theirs=result_b --out success.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.report.plots import success as kind

    figure = kind.draw(opened, metric=metric, of=kind.Of(of.value), width=_width(width), title=title)
    _finish(figure, out, opened, results, protocol=protocol, as_json=as_json)


@app.command("over-time")
def over_time(
    results: RESULTS,
    out: OUT,
    protocol: PROTOCOL = None,
    metric: METRIC = None,
    width: WIDTH = Column.COLUMN,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """J, or what --metric says, from the first to the last frame; with a band of 95 %.

    Example: rvosbench plot over-time ours=result_a theirs=result_b --out over-time.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.report.plots import over_time as kind

    figure = kind.draw(opened, metric=metric, width=_width(width), title=title)
    _finish(figure, out, opened, results, protocol=protocol, as_json=as_json)


@app.command()
def attributes(
    results: RESULTS,
    out: OUT,
    data: DATA = None,
    protocol: PROTOCOL = None,
    metric: METRIC = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(help="Draw this one alone; can be given several times.", show_default=False),
    ] = None,
    width: WIDTH = Column.PAGE,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """Scores by attribute as bars, with intervals and supports.

    Example: rvosbench plot attributes ours=result_a --attribute size --out attributes.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.analysis.attribute_scores import by_attribute
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.plots import attributes as kind

    found = by_attribute(opened, open_split(opened[0], data), metric, progress=console.progress())
    figure = kind.draw(found, only=attribute or (), width=_width(width), title=title)
    _finish(figure, out, opened, results, protocol=protocol, data=data, as_json=as_json)


@app.command()
def scatter(
    results: RESULTS,
    out: OUT,
    protocol: PROTOCOL = None,
    metric: METRIC = None,
    width: WIDTH = Column.COLUMN,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """Two methods against each other, one point for each video; with the difference and its interval.

    Example: rvosbench plot scatter ours=result_a theirs=result_b --out scatter.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.report.plots import scatter as kind

    figure = kind.draw(opened, metric=metric, width=_width(width), title=title)
    _finish(figure, out, opened, results, protocol=protocol, as_json=as_json)


@app.command("trade-off")
def trade_off(
    out: OUT,
    results: Annotated[
        list[str] | None,
        typer.Argument(metavar="RESULT...", help="Folders that `eval --out` wrote, or NAME=FOLDER."),
    ] = None,
    protocol: PROTOCOL = None,
    metric: Annotated[str, typer.Option(help="A figure of the results.")] = "J&F",
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What a method costs; once for each.", show_default=False),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="A table with the columns method, cost and, of methods without a result, score in per cent.",
            show_default=False,
        ),
    ] = None,
    cost_name: Annotated[str, typer.Option(help="What the cost is.")] = "parameters, millions",
    more_is_better: Annotated[
        bool, typer.Option("--more-is-better", help="As of frames per second.")
    ] = False,
    width: WIDTH = Column.COLUMN,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """Score against parameters, speed or memory, with the methods that no other one beats in both.

    Example: rvosbench plot trade-off ours=result_a --at ours=46.9 --costs others.csv --out trade-off.pdf
    """
    opened = _open(results or [], out, protocol, force=force)
    from rvosbench.report.plots import trade_off as kind
    from rvosbench.report.plots.costs import points

    figure = kind.draw(
        points(opened, metric, at or (), costs),
        metric=metric,
        cost=cost_name,
        more_is_better=more_is_better,
        width=_width(width),
        title=title,
    )
    _finish(figure, out, opened, results or [], protocol=protocol, as_json=as_json)


@app.command()
def stability(
    results: RESULTS,
    out: OUT,
    protocol: PROTOCOL = None,
    width: WIDTH = Column.PAGE,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """How steady methods are over time: variance over frames and flicker, as distributions over units.

    Example: rvosbench plot stability ours=result_a theirs=result_b --out stability.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.report.plots import stability as kind

    figure = kind.draw(opened, width=_width(width), title=title)
    _finish(figure, out, opened, results, protocol=protocol, as_json=as_json)


@app.command()
def anatomy(
    results: RESULTS,
    out: OUT,
    data: DATA = None,
    protocol: PROTOCOL = None,
    width: WIDTH = Column.PAGE,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """Where the points went: the score and the kinds of error, one bar for each method.

    Example: rvosbench plot anatomy ours=result_a theirs=result_b --out anatomy.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.analysis.anatomy import dissect
    from rvosbench.analysis.opened import check_same_data
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.plots import anatomy as kind

    check_same_data(opened)
    split = open_split(opened[0], data)
    found = [dissect(one, split, progress=console.progress()) for one in opened]
    figure = kind.draw(found, width=_width(width), title=title)
    _finish(figure, out, opened, results, protocol=protocol, data=data, as_json=as_json)


@app.command()
def strips(
    results: RESULTS,
    out: OUT,
    data: DATA = None,
    protocol: PROTOCOL = None,
    metric: METRIC = None,
    video: Annotated[str | None, typer.Option(help="Of this video.", show_default=False)] = None,
    expression: Annotated[
        str | None, typer.Option(help="This expression, or object of Ref-DAVIS17.", show_default=False)
    ] = None,
    cases: Annotated[int, typer.Option(min=1, max=20, help="How many sentences.")] = 1,
    frames: Annotated[int, typer.Option(min=1, max=20, help="How many frames of each.")] = 5,
    width: WIDTH = Column.PAGE,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """Frames, ground truth and the masks of each method, one below the other.

    Unless --video or --expression says which, the sentences on which the methods differ most; of a single
    method those that it is worst at.

    Example: rvosbench plot strips ours=result_a theirs=result_b --cases 3 --out strips.pdf
    """
    opened = _open(results, out, protocol, force=force)
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.plots import strips as kind
    from rvosbench.report.plots.strip_cases import choose

    split = open_split(opened[0], data)
    chosen = choose(opened, split, video=video, expression=expression, count=cases, metric=metric)
    figure = kind.draw(opened, split, chosen, frames=frames, width=_width(width), title=title)
    shown = [{"video": case.video, "expression": case.name, "text": case.text} for case in chosen]
    _finish(figure, out, opened, results, protocol=protocol, data=data, as_json=as_json, cases=shown)


@app.command()
def tokens(
    tracks: Annotated[
        list[Path],
        typer.Argument(
            metavar="TRACKS...", help="Tables that `rvosbench baseline tracks` wrote, of one split."
        ),
    ],
    out: OUT,
    bins: Annotated[int, typer.Option(min=1, max=50, help="Parts of the axis of mIoU.")] = 10,
    width: WIDTH = Column.COLUMN,
    title: TITLE = None,
    force: FORCE = False,
    as_json: JSON = False,
) -> None:
    """How alike the object tokens of two tracks are, against the mIoU of their masks, as SOLA's authors ask.

    Example: rvosbench plot tokens tracks/mevis-v1/valid_u/grid.parquet --out tokens.pdf
    """
    from rvosbench.analysis.token_likeness import compare
    from rvosbench.report.plots import tokens as kind
    from rvosbench.report.plots.saving import check_target, save

    check_target(out, force=force)
    found = compare(tracks, console.progress())
    figure = kind.draw(found, bins=bins, width=_width(width), title=title)
    save(figure, out, ", ".join(path.name for path in tracks))
    table = [
        {
            "from": one.low,
            "to": one.high,
            "pairs": len(one.likeness),
            "mean": one.mean,
            "variance": one.variance,
        }
        for one in found.bins(bins)
    ]
    if as_json:
        pairs = {"videos": found.videos, "pairs": len(found.pairs), "never_seen_together": found.apart}
        console.emit({"file": str(out), **pairs, "bins": table})
        return
    rows = [("mIoU", "pairs", "mean cosine", "variance")]
    for one in found.bins(bins):
        figures = ("-", "-") if one.mean is None else (f"{one.mean:.3f}", f"{one.variance:.3f}")
        rows.append((f"{one.low:.2f} to {one.high:.2f}", f"{len(one.likeness):,}", *figures))
    console.out(console.table(rows))
    console.out(str(out))
    console.note(f"{found.videos:,} videos; {found.apart:,} pairs are never seen in one frame and left out")


def _width(width: Column) -> Width:
    from rvosbench.report.plots.style import Width

    return Width(width.value)


def _open(results: Sequence[str], out: Path, protocol: str | None, *, force: bool) -> tuple[Opened, ...]:
    """What is wrong with --out is said before any work."""
    from rvosbench.analysis.opened import open_results
    from rvosbench.report.plots.saving import check_target

    check_target(out, force=force)
    return open_results(results, protocol)


def _finish(
    figure: Figure,
    out: Path,
    opened: Sequence[Opened],
    results: Sequence[str],
    *,
    protocol: str | None,
    data: Path | None = None,
    as_json: bool,
    **more: list[dict[str, str]],
) -> None:
    from rvosbench.report.plots.letters import FONT, missing
    from rvosbench.report.plots.saving import save

    labels = {one.name: one.result.label for one in opened}
    save(figure, out, "; ".join(f"{name} {label}" for name, label in labels.items()))
    if boxes := missing(figure):
        console.note(f"{FONT} has no letters for these, which are drawn as boxes: {boxes}")
    if as_json:
        width, height = (round(float(inches), 3) for inches in figure.get_size_inches())
        size = {"width": width, "height": height}
        console.emit({"file": str(out), "inches": size, "results": labels, **more})
        return
    for name, label in labels.items():
        console.out(f"{name}  {label}")
    for case in more.get("cases", ()):
        console.out(f"{case['video']}, {case['expression']}: {case['text']}")
    console.out(str(out))
    given = list(results) or ["RESULT..."]
    if len(given) > 1:
        console.note(f"Next: {console.command('compare', *given, protocol=protocol)}")
    else:
        console.note(f"Next: {console.command('anatomy', *given, protocol=protocol, data=data)}")
