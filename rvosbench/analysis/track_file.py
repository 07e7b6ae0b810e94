"""Tracks that a model has followed through the videos of a split: the file of `rvosbench baseline tracks`, of
which only the masks are read here. docs/tracks.md has its columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.masks import rle

if TYPE_CHECKING:
    from rvosbench.analysis.track_sets import Track
    from rvosbench.splits.split import Split, Video

_ABOUT = b"rvosbench.tracks"
_COLUMNS = {
    "video": pa.string(),
    "track": pa.int32(),
    "height": pa.int32(),
    "width": pa.int32(),
    "counts": pa.list_(pa.field("item", pa.binary())),
}


@dataclass(frozen=True, eq=False)
class TrackFile:
    path: Path
    file: pq.ParquetFile
    groups: dict[str, int]

    @classmethod
    def open(cls, path: Path, split: Split) -> TrackFile:
        """Refuses tracks of another split, and tracks of a part of its videos."""
        if not path.is_file():
            found = "a folder" if path.is_dir() else "no such file"
            raise _refused(path, "a file that can be read", found, Code.UNREADABLE_FILE)
        try:
            file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise _refused(path, "a file that can be read", str(error), Code.UNREADABLE_FILE) from error
        about = _about(path, file)
        groups: dict[str, int] = {}
        for group in range(file.num_row_groups):
            of_group = file.read_row_group(group, columns=["video"])["video"]
            if len(of_group):  # all rows of a group are of one video
                groups[of_group[0].as_py()] = group
        if about.get("dataset_fingerprint") != split.manifest.fingerprint:
            of = f"{about.get('dataset')}:{about.get('split')}"
            found = f"tracks of {of} (data {str(about.get('dataset_fingerprint'))[:8]})"
            this = f"{split.manifest.dataset}:{split.manifest.split}"
            expected = f"tracks of {this} (data {split.manifest.fingerprint[:8]})"
            raise _refused(path, expected, found, Code.OTHER_DATA)
        if absent := [video for video in split.videos if video not in about.get("videos", ())]:
            found = f"nothing of {len(absent):,} of them, such as {absent[0]}"
            raise _refused(path, "tracks of all videos of the split", found, Code.TABLE_INCONSISTENT)
        return cls(path, file, groups)

    def of_video(self, video: Video) -> list[Track]:
        """In the order in which they were found; none where nothing was."""
        group = self.groups.get(video.name)
        if group is None:
            return []
        rows = self.file.read_row_group(group, columns=list(_COLUMNS)).to_pylist()
        return [self._track(video, row) for row in rows]

    def _track(self, video: Video, row: dict[str, Any]) -> Track:
        height, width = video.size
        if (row["height"], row["width"]) != (height, width) or len(row["counts"]) != len(video.frames):
            raise _refused(
                self.path,
                f"{len(video.frames)} frames of {width}x{height} in {video.name}",
                f"{len(row['counts'])} of {row['width']}x{row['height']} in track {row['track']}",
                Code.TABLE_INCONSISTENT,
            )
        track = {frame: counts for frame, counts in enumerate(row["counts"]) if counts is not None}
        for frame, counts in track.items():
            try:
                rle.checked_runs(counts, height, width)
            except rle.RleError as error:
                where = f"{error}: {video.name}, track {row['track']}, frame {frame}"
                raise _refused(self.path, "masks of the size of the video", where, Code.BAD_RLE) from error
        return track


def _about(path: Path, file: pq.ParquetFile) -> dict[str, Any]:
    metadata = file.schema_arrow.metadata or {}
    types = {column.name: column.type for column in file.schema_arrow}
    if _ABOUT not in metadata or any(types.get(name) != kind for name, kind in _COLUMNS.items()):
        found = f"the columns {', '.join(types)}"
        raise _refused(path, "a table of tracks", found, Code.WRONG_COLUMNS)
    try:
        about = json.loads(metadata[_ABOUT])
    except ValueError as error:
        raise _refused(path, "what the tracks were made with", str(error), Code.INVALID_JSON) from error
    return about if isinstance(about, dict) else {}


def _refused(path: Path, expected: str, found: str, code: Code) -> UsageError:
    fix = "make them: rvosbench baseline tracks DATASET:SPLIT --sam2 FILE --prompts grid --out DIR"
    return UsageError(Problem(code, str(path), expected=expected, found=found, fix=fix))
