"""How tracks are made, with the figures of SOLA's scripts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Prompts(StrEnum):
    GRID = "grid"  # SAM 2's own masks, from a grid of points
    GDINO = "gdino"  # boxes that GroundingDINO finds for each sentence
    GT = "gt"  # the ground truth of a training split


@dataclass(frozen=True, slots=True)
class Settings:
    """`every`: candidates come from every so many frames. `stability` is the least share of a mask that stays
    when its threshold moves, `limit` the most tracks of a video, or of a sentence with GroundingDINO."""

    prompts: Prompts
    every: int | None = None
    stability: float = 0.95
    limit: int = 64
    points: int = 32
    predicted_iou: float = 0.8
    box_nms: float = 0.7
    part: float = 0.7
    box_threshold: float = 0.2
    text_threshold: float = 0.25
    duplicate: float = 0.7

    def frames(self, length: int, split: str) -> range:
        """The frames of a video on which candidates are looked for. Training splits get many of them; of the
        others the authors take two or three, unless GroundingDINO looks."""
        often = split == "train" or self.prompts is Prompts.GDINO
        step = self.every or (4 if often else max(1, length // 2))
        return range(0, length, step)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


DEFAULTS = {
    Prompts.GRID: Settings(Prompts.GRID),
    Prompts.GDINO: Settings(Prompts.GDINO, stability=0.85, limit=16),
    Prompts.GT: Settings(Prompts.GT),
}

LONG = 200  # frames: more, and fewer are followed at a time
AT_A_TIME, AT_A_TIME_IF_LONG = 4, 2


def at_a_time(length: int) -> int:
    return AT_A_TIME_IF_LONG if length > LONG else AT_A_TIME
