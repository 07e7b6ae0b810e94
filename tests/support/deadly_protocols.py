"""Protocols that kill the process they run in: what happens to a worker for want of memory, made to order."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.metrics.base import UnitMetric
from rvosbench.predictions.base import Kind
from rvosbench.protocols.base import VideoScorer
from rvosbench.protocols.mevis import Mevis
from rvosbench.splits.split import Video

VICTIM = "cave/deep"
MARKS = "RVOSBENCH_TEST_MARKS"  # a folder in which every attempt leaves a file


def attempts() -> int:
    return len(list(Path(os.environ[MARKS]).iterdir()))


class _Deadly(Mevis):
    deaths = 0

    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer:
        if video.name == VICTIM:
            (Path(os.environ[MARKS]) / str(os.getpid())).touch()
            if attempts() <= self.deaths:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().scorer(video, kind, metrics)


class KilledOnce(_Deadly):
    deaths = 1


class KilledAlways(_Deadly):
    deaths = 1000


class Defective(Mevis):
    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer:
        raise ZeroDivisionError(f"a defect over {video.name}")


class Damaged(Mevis):
    def scorer(self, video: Video, kind: Kind, metrics: Sequence[UnitMetric]) -> VideoScorer:
        raise DatasetError(
            Problem(Code.SPLIT_DAMAGED, video.name, expected="masks", found="none", fix="convert it again")
        )
