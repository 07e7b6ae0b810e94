"""A JSON list of results as pycocotools takes it: what A2D-Sentences and JHMDB-Sentences are scored from.

[{"image_id": "v_<video>_f_<n>_i_<instance>", "category_id": 1,
  "segmentation": {"size": [height, width], "counts": "..."}, "score": 0.9}, ...]
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import PredictionsRefused, Problem
from rvosbench.predictions.base import Picture, Predictions, Scored, VideoPredictions
from rvosbench.predictions.coco_reader import CocoReader
from rvosbench.predictions.counts import best

if TYPE_CHECKING:
    from rvosbench.splits.split import Split


@dataclass(frozen=True, slots=True)
class CocoVideo(VideoPredictions):
    results: Mapping[tuple[str, str], tuple[Scored, ...]]  # by expression and stem

    def queries(self, expression: str, stems: Sequence[str]) -> list[list[Scored]]:
        return [list(self.results.get((expression, stem), ())) for stem in stems]

    def pictures(self, expression: str, stems: Sequence[str]) -> list[Picture | None]:
        return [best(scored) for scored in self.queries(expression, stems)]

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        return [stem for stem in stems if (expression, stem) not in self.results]


class CocoResults(Predictions):
    form = "COCO results"
    kind = "queries"

    def __init__(self, source: Path, split: Split) -> None:
        """Reads and checks the whole file; everything that is wrong with it is raised together."""
        self.source = source
        self._split = split
        reader = CocoReader(source, split)
        reader.read()
        if reader.log.has_errors:
            raise PredictionsRefused(*reader.log)
        self.notes: tuple[Problem, ...] = tuple(reader.log)
        self._results = reader.results
        self._of_video = reader.by_video()

    def videos(self) -> set[str]:
        return set(self._of_video)

    def of_video(self, video: str) -> CocoVideo:
        results = self._results
        about = self._split.videos[video]
        return CocoVideo(
            {
                sample: tuple(results.scored(row, *about.size) for row in rows)
                for sample, rows in self._of_video.get(video, {}).items()
            }
        )

    def sha256(self) -> str:
        with self.source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
