"""Size and speed of the rows of a board: what the record itself says, else what another source says of the
method. Wherever a figure is shown, its own source is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rvosbench_leaderboard.records.model import Record

Quantity = Literal["parameters", "trainable", "fps"]


@dataclass(frozen=True, slots=True)
class Known:
    """`sure`: whether the source says that it is of this very row, not only of the method."""

    value: float
    record: Record
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Records that stand on no board, by their method."""

    of_method: dict[str, list[Record]]

    @classmethod
    def among(cls, records: Sequence[Record]) -> Facts:
        found: dict[str, list[Record]] = {}
        for one in records:
            if one.board is None:
                found.setdefault(one.method.id, []).append(one)
        return cls(found)

    def known(self, record: Record, quantity: Quantity) -> Known | None:
        own = getattr(record.method, quantity)
        if own:
            return Known(float(own), record)
        there = [
            one
            for one in self.of_method.get(record.method.id, ())
            if getattr(one.method, quantity) is not None
        ]
        mine = record.method.backbone
        for one in there:
            if mine and one.method.backbone == mine:
                return Known(float(getattr(one.method, quantity)), one)
        # Of one backbone only, or of none that is named: it may be of this row, if nothing speaks against it.
        if len(there) != 1 or not _may_be(mine, there[0].method.backbone):
            return None
        if quantity == "fps" and there[0].source.paper != record.source.paper:
            return None
        return Known(float(getattr(there[0].method, quantity)), there[0], sure=False)


def _may_be(mine: str, theirs: str) -> bool:
    return not mine or not theirs or mine.startswith(theirs) or theirs.startswith(mine)
