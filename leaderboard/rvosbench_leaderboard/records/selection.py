"""Which records an export is about: a board, a table as it was printed, or single ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_leaderboard.records.model import Record, Records
from rvosbench_leaderboard.records.verifying import unknown


def selected(
    records: Records, board: str | None, table: str | None, ids: Sequence[str]
) -> tuple[Record, ...]:
    """All that are on a board or state facts, if nothing is named. `table` is the path of a file, without its
    ending; `board` is DATASET:SPLIT or DATASET:SPLIT:PROTOCOL."""
    if sum(map(bool, (board, table, ids))) > 1:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--board, --table and RECORD",
                expected="at most one of them",
                found="several",
                fix="leave the others out",
            )
        )
    if board:
        return of_board(records, board)
    if table:
        return of_table(records, table)
    if ids:
        return tuple(one_of(records, name) for name in ids)
    return records.records


def one_of(records: Records, name: str) -> Record:
    record = records.of(name)
    if record is None:
        raise unknown(name, [one.id for one in records.records])
    return record


def of_board(records: Records, name: str) -> tuple[Record, ...]:
    boards = records.by_board()
    fitting = [key for key in boards if name in (":".join(key), ":".join(key[:2]))]
    if not fitting:
        raise unknown(name, [":".join(key) for key in boards], "board")
    if len(fitting) > 1:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                name,
                expected="one board: figures of several protocols never share a table",
                found=", ".join(":".join(key) for key in fitting),
                fix="name the protocol, too",
            )
        )
    return tuple(boards[fitting[0]])


def of_table(records: Records, name: str) -> tuple[Record, ...]:
    """In the order of the printed rows."""
    wanted = name.removesuffix(".toml")
    found = [one for one in records.records if one.file.removesuffix(".toml") == wanted]
    if not found:
        files = dict.fromkeys(one.file for one in records.records)
        raise unknown(name, [str(PurePosixPath(file).with_suffix("")) for file in files], "table")
    return tuple(sorted(found, key=lambda one: one.source.row or 0))
