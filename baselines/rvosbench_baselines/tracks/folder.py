"""Where the tracks of a split come together, video by video, so that a run that was killed goes on.

OUT/<dataset>/<split>/<prompts>.parquet          the tracks
OUT/<dataset>/<split>/<prompts>.labels.parquet   their labels, where there is ground truth
OUT/<dataset>/<split>/.<prompts>/                parts, and what they are made with, until all are there
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.predictions.writer import whole_file
from rvosbench.progress import Progress
from rvosbench.splits.staging import locked
from rvosbench_baselines.tracks.table import SUFFIX, TRACKS, TrackTable, write_tables

LABELS_SUFFIX = ".labels.parquet"
_RECORD = "record.json"


@dataclass(frozen=True, slots=True)
class TracksFolder:
    """`record` is what the tracks are made with; tracks of another record are never mixed in. `labels` is the
    schema of the labels table, None where there is no ground truth. Several processes may share a folder."""

    folder: Path
    prompts: str
    record: Mapping[str, Any]
    labels: pa.Schema | None

    @property
    def target(self) -> Path:
        return self.folder / (self.prompts + SUFFIX)

    @property
    def labels_target(self) -> Path:
        return self.folder / (self.prompts + LABELS_SUFFIX)

    def check(self) -> None:
        """That nothing else is there."""
        if (self._parts / _RECORD).exists():
            self._compare(self._parts, _read_json(self._parts / _RECORD))
        elif self.target.exists():
            about = TrackTable.open(self.target).about
            self._compare(self.target, {name: about.get(name) for name in self.record})

    def begin(self, progress: Progress) -> None:
        self._parts.mkdir(parents=True, exist_ok=True)
        with locked(self._parts / _RECORD, progress):
            if (self._parts / _RECORD).exists():
                self.check()
            else:
                with whole_file(self._parts / _RECORD) as path:
                    path.write_text(json.dumps(self.record, indent=2, ensure_ascii=False), encoding="utf-8")

    def is_there(self, video: str) -> bool:
        return self._part(video).exists() or video in self._done()

    def add(self, video: str, tracks: pa.Table, labels: pa.Table | None) -> None:
        """One video; it counts as there once its tracks are, which are written last."""
        if labels is not None and self.labels is not None:
            with whole_file(self._part(video, LABELS_SUFFIX)) as path:
                write_tables(path, self.labels, [labels], {})
        with whole_file(self._part(video)) as path:
            write_tables(path, TRACKS, [tracks], {})

    def end(self, videos: Sequence[str], progress: Progress) -> list[str]:
        """Put together what is there of all videos of the split; gives those that are missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.target, progress):
            if not self._parts.exists():
                return [video for video in videos if video not in self._done()]
            there = [video for video in sorted(videos) if self._part(video).exists()]
            missing = [video for video in videos if not self._part(video).exists()]
            about = {**self.record, "videos": there, "missing": missing}
            if self.labels is not None:
                with whole_file(self.labels_target) as path:
                    parts = self._tables(there, LABELS_SUFFIX, self.labels)
                    write_tables(path, self.labels, parts, about)
            with whole_file(self.target) as path:
                write_tables(path, TRACKS, self._tables(there, SUFFIX, TRACKS), about)
            if not missing:
                shutil.rmtree(self._parts)
        return missing

    @property
    def _parts(self) -> Path:
        return self.folder / f".{self.prompts}"

    def _part(self, video: str, suffix: str = SUFFIX) -> Path:
        """Names of videos may hold slashes, or differ in nothing but case."""
        return self._parts / (hashlib.sha256(video.encode("utf-8")).hexdigest()[:32] + suffix)

    def _done(self) -> frozenset[str]:
        """Of a run that ended whole; until then the parts tell."""
        if self._parts.exists() or not self.target.exists():
            return frozenset()
        return TrackTable.open(self.target).videos

    def _tables(self, videos: Sequence[str], suffix: str, schema: pa.Schema) -> Iterator[pa.Table]:
        for video in videos:
            yield pq.ParquetFile(self._part(video, suffix)).read().cast(schema)

    def _compare(self, place: Path, before: Mapping[str, Any]) -> None:
        problems = [
            Problem(
                Code.ANOTHER_RUN,
                f"{place}, {name.replace('_', ' ')}",
                expected="tracks of the same model, made in the same way",
                found=f"{before.get(name)}, and now it is {value}",
                fix="choose another --out, or repeat the command with which they were begun",
            )
            for name, value in self.record.items()
            if before.get(name) != value
        ]
        if problems:
            raise UsageError(*problems)


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    return found if isinstance(found, dict) else {}
