"""What scoring one video comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rvosbench.errors import Problem
from rvosbench.protocols.units import Detection, Unit
from rvosbench.validate.suspicion import Signs


@dataclass(frozen=True, slots=True)
class VideoOutcome:
    """`place` is the number of the video in the split; `asked` counts the predicted frames that must be
    there, `missing` those that were not."""

    video: str
    place: int
    asked: int
    missing: int
    units: tuple[Unit, ...]
    problems: tuple[Problem, ...]
    digests: Mapping[str, bytes] = field(default_factory=dict)  # see evaluate.digests
    signs: tuple[Signs, ...] = ()  # what the rules on suspicious predictions go by

    def as_json(self) -> dict[str, Any]:
        """JSON keeps every bit of a double: Python writes the shortest digits that read back as the same."""
        return {
            "video": self.video,
            "place": self.place,
            "asked": self.asked,
            "missing": self.missing,
            "units": [asdict(unit) for unit in self.units],
            "problems": [problem.as_json() for problem in self.problems],
            "digests": {folder: found.hex() for folder, found in self.digests.items()},
            "signs": [[one.name, one.empty, one.constant, one.exact] for one in self.signs],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> VideoOutcome:
        units = tuple(_unit(unit) for unit in values["units"])
        problems = tuple(Problem.from_json(problem) for problem in values["problems"])
        digests = {folder: bytes.fromhex(found) for folder, found in values["digests"].items()}
        signs = tuple(Signs(*sign) for sign in values["signs"])
        return cls(**{**values, "units": units, "problems": problems, "digests": digests, "signs": signs})

    def without_units(self) -> VideoOutcome:
        """What is neither in the tables of a result nor made from them."""
        return replace(self, units=(), digests={})


def _unit(values: Mapping[str, Any]) -> Unit:
    detections = tuple(Detection(*detection) for detection in values["detections"])
    return Unit(**{**values, "detections": detections})
