"""Charts of a board as coordinates, each with the same content as a table. Templates draw them as SVG, so
they need no script; nothing in them is read off a printed figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rvosbench_leaderboard.records.model import Record
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.boards import Board
from rvosbench_leaderboard.site.facts import Facts, Known
from rvosbench_leaderboard.site.scales import Label, Scale, labels, linear, logarithmic

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 52, 700, 14, 296
_DOT, _LARGEST = 4.5, 34.0  # pixels of radius: of what has no area to show, and of the largest area
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Circle:
    """`hollow` where no area stands for anything."""

    x: float
    y: float
    radius: float
    title: str
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    about: str
    x_title: str
    y_title: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    circles: tuple[Circle, ...]
    path: tuple[tuple[float, float], ...]
    labels: tuple[Label, ...]
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def charts_of(board: Board, facts: Facts) -> tuple[Chart, ...]:
    """Those for which there are at least two points."""
    found = (history(board), size(board, facts), speed(board, facts))
    return tuple(chart for chart in found if chart is not None)


def history(board: Board) -> Chart | None:
    """Every method over the years, and the best score so far as a line."""
    dated = [(year, one) for one in _competing(board) if (year := figures.year(one)) is not None]
    if len({year for year, _ in dated}) < 2:
        return None
    dated.sort(key=lambda pair: (pair[0], pair[1].metrics[board.headline], pair[1].id))
    years = [year for year, _ in dated]
    x = Scale(min(years) - 0.5, max(years) + 0.8, LEFT, RIGHT)
    y = linear([_score(one, board) for _, one in dated], BOTTOM, TOP)
    best: dict[int, Record] = {}  # of each year that has a new one
    for year, one in dated:
        if _score(one, board) > max((_score(other, board) for other in best.values()), default=-1.0):
            best[year] = one
    path, height = [], None
    for year, one in best.items():
        if height is not None:
            path.append((x(year), height))
        height = y(_score(one, board))
        path.append((x(year), height))
    path.append((float(RIGHT), path[-1][1]))
    leaders = [(x(year), y(_score(one, board)), _DOT, one.method.name) for year, one in best.items()]
    shown = labels(leaders, RIGHT + 20, top=TOP - 8, bottom=BOTTOM, above=True)
    return Chart(
        "history",
        "Over the years",
        f"{board.headline} of every method by the year of its paper; the line is the best so far."
        + _undated(board),
        "year",
        board.headline,
        tuple((x(year), str(year)) for year in range(min(years), max(years) + 1)),
        y.ticks(),
        tuple(
            Circle(x(year), y(_score(one, board)), _DOT, f"{_told(one, board)}, {year}")
            for year, one in dated
        ),
        tuple(path),
        shown,
        ("Year", "Best so far", "Method", "Source"),
        tuple(
            (str(year), figures.printed(one, board.headline), _variant(one), figures.source(one))
            for year, one in best.items()
        ),
    )


def _undated(board: Board) -> str:
    names = dict.fromkeys(one.method.name for one in _competing(board) if figures.year(one) is None)
    return f" Not here, since no year of them is known: {', '.join(names)}." if names else ""


def size(board: Board, facts: Facts) -> Chart | None:
    """Score against trainable parameters; the area of a circle is the number of all parameters."""
    there = [(one, known) for one in _competing(board) if (known := facts.known(one, "trainable"))]
    if len(there) < 2:
        return None
    every = {one.id: facts.known(one, "parameters") for one, _ in there}
    most = max((known.value for known in every.values() if known), default=0.0)
    points = []
    for one, known in there:
        whole = every[one.id]
        radius = round(_LARGEST * math.sqrt(whole.value / most), 1) if whole else _DOT
        of = f", of {_millions(whole)}" if whole else ""
        title = f"{_told(one, board)}, {_millions(known)} M trainable{of}"
        points.append(_Point(one, known.value / _MILLION, radius, title, hollow=whole is None))
    x = logarithmic([point.x for point in points], LEFT, RIGHT)
    y = linear([_score(one, board) for one, _ in there], BOTTOM, TOP, margin=0.18)
    return Chart(
        "size",
        "Score against trainable parameters",
        f"{board.headline} against trainable parameters in millions, on a logarithmic axis. The area of a "
        "circle is the number of all parameters; a small ring means that no source tells it. Methods of "
        "which nobody tells or counted the trainable parameters are not here.",
        "trainable parameters, millions",
        board.headline,
        x.ticks(),
        y.ticks(),
        _circles(points, x, y, board),
        (),
        _names(points, x, y, board),
        ("Method", board.headline, "Trainable, M", "Source", "Parameters, M", "Source"),
        tuple(
            (
                _variant(one),
                figures.printed(one, board.headline),
                _millions(known),
                figures.source(known.record),
                _millions(every[one.id]),
                figures.source(whole.record) if (whole := every[one.id]) else "",
            )
            for one, known in there
        ),
    )


def speed(board: Board, facts: Facts) -> Chart | None:
    """Score against frames per second. Where a source tells a method's speed without saying of which row,
    all rows of that method which the same source prints are shown as rings."""
    there = [(one, known) for one in _competing(board) if (known := facts.known(one, "fps"))]
    if len(there) < 2:
        return None
    points = [
        _Point(
            one,
            known.value,
            _DOT,
            f"{_told(one, board)}, {figures.plain(known.value)} frames per second",
            hollow=not known.sure,
        )
        for one, known in there
    ]
    x = linear([0.0, *(point.x for point in points)], LEFT, RIGHT)
    y = linear([_score(one, board) for one, _ in there], BOTTOM, TOP, margin=0.12)
    return Chart(
        "speed",
        "Score against speed",
        f"{board.headline} against frames per second, as printed; only figures of the same device can be "
        "compared. A ring means that the source does not say to which of its rows the speed belongs.",
        "frames per second",
        board.headline,
        x.ticks(),
        y.ticks(),
        _circles(points, x, y, board),
        (),
        _names(points, x, y, board),
        ("Method", board.headline, "Frames per second", "Measured on", "Source of the speed"),
        tuple(
            (
                _variant(one),
                figures.printed(one, board.headline),
                figures.plain(known.value) + ("" if known.sure else " (row not said)"),
                known.record.method.device or "",
                figures.source(known.record),
            )
            for one, known in there
        ),
    )


@dataclass(frozen=True, slots=True)
class _Point:
    record: Record
    x: float
    radius: float
    title: str
    hollow: bool


def _circles(points: Sequence[_Point], x: Scale, y: Scale, board: Board) -> tuple[Circle, ...]:
    """The large ones first, so that they hide no others."""
    ordered = sorted(points, key=lambda one: (-one.radius, one.record.id))
    return tuple(
        Circle(x(one.x), y(_score(one.record, board)), one.radius, one.title, one.hollow) for one in ordered
    )


def _names(points: Sequence[_Point], x: Scale, y: Scale, board: Board) -> tuple[Label, ...]:
    """The best first; a name once where points of one method stand above each other."""
    ordered = sorted(points, key=lambda one: (-_score(one.record, board), one.record.id))
    first: dict[tuple[str, float], _Point] = {}
    for one in ordered:
        first.setdefault((one.record.method.name, one.x), one)
    places = [
        (x(one.x), y(_score(one.record, board)), one.radius, one.record.method.name) for one in first.values()
    ]
    named = {id(one) for one in first.values()}
    others = [one for one in ordered if id(one) not in named]
    blocked = [(x(one.x), y(_score(one.record, board)), one.radius, "") for one in others]
    return labels([*places, *blocked], RIGHT + 20, top=TOP - 8, bottom=BOTTOM)


def _millions(known: Known | None) -> str:
    if known is None:
        return "–"  # noqa: RUF001
    return figures.plain(known.value / _MILLION) + ("" if known.sure else " (row not said)")


def _competing(board: Board) -> list[Record]:
    """All with a score, each once, but floors and ceilings, which know the truth, or nothing."""
    return [
        row.record
        for row in board.rows
        if row.record.method.kind not in ("floor", "ceiling")
        and board.headline in row.record.metrics
        and not row.again
    ]


def _score(record: Record, board: Board) -> float:
    return record.metrics[board.headline]


def _variant(record: Record) -> str:
    parts = (record.method.name, record.method.backbone, figures.training(record))
    return ", ".join(part for part in parts if part)


def _told(record: Record, board: Board) -> str:
    return f"{_variant(record)}: {figures.printed(record, board.headline)}"
