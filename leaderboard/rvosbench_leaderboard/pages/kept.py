"""Boards that were made, for as long as what they are made of stays the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Lock
from typing import cast

from fastapi import Request

from rvosbench_leaderboard.pages import export
from rvosbench_leaderboard.pages.basis import Basis, EntryMaker, board_of, entry_of
from rvosbench_leaderboard.pages.board import Board
from rvosbench_leaderboard.pages.visitors import Made

MOST = 20_000  # entries of all boards that are kept, unless one alone has more; 10,000 take 28 MB


@dataclass
class KeptBoard:
    basis: Basis
    board: Board

    @cached_property
    def json(self) -> Made:
        return Made.of(export.as_json_text(self.board, self.basis.title))


@dataclass
class KeptBoards:
    """One of each phase. What it was made of is compared with what the tables hold now, value by value: so
    nothing has to be told that a board has changed, and none is ever older than what was read. Entries that
    are the same go over to the next board."""

    most: int = MOST
    _kept: dict[str, KeptBoard] = field(default_factory=dict)
    _making: Lock = field(default_factory=Lock)

    @cached_property
    def _entry_of(self) -> EntryMaker:
        return lru_cache(self.most)(entry_of)

    def get(self, basis: Basis) -> KeptBoard:
        """Made by one who asks, while others who ask wait for it."""
        with self._making:
            kept = self._kept.pop(basis.phase, None)
            if kept is None or kept.basis != basis:
                kept = KeptBoard(basis, board_of(basis, self._entry_of))
            self._kept[basis.phase] = kept  # the last one asked for is the last one to go
            self._make_room()
        return kept

    def _make_room(self) -> None:
        entries = sum(len(one.basis.rows) for one in self._kept.values())
        while entries > self.most and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            entries -= len(self._kept.pop(oldest).basis.rows)


def kept_boards(request: Request) -> KeptBoards:
    return cast(KeptBoards, request.app.state.boards)
