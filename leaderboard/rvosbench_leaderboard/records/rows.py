"""Records as single figures, one to a row, as tables of results have them; what `published_results` is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from rvosbench_leaderboard.records.model import Record
from rvosbench_leaderboard.results_table import Result

TRAINABLE, PARAMETERS = "trainable params (M)", "params (M)"


def rows_of(records: Iterable[Record]) -> Iterator[Result]:
    """Every figure, `row` being the place of its record, the first one 1."""
    for place, record in enumerate(records, start=1):
        for metric, value in _figures(record):
            yield Result(
                row=place,
                method=record.method.name,
                venue=record.method.published,
                backbone=record.method.backbone,
                training=record.method.training,
                dataset=record.dataset,
                split=record.split,
                metric=metric,
                value=value,
                source=record.source.paper,
                table=record.source.table or "",
            )


def _figures(record: Record) -> Iterator[tuple[str, Decimal]]:
    for metric, text in record.printed.items():
        yield metric, Decimal(text)
    for metric, count in (
        (TRAINABLE, record.method.trainable),
        (PARAMETERS, record.method.parameters),
    ):
        if count is not None:
            yield metric, millions(count)
    if record.method.fps is not None:
        device = f" ({record.method.device})" if record.method.device else ""
        yield f"FPS{device}", Decimal(repr(record.method.fps))


def millions(count: int) -> Decimal:
    """Without needless digits: 46500000 is 46.5."""
    return Decimal(f"{Decimal(count).scaleb(-6).normalize():f}")
