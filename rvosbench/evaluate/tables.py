"""The tables of a result: their columns, and how they are written.

Rows follow the plan: video by video, in a video protocol by protocol. A row group ends with a video, so
that one video can be read alone, and the same rows always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from rvosbench.evaluate.columns import table
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.protocols.units import Detection, ScoredUnit, Unit

if TYPE_CHECKING:
    from rvosbench.protocols.stretch import KeptMask
    from rvosbench.splits.split import Video

UNITS, EXPRESSIONS, FRAMES = "units.parquet", "expressions.parquet", "frames.parquet"
DETECTIONS, PREDICTIONS = "detections.parquet", "predictions.parquet"
ROWS_PER_GROUP = 512
FIRST_METRICS = ("J", "F")

_UNIT_FIELDS = {
    "protocol": pa.string(),
    "video": pa.string(),
    "unit": pa.string(),
    "annotator": pa.int8(),
    "object": pa.string(),
    "expression": pa.string(),
    "kind": pa.string(),
    "frame": pa.string(),
    "matched_label": pa.int16(),
    "targeted": pa.bool_(),
    "truth_area": pa.int64(),
    "frames": pa.int32(),
    "missing": pa.int32(),
}
_UNIT_COLUMNS = {"frames": "n_frames", "missing": "n_missing"}  # columns with another name than the field
_ALWAYS = {"protocol", "video", "unit", "targeted", "n_frames", "n_missing"}

EXPRESSION_COLUMNS = pa.schema(
    [
        pa.field("video", pa.string(), nullable=False),
        pa.field("expression", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("objects", pa.list_(pa.field("item", pa.string(), nullable=False)), nullable=False),
        pa.field("annotator", pa.int8()),
        pa.field("kind", pa.string()),
        pa.field("n_frames", pa.int32(), nullable=False),
    ]
)
FRAME_COLUMNS = pa.schema(
    [
        pa.field("protocol", pa.string(), nullable=False),
        pa.field("video", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("frame", pa.string(), nullable=False),
        pa.field("J", pa.float64(), nullable=False),
        pa.field("F", pa.float64()),
        pa.field("present", pa.bool_()),
        pa.field("predicted", pa.bool_()),
        pa.field("missing", pa.bool_(), nullable=False),
    ]
)
DETECTION_COLUMNS = pa.schema(
    [
        pa.field("protocol", pa.string(), nullable=False),
        pa.field("video", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("query", pa.int32(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("area", pa.int64(), nullable=False),
        pa.field("intersection", pa.int64(), nullable=False),
    ]
)


class VideoTable:
    """Takes the rows of one video after the other."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        # Values that hardly ever come twice need no dictionary; names do.
        repeating = [field.name for field in schema if field.type in (pa.string(), pa.int32(), pa.int16())]
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeating)
        self._waiting: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        self._waiting.append(rows)
        if sum(table.num_rows for table in self._waiting) >= ROWS_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        rows = (
            pa.concat_tables(self._waiting).combine_chunks() if self._waiting else self.schema.empty_table()
        )
        if rows.num_rows:
            self._writer.write_table(rows, row_group_size=rows.num_rows)
        self._waiting = []

    def close(self) -> None:
        self._flush()
        self._writer.close()


def unit_columns(metrics: Sequence[str]) -> pa.Schema:
    """A column for each metric of any of the protocols; J and F are always there."""
    fields = [
        pa.field(_UNIT_COLUMNS.get(name, name), kind, nullable=_UNIT_COLUMNS.get(name, name) not in _ALWAYS)
        for name, kind in _UNIT_FIELDS.items()
    ]
    keys = dict.fromkeys([*FIRST_METRICS, *metrics])
    return pa.schema([*fields, *(pa.field(key, pa.float64()) for key in keys)])


def unit_rows(units: Iterable[Unit], schema: pa.Schema) -> pa.Table:
    rows = list(units)
    columns: dict[str, list[Any]] = {
        _UNIT_COLUMNS.get(name, name): [getattr(unit, name) for unit in rows] for name in _UNIT_FIELDS
    }
    for key in schema.names[len(_UNIT_FIELDS) :]:
        columns[key] = [unit.values.get(key) for unit in rows]
    return table(columns, schema)


def detection_rows(units: Iterable[Unit]) -> pa.Table:
    rows = [
        (unit.protocol, unit.video, unit.unit, number, *detection)
        for unit in units
        for number, detection in enumerate(unit.detections)
    ]
    return _from_rows(rows, DETECTION_COLUMNS)


def read_units(folder: Path, metrics: Mapping[str, Sequence[str]]) -> Iterator[Unit]:
    """The units of a result as they were written. `metrics` are the keys that each protocol measures: an
    empty cell of one of these is a unit that does not count, of others nothing at all."""
    detections: dict[tuple[str, str, str], list[Detection]] = {}
    if (folder / DETECTIONS).is_file():
        for row in pq.ParquetFile(folder / DETECTIONS).read().to_pylist():
            key = row["protocol"], row["video"], row["unit"]
            detections.setdefault(key, []).append(Detection(row["score"], row["area"], row["intersection"]))
    for row in pq.ParquetFile(folder / UNITS).read().to_pylist():
        fields = {name: row[_UNIT_COLUMNS.get(name, name)] for name in _UNIT_FIELDS}
        values = {key: row[key] for key in metrics[row["protocol"]]}
        unit = Unit(**fields, values=values)
        found = detections.get((unit.protocol, unit.video, unit.unit))
        yield unit if found is None else replace(unit, detections=tuple(found))


def expression_rows(video: Video) -> pa.Table:
    rows = [
        (video.name, one.name, one.text, list(one.objects or ()), one.annotator, one.kind, len(one.scored))
        for one in video.expressions.values()
    ]
    return _from_rows(rows, EXPRESSION_COLUMNS)


def frame_rows(scored: Sequence[ScoredUnit], stems: Sequence[str]) -> pa.Table:
    """`stems` are those of the video."""
    tables = [_frames_of(one, [stems[frame] for frame in one.frames]) for one in scored]
    return pa.concat_tables(tables) if tables else FRAME_COLUMNS.empty_table()


def _frames_of(scored: ScoredUnit, stems: list[str]) -> pa.Table:
    unit, scores = scored.unit, scored.scores
    count = len(stems)
    names = [[unit.protocol] * count, [unit.video] * count, [unit.unit] * count, stems]
    if scores is None:
        values: list[Any] = [[unit.values.get("J") or 0.0], [None], [None], [None], [False]]
    else:
        values = [scores.j, scores.f, scores.present, scores.predicted, scores.missing]
    return table(dict(zip(FRAME_COLUMNS.names, [*names, *values], strict=True)), FRAME_COLUMNS)


def prediction_rows(video: str, kept: Sequence[KeptMask], height: int, width: int) -> pa.Table:
    rows = [
        (video, mask.name, mask.stem, mask.query, mask.score, height, width, mask.counts) for mask in kept
    ]
    return _from_rows(rows, COLUMNS)


def _from_rows(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return table(dict(zip(schema.names, columns, strict=True)), schema)


def video_tables(path: Path) -> Iterator[tuple[str, pa.Table]]:
    """A table of a result again, video by video, in its order."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            names = rows["video"].to_pylist()
            start = 0
            for stop in range(1, len(names) + 1):
                if stop == len(names) or names[stop] != names[start]:
                    yield names[start], rows.slice(start, stop - start)
                    start = stop
