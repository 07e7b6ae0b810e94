"""Scores one video by all protocols of a run, in one pass over its pixels. Called in worker processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import ProblemLog
from rvosbench.evaluate.digests import Digests
from rvosbench.evaluate.outcome import VideoOutcome
from rvosbench.evaluate.plan import VideoTask
from rvosbench.evaluate.signs import signs_of
from rvosbench.protocols.base import Protocol
from rvosbench.protocols.stretch import KeptMask, Reading, Stretch
from rvosbench.protocols.units import ScoredUnit
from rvosbench.splits.split import Split, open_folder

if TYPE_CHECKING:
    from rvosbench.metrics.base import UnitMetric
    from rvosbench.predictions.base import VideoPredictions
    from rvosbench.splits.split import Video

_BUDGET = 24 << 20  # bytes of planes that a stretch may hold, beside ground truth
_LONGEST, _SHORTEST = 64, 4  # frames


@dataclass(frozen=True)
class Job:
    """What is the same for all videos of a run; sent once to every worker. `parts` is where the tables of a
    video go; None if they are not wanted."""

    folder: Path
    protocols: tuple[Protocol, ...]
    reading: Reading
    parts: Path | None = None
    opened: Split | None = field(default=None, compare=False)

    @cached_property
    def split(self) -> Split:
        return self.opened or open_folder(self.folder)

    @cached_property
    def metrics(self) -> tuple[tuple[UnitMetric, ...], ...]:
        """Of each protocol."""
        return tuple(protocol.metrics(self.split) for protocol in self.protocols)

    def __getstate__(self) -> dict[str, object]:
        """Workers open the split themselves."""
        kept = ("folder", "protocols", "reading", "parts")
        return {name: getattr(self, name) for name in kept} | {"opened": None}

    def score(self, task: VideoTask, predictions: VideoPredictions) -> VideoOutcome:
        # A new object: what it reads of its masks is gone with it.
        video = replace(self.split.videos[task.video])
        log = ProblemLog()
        log.include(task.problems)
        scored, kept, found = self._scored(video, task, predictions, log)
        units = tuple(one.unit for one in scored)
        first = [one for one in scored if one.unit.protocol == self.protocols[0].info.name]
        outcome = VideoOutcome(
            video.name, task.place, task.asked, task.missing, units, tuple(log), found, signs_of(first)
        )
        if self.parts is not None and not log.has_errors:
            from rvosbench.evaluate.parts import write_part
            from rvosbench.evaluate.tables import frame_rows, prediction_rows

            tables = {"frames": frame_rows(scored, video.frames)}
            if self.reading.keep:
                tables["predictions"] = prediction_rows(video.name, _sorted(kept, video), *video.size)
            write_part(self.parts, outcome, tables)
        return outcome

    def _scored(
        self, video: Video, task: VideoTask, predictions: VideoPredictions, log: ProblemLog
    ) -> tuple[list[ScoredUnit], list[KeptMask], Digests]:
        kept: list[KeptMask] = []
        found: dict[str, bytes] = {}
        scorers = [
            protocol.scorer(video, self.reading.kind, metrics)
            for protocol, metrics in zip(self.protocols, self.metrics, strict=True)
        ]
        for frames in _stretches(video, task.frames, self.reading):
            stretch = Stretch(video, frames, predictions, self.reading, log)
            for scorer in scorers:
                scorer.add(stretch)
            kept += stretch.kept
            for folder, hashed in stretch.digests.items():
                found[folder] = found.get(folder, b"") + hashed
        return [unit for scorer in scorers for unit in scorer.units()], kept, found


def _stretches(video: Video, frames: Sequence[int], reading: Reading) -> Iterator[Sequence[int]]:
    """As many frames at a time as memory is meant for."""
    if not frames:
        return
    height, width = video.size
    plane = 8 * height * -(-width // 64)
    at_once = len(video.expressions) if reading.shared or reading.kind == "labels" else 4
    length = max(_SHORTEST, min(_LONGEST, _BUDGET // (plane * max(1, at_once))))
    for start in range(0, len(frames), length):
        yield frames[start : start + length]


def _sorted(kept: list[KeptMask], video: Video) -> list[KeptMask]:
    """Expression by expression, in the order of the release; label maps by annotator and label."""
    expressions = {name: place for place, name in enumerate(video.expressions)}
    stems = {stem: place for place, stem in enumerate(video.frames)}

    def order(mask: KeptMask) -> tuple[int, int, str, int, int]:
        place = expressions.get(mask.name, len(expressions))
        return place, len(mask.name), mask.name, stems[mask.stem], mask.query

    return sorted(kept, key=order)
