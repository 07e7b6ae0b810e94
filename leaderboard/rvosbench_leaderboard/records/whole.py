"""Whether a result is of the data that a board is about: figures of other data never share its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.records.model import BoardKey, Record


def check_whole(board: BoardKey, counts: Mapping[str, int], there: Iterable[Record], log: ProblemLog) -> None:
    """That a split has as many videos and sentences as its authors published, wherever its figures would
    stand beside published ones. A folder of records without these may hold results on any part of it."""
    from rvosbench.datasets import base

    dataset, split, _ = board
    published = next((one for one in there if one.board == board and one.source.data is None), None)
    if published is None or dataset not in base.names():
        return
    for name, expected in base.find(dataset).info.published.get(split, {}).items():
        if counts.get(name, expected) != expected:
            log.add(
                Code.COUNTS_DIFFER,
                f"{dataset}:{split}",
                expected=f"{expected:,} {name}, since the board has published figures, as of {published.id}",
                found=f"{counts[name]:,}",
                fix="convert the whole release, or keep the record in a folder of its own with --records",
            )


def check_one_conversion(own: Iterable[Record], every: Iterable[Record], log: ProblemLog) -> None:
    """That all scored records of a board are of one conversion of the data: the first of `every` there is."""
    first: dict[BoardKey | None, Record] = {}
    for record in every:
        if record.source.data is not None:
            first.setdefault(record.board, record)
    for record in own:
        other = first.get(record.board)
        if record.board and record.source.data and other and other.source.data != record.source.data:
            log.add(
                Code.RECORD_CONTRADICTORY,
                f"{record.file}: {record.id}",
                expected="one conversion of the data for all scored records of a board",
                found=f"data {record.source.data}, and of {other.id} {other.source.data}",
                fix="find out which of them is of the whole release, and score the other one again",
            )
