"""Charts of a board as coordinates, each with the same content as a table. Templates draw them as SVG, so
they need no script; nothing in them is read off a printed figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rvosbench_leaderboard.records.model import Record
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.boards import Board
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


def charts_of(board: Board, facts: Sequence[Record]) -> tuple[Chart, ...]:
    """Those for which there are at least two points. `facts` are records that state speeds alone."""
    found = (history(board), size(board), speed(board, facts))
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
    shown = labels(leaders, RIGHT + 20, top=TOP - 8, bottom=BOTTOM)
    return Chart(
        "history",
        "Over the years",
        f"{board.headline} of every method by the year of its paper; the line is the best so far.",
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


def size(board: Board) -> Chart | None:
    """Score against trainable parameters; the area of a circle is the number of all parameters."""
    there = [one for one in _competing(board) if one.method.trainable]
    if len(there) < 2:
        return None
    x = logarithmic([_trainable(one) for one in there], LEFT, RIGHT)
    y = linear([_score(one, board) for one in there], BOTTOM, TOP, margin=0.18)
    most = max((one.method.parameters or 0 for one in there), default=0)
    circles = []
    for one in sorted(there, key=lambda one: (-(one.method.parameters or 0), one.id)):
        every = one.method.parameters
        radius = _DOT if not every else round(_LARGEST * math.sqrt(every / most), 1)
        of = f", of {figures.millions(every)} M" if every else ""
        title = f"{_told(one, board)}, {figures.millions(one.method.trainable)} M trainable{of}"
        circles.append(Circle(x(_trainable(one)), y(_score(one, board)), radius, title, hollow=not every))
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
        tuple(circles),
        (),
        labels(
            [
                (x(_trainable(one)), y(_score(one, board)), _DOT, one.method.name)
                for one in sorted(there, key=lambda one: (-_score(one, board), one.id))
            ],
            RIGHT + 20,
            top=TOP - 8,
            bottom=BOTTOM,
        ),
        ("Method", board.headline, "Trainable, M", "Parameters, M", "Source"),
        tuple(
            (
                _variant(one),
                figures.printed(one, board.headline),
                figures.millions(one.method.trainable),
                figures.millions(one.method.parameters) or "–",  # noqa: RUF001
                figures.source(one),
            )
            for one in there
        ),
    )


@dataclass(frozen=True, slots=True)
class _Speed:
    record: Record
    fps: float
    device: str
    source: str
    sure: bool


def speed(board: Board, facts: Sequence[Record]) -> Chart | None:
    """Score against frames per second. Where a source tells a method's speed without saying of which row,
    all rows of that method which the same source prints are shown as rings."""
    found = []
    for one in _competing(board):
        if one.method.fps:
            found.append(_Speed(one, one.method.fps, one.method.device or "", figures.source(one), sure=True))
            continue
        for fact in facts:
            method = fact.method
            same = method.id == one.method.id and fact.source.paper == one.source.paper
            if method.fps and same and method.backbone in ("", one.method.backbone):
                where, sure = method.device or "", bool(method.backbone)
                found.append(_Speed(one, method.fps, where, figures.source(fact), sure))
    if len(found) < 2:
        return None
    x = linear([0.0, *(one.fps for one in found)], LEFT, RIGHT)
    y = linear([_score(one.record, board) for one in found], BOTTOM, TOP, margin=0.12)
    places = [(x(one.fps), y(_score(one.record, board)), _DOT, one.record.method.name) for one in found]
    return Chart(
        "speed",
        "Score against speed",
        f"{board.headline} against frames per second, as printed; only figures of the same device can be "
        "compared. A ring means that the source does not say to which of its rows the speed belongs.",
        "frames per second",
        board.headline,
        x.ticks(),
        y.ticks(),
        tuple(
            Circle(
                *places[place][:3],
                f"{_told(one.record, board)}, {figures.plain(one.fps)} frames per second",
                hollow=not one.sure,
            )
            for place, one in enumerate(found)
        ),
        (),
        labels(places, RIGHT + 20, top=TOP - 8, bottom=BOTTOM),
        ("Method", board.headline, "Frames per second", "Measured on", "Source of the speed"),
        tuple(
            (
                _variant(one.record),
                figures.printed(one.record, board.headline),
                figures.plain(one.fps) + ("" if one.sure else " (row not said)"),
                one.device,
                one.source,
            )
            for one in found
        ),
    )


def _competing(board: Board) -> list[Record]:
    """Methods and baselines with a score: floors and ceilings know the truth, or nothing."""
    return [
        row.record
        for row in board.rows
        if row.record.method.kind in ("method", "baseline") and board.headline in row.record.metrics
    ]


def _score(record: Record, board: Board) -> float:
    return record.metrics[board.headline]


def _trainable(record: Record) -> float:
    return (record.method.trainable or 0) / _MILLION


def _variant(record: Record) -> str:
    parts = (record.method.name, record.method.backbone, figures.training(record))
    return ", ".join(part for part in parts if part)


def _told(record: Record, board: Board) -> str:
    return f"{_variant(record)}: {figures.printed(record, board.headline)}"
