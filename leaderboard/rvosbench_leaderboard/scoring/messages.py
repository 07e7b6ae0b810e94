"""What a worker asks of the process that opens ground truth, and what that answers: JSON, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rvosbench_leaderboard.scoring.limits import Limits

DESCRIBE, VALIDATE, SCORE = "describe", "validate", "score"


@dataclass(frozen=True, slots=True)
class Request:
    """`blob` is the file of the submission; `name` what its owner calls it. `processes`: how many may
    score. Paths are resolved: in the cell there are no others."""

    action: str
    data: Path
    dataset: str
    split: str
    protocol: str
    limits: Limits
    blob: Path | None = None
    name: str = ""
    processes: int = 1

    def as_json(self) -> dict[str, Any]:
        values = asdict(self) | {"data": str(self.data), "limits": self.limits.as_json()}
        return values | {"blob": None if self.blob is None else str(self.blob)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Request:
        return cls(
            **{
                **values,
                "data": Path(values["data"]),
                "blob": None if values["blob"] is None else Path(values["blob"]),
                "limits": Limits.from_json(values["limits"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What a track is scored with."""

    dataset_fingerprint: str
    scoring_version: int
    config_hash: str


class ScoringFailed(Exception):
    """A fault of ours: the ground truth is missing or damaged, the process died, a limit was met. The text is
    for organisers alone."""
