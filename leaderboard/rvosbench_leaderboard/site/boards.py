"""The boards as plain data: which rows, in which order, in which columns. Knows no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rvosbench_leaderboard.pages.board import Cell, Column, competition_ranks
from rvosbench_leaderboard.pages.formats import link
from rvosbench_leaderboard.records.model import BoardKey, Record
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.facts import Facts, Quantity
from rvosbench_leaderboard.site.repeats import repeats
from rvosbench_leaderboard.site.ties import ties

UP = "../"  # from the page of a board to the top of the site
_MILLION = 1e6
_MOST_FIGURES = 5  # columns of them that leave room for everything else
_COSTS: tuple[tuple[Quantity, str], ...] = (
    ("parameters", "Params, M"),
    ("trainable", "Trainable, M"),
    ("fps", "FPS"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the first cells of a row tell."""

    id: str
    method: str
    page: str
    below: str
    badges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`rank` is None of floors, ceilings and baselines, of rows without a score, and of one that is there
    `again`: another record has the same method, backbone and training."""

    record: Record
    entry: Entry
    again: bool
    rank: int | None
    cells: tuple[Cell, ...]
    interval: str
    traits: tuple[tuple[str, str], ...]

    @property
    def competes(self) -> bool:
        return self.record.method.kind == "method" and not self.again


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: the trait of rows that it looks at, and what can be chosen."""

    key: str
    title: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dataset, split and protocol. `metrics` begin with the one that ranks."""

    key: BoardKey
    title: str
    page: str
    metrics: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]
    tied: bool
    gone: tuple[Row, ...] = ()

    @property
    def headline(self) -> str:
        return self.metrics[0]

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(row.record for row in self.rows)

    @property
    def best(self) -> Row | None:
        return next((row for row in self.rows if row.rank == 1), None)


@dataclass(frozen=True, slots=True)
class Pages:
    """Where each page is, from the top of the site."""

    boards: Mapping[BoardKey, str]
    methods: Mapping[str, str]
    records: Mapping[str, str]


def build_board(key: BoardKey, title: str, records: Sequence[Record], facts: Facts, pages: Pages) -> Board:
    metrics = figures.metrics_of(key[2], records)
    headline, usual = metrics[0], {*figures.headline_of(key[2]), metrics[0]}
    again = repeats(records)
    ordered = sorted(
        records,
        key=lambda one: (-one.metrics.get(headline, -1.0), one.id in again, one.method.name, one.id),
    )
    ranked = [one for one in ordered if one.method.kind == "method" and one.id not in again]
    ranks = competition_ranks([_fraction(one, headline) for one in ranked])
    rank_of = {one.id: rank for one, rank in zip(ranked, ranks, strict=True)}
    # Scores of single videos are those of the metric that the protocol names first.
    by_video = headline == figures.headline_of(key[2])[0]
    tied = ties([one for one in ordered if headline in one.metrics]) if by_video else {}
    shown = [Column(one, one, "metric", main=one == headline, extra=one not in usual) for one in metrics]
    crowded = sum(not column.extra for column in shown) > _MOST_FIGURES
    columns = (*shown, *_columns(ordered, facts, with_ties=bool(tied), crowded=crowded))
    rows = tuple(
        Row(
            one,
            _entry(one, pages, again=one.id in again),
            one.id in again,
            rank_of.get(one.id),
            tuple(_cell(one, column, facts, pages, tied) for column in columns),
            figures.interval(one, headline),
            (("row", str(place)), *_traits(one), *((("again", "yes"),) if one.id in again else ())),
        )
        for place, one in enumerate(ordered)
    )
    return Board(
        key,
        title,
        pages.boards[key],
        metrics,
        columns,
        rows,
        _choices([row.traits for row in rows]),
        bool(tied),
    )


def _fraction(record: Record, metric: str) -> float | None:
    value = record.metrics.get(metric)
    return None if value is None else value / 100


def _entry(record: Record, pages: Pages, *, again: bool) -> Entry:
    method = record.method
    badges = (
        *((method.kind,) if method.kind != "method" else ()),
        record.status,
        *(("again",) if again else ()),
        *(("flagged",) if figures.doubts(record) else ()),
    )
    below = " · ".join(part for part in (method.backbone, method.published) if part)
    return Entry(record.id, method.name, f"{UP}{pages.methods[method.id]}", below, badges)


def _columns(
    records: Sequence[Record], facts: Facts, *, with_ties: bool, crowded: bool
) -> tuple[Column, ...]:
    """What stands beside the figures: those in which there is anything. `crowded`: the source must stay in
    sight, and the setting follows from the training."""
    has = partial(figures.any_has, records)
    told = (
        ("training", Column("training", "Trained on", "text"), any(map(figures.training, records))),
        (
            "setting",
            Column("setting", "Setting", "text", extra=crowded),
            any(r.method.setting != "unknown" for r in records),
        ),
        ("backbone", Column("backbone", "Backbone", "text", extra=True), has("backbone")),
        ("text", Column("text-encoder", "Text encoder", "text", extra=True), has("text_encoder")),
        ("year", Column("year", "Year", "number", extra=True), any(figures.year(r) for r in records)),
        *(
            (key, Column(key, head, "number", extra=True), any(facts.known(one, key) for one in records))
            for key, head in _COSTS
        ),
        ("device", Column("device", "Measured on", "text", extra=True), has("device")),
        ("paper", Column("paper", "Paper", "link", extra=True), has("paper")),
        ("code", Column("code", "Code", "link", extra=True), has("code")),
    )
    return (
        *((Column("tie", "Tie", "mark"),) if with_ties else ()),
        *(column for _, column, there in told if there),
        Column("source", "Source", "link"),
        Column("status", "Status", "text", extra=True),
        Column("note", "Note", "text", extra=True),
    )


def _cell(record: Record, column: Column, facts: Facts, pages: Pages, tied: Mapping[str, str]) -> Cell:
    method = record.method
    if column.kind == "metric":
        return Cell(figures.printed(record, column.key), record.metrics.get(column.key))
    if column.key == "year":
        return Cell(str(figures.year(record) or ""), figures.year(record))
    for quantity, _ in _COSTS:
        if column.key == quantity:
            return _cost(record, quantity, facts, pages)
    if column.key == "source":
        text = figures.source(record)
        return Cell(text, text.lower(), f"{UP}{pages.records[record.id]}")
    if column.kind == "link":
        address = method.paper if column.key == "paper" else method.code
        return Cell(column.title if link(address) else address or "", address or "", link(address or ""))
    texts = {
        "tie": tied.get(record.id, ""),
        "training": figures.training(record),
        "setting": "" if method.setting == "unknown" else method.setting,
        "backbone": method.backbone,
        "text-encoder": method.text_encoder,
        "device": method.device or "",
        "status": record.status,
        "note": record.note,
    }
    text = texts[column.key]
    return Cell(text, text.lower())


def _cost(record: Record, quantity: Quantity, facts: Facts, pages: Pages) -> Cell:
    """With a link to its source, if that is another record."""
    found = facts.known(record, quantity)
    if found is None:
        return Cell("")
    value = found.value if quantity == "fps" else found.value / _MILLION
    url = None if found.record is record else f"{UP}{pages.records[found.record.id]}"
    return Cell(figures.plain(value) + ("" if found.sure else "?"), value, url)


def _traits(record: Record) -> tuple[tuple[str, str], ...]:
    year = figures.year(record)
    return (
        ("status", record.status),
        ("setting", record.method.setting),
        ("kind", record.method.kind),
        ("training", figures.training(record)),
        ("year", "" if year is None else str(year)),
    )


def _choices(rows: Sequence[Sequence[tuple[str, str]]]) -> tuple[Choice, ...]:
    """A filter for each trait in which rows differ."""
    titles = {
        "status": "Status",
        "setting": "Setting",
        "kind": "Kind",
        "training": "Trained on",
        "year": "Year",
    }
    found = []
    for key, title in titles.items():
        values = {dict(traits)[key] for traits in rows} - {""}
        if len({dict(traits)[key] for traits in rows}) > 1:
            found.append(Choice(key, title, tuple(sorted(values, reverse=key == "year"))))
    return tuple(found)
