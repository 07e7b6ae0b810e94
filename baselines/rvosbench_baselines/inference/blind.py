"""A converted split without its ground truth: what predictions are made from.

Neither the table of masks nor that of objects is opened, and of the sentences the column that names their
objects is not read. So what a run can reach holds nothing that it could not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.io.frames import open_frames
from rvosbench.io.manifest import Manifest
from rvosbench.io.tables import EXPRESSIONS, open_table, read_rows, table_path
from rvosbench.splits.split import Split, Video
from rvosbench_baselines.base import Clip, Sentence

TRUTH = "objects"
"""The column that is not read."""


def open_blind(folder: Path) -> Split:
    """The split as if its release hid the ground truth."""
    expressions: dict[str, list[Mapping[str, Any]]] = {}
    for row in _sentences(folder):
        expressions.setdefault(row["video"], []).append({**row, TRUTH: None})
    videos = {
        row["video"]: Video(
            name=row["video"],
            height=row["height"],
            width=row["width"],
            frames=tuple(row["frames"]),
            fps=row["fps"],
            frames_uri=row["frames_uri"],
            folder=folder,
            mask_rows=None,
            object_rows=(),
            expression_rows=tuple(expressions.get(row["video"], ())),
        )
        for row in read_rows(folder, "videos")
    }
    return Split(folder, Manifest.read(folder), MappingProxyType(videos))


def clip_of(video: Video, *, every_frame: bool) -> Clip:
    """What a predictor is given. Predictions are wanted for the frames that are scored, or for every one."""
    if video.frames_uri is None:
        raise DatasetError(
            Problem(
                Code.NO_FRAMES,
                video.name,
                expected="a split that was converted with its frames",
                found="no frames are linked",
                fix="convert again with --frames link",
            )
        )
    places = tuple(range(len(video.frames)))
    return Clip(
        video.name,
        video.size,
        video.frames,
        [
            Sentence(one.name, one.text, places if every_frame else one.scored)
            for one in video.expressions.values()
        ],
        open_frames(video.frames_uri, video.folder, video.frames),
    )


def _sentences(folder: Path) -> list[dict[str, Any]]:
    columns = [name for name in EXPRESSIONS.names if name != TRUTH]
    try:
        rows: list[dict[str, Any]] = open_table(folder, "expressions").read(columns=columns).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(
            Problem(
                Code.SPLIT_DAMAGED,
                str(table_path(folder, "expressions")),
                expected="a readable Parquet file",
                found=str(error),
                fix="convert the split again",
            )
        ) from error
    return rows
