"""What training sets are worth on each benchmark: the best score of each pair, never across protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rvosbench_leaderboard.records.model import BoardKey, Record
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.boards import Board


@dataclass(frozen=True, slots=True)
class Best:
    record: Record
    text: str
    rivals: int  # how many records there are beside it


@dataclass(frozen=True, slots=True)
class Transfer:
    """`rows` are training sets with one entry for each board, None where nobody tried."""

    boards: tuple[Board, ...]
    rows: tuple[tuple[str, tuple[Best | None, ...]], ...]


def transfer(boards: Sequence[Board]) -> Transfer:
    """Methods and baselines only, of which the training data is known; trained on most benchmarks first."""
    found: dict[str, dict[BoardKey, list[Record]]] = {}
    for board in boards:
        for row in board.rows:
            one = row.record
            if one.method.kind in ("method", "baseline") and board.headline in one.metrics and not row.again:
                name = figures.training(one)
                if name:
                    found.setdefault(name, {}).setdefault(board.key, []).append(one)
    shown = [board for board in boards if any(board.key in cells for cells in found.values())]
    rows = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return Transfer(
        tuple(shown), tuple((name, tuple(_best(board, cells) for board in shown)) for name, cells in rows)
    )


def _best(board: Board, cells: Mapping[BoardKey, Sequence[Record]]) -> Best | None:
    there = cells.get(board.key)
    if not there:
        return None
    best = min(there, key=lambda one: (-one.metrics[board.headline], one.id))
    return Best(best, figures.printed(best, board.headline), len(there) - 1)
