"""The table of tracks: one row for each, one row group for each video, so that one video is read alone.

    table = TrackTable.open(Path("tracks/mevis-v1/valid_u/grid.parquet"))
    for track in table.of_video("377b1c5f365c"):
        track.tokens, track.mask(0)

What tracks have to do with ground truth stands in a table of its own, which this module cannot read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.masks import rle

WIDTH = 256  # of SAM 2's object pointers, in every size of the model
ABOUT = b"rvosbench.tracks"
SUFFIX = ".parquet"

_TOKEN = pa.list_(pa.field("item", pa.float32(), nullable=False), WIDTH)
TRACKS = pa.schema(
    [
        pa.field("video", pa.string(), nullable=False),
        pa.field("track", pa.int32(), nullable=False),
        pa.field("expression", pa.string()),
        pa.field("phrase", pa.string()),
        pa.field("prompt_frame", pa.int32(), nullable=False),
        pa.field("stability", pa.float32()),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("tokens", pa.list_(pa.field("item", _TOKEN, nullable=False)), nullable=False),
        pa.field("counts", pa.list_(pa.field("item", pa.binary())), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class TrackRow:
    """`expression` names the sentence that it was found for, None if for none. `counts` are COCO compressed
    RLE, one for each frame; None where it cannot be seen."""

    track: int
    expression: str | None
    phrase: str | None
    prompt_frame: int
    stability: float | None
    size: tuple[int, int]
    tokens: NDArray[np.float32]
    counts: tuple[bytes | None, ...]

    def mask(self, frame: int) -> NDArray[np.bool_]:
        return rle.union([one for one in (self.counts[frame],) if one is not None], *self.size)


def as_table(video: str, rows: Sequence[TrackRow]) -> pa.Table:
    lengths = [len(row.tokens) for row in rows]
    flat = np.concatenate([row.tokens for row in rows]) if rows else np.zeros((0, WIDTH), np.float32)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    tokens = pa.FixedSizeListArray.from_arrays(
        pa.array(np.ascontiguousarray(flat, np.float32).ravel()), type=_TOKEN
    )
    columns = {
        "video": [video] * len(rows),
        "track": [row.track for row in rows],
        "expression": [row.expression for row in rows],
        "phrase": [row.phrase for row in rows],
        "prompt_frame": [row.prompt_frame for row in rows],
        "stability": [row.stability for row in rows],
        "height": [row.size[0] for row in rows],
        "width": [row.size[1] for row in rows],
        "counts": [list(row.counts) for row in rows],
    }
    arrays = [
        pa.ListArray.from_arrays(pa.array(offsets), tokens, type=field.type)
        if field.name == "tokens"
        else pa.array(columns[field.name], field.type)
        for field in TRACKS
    ]
    return pa.Table.from_arrays(arrays, schema=TRACKS)


def write_tables(path: Path, schema: pa.Schema, tables: Iterable[pa.Table], about: dict[str, Any]) -> None:
    """Each table as one row group."""
    described = schema.with_metadata({ABOUT: json.dumps(about, ensure_ascii=False).encode("utf-8")})
    with pq.ParquetWriter(path, described, compression="zstd") as writer:
        for table in tables:
            if table.num_rows:
                writer.write_table(table.cast(described), row_group_size=table.num_rows)


class TrackTable:
    def __init__(self, path: Path, file: pq.ParquetFile) -> None:
        self.path = path
        self._file = file

    @classmethod
    def open(cls, path: Path) -> TrackTable:
        try:
            file = pq.ParquetFile(path)
        except FileNotFoundError:
            raise _unreadable(path, "no such file") from None
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, str(error)) from error
        if not file.schema_arrow.equals(TRACKS) or ABOUT not in (file.schema_arrow.metadata or {}):
            raise _unreadable(path, f"the columns {', '.join(file.schema_arrow.names)}")
        return cls(path, file)

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the tracks were made with: `dataset`, `split`, `prompts`, and so on."""
        found: dict[str, Any] = json.loads(self._file.schema_arrow.metadata[ABOUT])
        return found

    @cached_property
    def videos(self) -> frozenset[str]:
        """Those that were looked at, also if nothing was found in them."""
        return frozenset(self.about["videos"])

    def of_video(self, video: str) -> list[TrackRow]:
        """In the order in which they were found. Reads nothing of other videos."""
        group = self._groups.get(video)
        if group is None:
            return []
        table = self._file.read_row_group(group)
        columns = {name: table[name].to_pylist() for name in TRACKS.names if name != "tokens"}
        rows = list(_tokens(table["tokens"]))
        return [
            TrackRow(
                columns["track"][place],
                columns["expression"][place],
                columns["phrase"][place],
                columns["prompt_frame"][place],
                columns["stability"][place],
                (columns["height"][place], columns["width"][place]),
                rows[place],
                tuple(columns["counts"][place]),
            )
            for place in range(table.num_rows)
        ]

    @cached_property
    def _groups(self) -> dict[str, int]:
        """Video -> row group, told by the footer."""
        footer = self._file.metadata
        return {
            footer.row_group(group).column(0).statistics.min: group for group in range(footer.num_row_groups)
        }


def _tokens(column: pa.ChunkedArray) -> Iterator[NDArray[np.float32]]:
    """Of each track [frames, width]."""
    for chunk in column.chunks:
        values = chunk.flatten().flatten().to_numpy(zero_copy_only=False).reshape(-1, WIDTH)
        ends = np.cumsum(chunk.value_lengths().to_numpy(zero_copy_only=False))
        yield from np.split(values, ends[:-1])


def _unreadable(path: Path, found: str) -> UsageError:
    return UsageError(
        Problem(
            Code.WRONG_COLUMNS if found.startswith("the columns") else Code.UNREADABLE_FILE,
            str(path),
            expected="tracks that `rvosbench baseline tracks` wrote",
            found=found,
            fix="make them: rvosbench baseline tracks DATASET:SPLIT --sam2 FILE --prompts grid --out DIR",
        )
    )
