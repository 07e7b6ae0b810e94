"""Writes the tables of one split, video by video, in bounded memory."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from rvosbench.io.tables import TABLES, TableWriter, table_path
from rvosbench.schema import ObjectRecord, VideoRecord
from rvosbench.splits.fingerprint import Fingerprint

# A row group ends after a video, once it holds this many rows: one video is then read by one small read,
# and a split of thousands of short videos does not drown in footers.
ROWS_PER_GROUP = 512


class SplitWriter:
    """Takes videos sorted by name."""

    def __init__(self, folder: Path, *, ground_truth: bool) -> None:
        self._folder = folder
        self._names = [name for name in TABLES if ground_truth or name != "masks"]
        self._tables = {name: TableWriter(table_path(folder, name), TABLES[name]) for name in self._names}
        self._fingerprint = Fingerprint()
        self.counts: Counter[str] = Counter(
            dict.fromkeys(("videos", "frames", "objects", "expressions", "samples"), 0)
        )
        if ground_truth:
            self.counts.update(masks=0, no_target=0)

    def add(self, video: VideoRecord) -> None:
        self._fingerprint.add(video)
        self.counts["videos"] += 1
        self.counts["frames"] += len(video.frames)
        self._add("videos", _video_row(video))
        for thing in sorted(video.objects, key=lambda thing: thing.object):
            self._add_object(video.video, thing)
        for sentence in video.expressions:
            self.counts["expressions"] += 1
            self.counts["samples"] += len(video.frames if sentence.frames is None else sentence.frames)
            if sentence.objects == ():
                self.counts["no_target"] += 1
            self._add(
                "expressions",
                {
                    "video": video.video,
                    "expression": sentence.expression,
                    "text": sentence.text,
                    "objects": sentence.objects,
                    "annotator": sentence.annotator,
                    "kind": sentence.kind,
                    "frames": sentence.frames,
                },
            )
        for table in self._tables.values():
            if table.waiting >= ROWS_PER_GROUP:
                table.flush()

    def _add_object(self, video: str, thing: ObjectRecord) -> None:
        self.counts["objects"] += 1
        self.counts["masks"] += len(thing.masks)
        self._add(
            "objects",
            {
                "video": video,
                "object": thing.object,
                "source_id": thing.source_id,
                "category": thing.category,
                "role": thing.role,
            },
        )
        for mask in sorted(thing.masks, key=lambda mask: mask.frame):
            self._add(
                "masks",
                {
                    "video": video,
                    "object": thing.object,
                    "frame": mask.frame,
                    "counts": mask.counts,
                    "area": mask.area,
                    "bbox": mask.bbox,
                },
            )

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self._tables[table].add(row)

    def close(self) -> tuple[str, dict[str, dict[str, Any]]]:
        """The dataset fingerprint, and what the manifest says of each table."""
        about = {}
        for name, table in self._tables.items():
            table.close()
            path = table_path(self._folder, name)
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            about[name] = {"rows": table.written, "size": path.stat().st_size, "sha256": digest}
        return self._fingerprint.hexdigest(), about


def _video_row(video: VideoRecord) -> dict[str, Any]:
    return {
        "video": video.video,
        "height": video.height,
        "width": video.width,
        "frames": video.frames,
        "frames_uri": video.frames_uri,
        "fps": video.fps,
    }
