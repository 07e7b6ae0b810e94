"""What an evaluation scores: decided by the dataset alone, before any pixel of a prediction is read.

Predictions only say what is missing. Nothing that is missing ever falls out of a mean: either the run is
refused, or it scores zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.errors import (
    Code,
    DatasetError,
    PredictionsRefused,
    Problem,
    ProblemLog,
    Severity,
    UsageError,
)
from rvosbench.protocols.base import Protocol, Wanted
from rvosbench.validate.missing import WRITE, in_order, missing_predictions, wanted_of

if TYPE_CHECKING:
    from rvosbench.predictions.base import Predictions, VideoPredictions
    from rvosbench.splits.split import Split, Video


@dataclass(frozen=True, slots=True)
class VideoTask:
    """One video: `place` is its number in the split, `asked` counts predicted frames that must be there,
    `missing` those that are not, and `problems` say which."""

    video: str
    place: int
    frames: tuple[int, ...]
    asked: int
    missing: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Shard:
    """Every `count`-th video, beginning with the `index`-th, counted from 1."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        index, _, count = text.partition("/")
        if index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count):
            return cls(int(index), int(count))
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path="--shard",
                expected="i/n with 1 <= i <= n, such as 2/3",
                found=text,
                fix="give each of n machines another i",
            )
        )

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def check_ground_truth(split: Split) -> None:
    """That there is something to score against."""
    about = split.manifest
    log = ProblemLog()
    if not about.ground_truth:
        log.add(
            Code.NO_GROUND_TRUTH,
            f"{about.dataset}:{about.split}",
            expected="a split with ground truth",
            found="the release hides the masks of this split",
            fix="score another split, or hand the predictions in at the server of the benchmark",
        )
    else:
        for expression in split.expressions:
            if expression.objects is None:
                log.add(
                    Code.NO_GROUND_TRUTH,
                    f"{expression.video.name}, expression {expression.name}",
                    expected="expressions whose objects are known",
                    found="the release does not say which object is meant",
                    fix="convert again with --expressions FILE, which says so",
                )
    if log.has_errors:
        raise DatasetError(*log)


def check_obstacles(split: Split, protocols: Iterable[Protocol]) -> None:
    """That the protocols can be applied to this split."""
    obstacles = [obstacle for one in protocols if (obstacle := one.obstacle(split)) is not None]
    if obstacles:
        raise DatasetError(*obstacles)


def make_plan(
    split: Split,
    predictions: Predictions,
    protocols: Sequence[Protocol],
    *,
    zero_missing: bool,
    shard: Shard | None = None,
) -> list[VideoTask]:
    """The videos in the order of the split. Raises PredictionsRefused with everything that is missing, unless
    it is to score zero."""
    names = list(split.videos)
    places = range(len(names)) if shard is None else range(shard.index - 1, len(names), shard.count)
    strict = [protocol.info.name for protocol in protocols if not protocol.info.missing_allowed]
    allowed = zero_missing and not strict
    severity = Severity.WARNING if allowed else Severity.ERROR
    fix = _fix(strict, allowed=allowed)
    tasks = []
    for place in places:
        video = split.videos[names[place]]
        wanted = wanted_of(video, predictions.kind, protocols)
        tasks.append(_task(video, place, wanted, predictions.of_video(video.name), severity, fix))
    if not allowed:
        log = ProblemLog()
        for task in tasks:
            log.include(task.problems)
        if log.has_errors:
            raise PredictionsRefused(*in_order(log))
    return tasks


def _task(
    video: Video,
    place: int,
    wanted: Sequence[Wanted],
    predictions: VideoPredictions,
    severity: Severity,
    fix: str,
) -> VideoTask:
    log = ProblemLog()
    absent = missing_predictions(video, wanted, predictions, severity, fix, log)
    frames = tuple(sorted({frame for one in wanted for frame in one.frames}))
    return VideoTask(video.name, place, frames, absent.asked, absent.missing, tuple(log))


def _fix(strict: Sequence[str], *, allowed: bool) -> str:
    if allowed:
        return "nothing to do: what is missing scores 0, as asked for; a paper should say so"
    if strict:
        return f"{WRITE}; the protocol {strict[0]} needs every sample"
    return f"{WRITE}; with --missing zero what is missing scores 0"
