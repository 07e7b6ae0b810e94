"""Whether a result is of the data that a board is about: figures of other data never share its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.records.model import BoardKey, Record


def check_whole(board: BoardKey, counts: Mapping[str, int], there: Iterable[Record], log: ProblemLog) -> None:
    """That a split has as many videos and sentences as its authors published, wherever its figures would
    stand beside published ones. A folder of records without these may hold results on any part of it."""
    beside = _published(there).get(board)
    if beside is None:
        return
    for name, expected in _counts(board).items():
        if counts.get(name, expected) != expected:
            log.add(
                Code.COUNTS_DIFFER,
                ":".join(board[:2]),
                expected=f"{expected:,} {name}, since the board has published figures, as of {beside.id}",
                found=f"{counts[name]:,}",
                fix="convert the whole release, or keep the record in a folder of its own with --records",
            )


def check_videos(own: Iterable[Record], every: Iterable[Record], log: ProblemLog) -> None:
    """The same of records that are there: as far as they keep the scores of their videos."""
    published = _published(every)
    for record in own:
        beside = published.get(record.board) if record.board else None
        expected = _counts(record.board).get("videos") if record.board and beside else None
        if beside and expected and record.videos and len(record.videos) != expected:
            log.add(
                Code.RECORD_CONTRADICTORY,
                f"{record.file}: {record.id}",
                expected=f"{expected:,} videos, since the board has published figures, as of {beside.id}",
                found=f"{len(record.videos):,}",
                fix="keep results on a part of the split in a folder of their own",
            )


def _published(records: Iterable[Record]) -> dict[BoardKey, Record]:
    """A record of each board whose figures somebody else scored, on the whole release."""
    return {one.board: one for one in records if one.board and one.source.data is None and not one.videos}


def _counts(board: BoardKey) -> Mapping[str, int]:
    from rvosbench.datasets import base

    dataset, split, _ = board
    return base.find(dataset).info.published.get(split, {}) if dataset in base.names() else {}


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
