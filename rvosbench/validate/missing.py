"""E2: what the split asks for and is not there. Known from names alone; `eval` makes its plan of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, ProblemLog, Severity

if TYPE_CHECKING:
    from rvosbench.predictions.base import Kind, VideoPredictions
    from rvosbench.protocols.base import Protocol, Wanted
    from rvosbench.splits.split import Video

_EXPECTED = {
    "video": "predictions for every video",
    "expression": "predictions for every expression, or annotator, of a video",
    "frame": "a prediction for every scored frame",
}
WRITE = "write a mask for every frame, an empty one where nothing is meant"


@dataclass(frozen=True, slots=True)
class Absent:
    """Of one video. `asked` and `missing` count frames; `expressions` are those of which something is
    missing, `whole` says that nothing of the video is there."""

    asked: int
    missing: int
    expressions: int
    whole: bool


def wanted_of(video: Video, kind: Kind, protocols: Sequence[Protocol]) -> list[Wanted]:
    """What all protocols want of a video, each thing once."""
    every = [one for protocol in protocols for one in protocol.wanted(video, kind)]
    return list(dict.fromkeys(every))


def missing_predictions(
    video: Video,
    wanted: Sequence[Wanted],
    predictions: VideoPredictions,
    severity: Severity,
    fix: str,
    log: ProblemLog,
) -> Absent:
    """A video, an expression or single frames of it, whichever says it in the fewest words."""
    absent = [_absent(video, one, predictions) for one in wanted]
    asked, missing = sum(len(one.frames) for one in wanted), sum(map(len, absent))
    whole = 0 < missing == asked
    if whole:
        _report("video", video.name, f"nothing of it, where {asked} frames are asked for", severity, fix, log)
    elif missing:
        for one, stems in zip(wanted, absent, strict=True):
            if len(stems) == len(one.frames) > 0:
                _report("expression", one.name, f"none of its {len(stems)} frames", severity, fix, log)
            else:
                for stem in stems:
                    _report("frame", f"{one.name}/{stem}", "nothing", severity, fix, log)
    return Absent(asked, missing, sum(map(bool, absent)), whole)


def _absent(video: Video, wanted: Wanted, predictions: VideoPredictions) -> list[str]:
    stems = [video.frames[frame] for frame in wanted.frames]
    if wanted.annotator is not None:
        return predictions.absent_labels(wanted.annotator, stems)
    return predictions.absent(wanted.expression or "", stems)


def _report(kind: str, where: str, found: str, severity: Severity, fix: str, log: ProblemLog) -> None:
    log.add(Code.MISSING_PREDICTION, where, expected=_EXPECTED[kind], found=found, fix=fix, severity=severity)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """What is missing as a whole first."""
    order = {expected: place for place, expected in enumerate(_EXPECTED.values())}
    return sorted(problems, key=lambda problem: order.get(problem.expected, len(order)))
