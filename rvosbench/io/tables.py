"""The Parquet tables of a converted split: their columns, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rvosbench.errors import Code, DatasetError, Problem

_STRINGS = pa.list_(pa.field("item", pa.string(), nullable=False))
_INDICES = pa.list_(pa.field("item", pa.int32(), nullable=False))


def _columns(**types: pa.DataType) -> pa.Schema:
    """Columns whose name ends in `_or_null` may hold nulls; the suffix is not part of the name."""
    return pa.schema(
        [
            pa.field(name.removesuffix("_or_null"), kind, nullable=name.endswith("_or_null"))
            for name, kind in types.items()
        ]
    )


VIDEOS = _columns(
    video=pa.string(),
    height_or_null=pa.int32(),
    width_or_null=pa.int32(),
    frames=_STRINGS,
    frames_uri_or_null=pa.string(),
    fps_or_null=pa.float64(),
)
OBJECTS = _columns(
    video=pa.string(),
    object=pa.string(),
    source_id=pa.string(),
    category_or_null=pa.string(),
    role=pa.string(),
)
MASKS = _columns(
    video=pa.string(),
    object=pa.string(),
    frame=pa.int32(),
    counts=pa.binary(),
    area=pa.int64(),
    bbox=_INDICES,
)
EXPRESSIONS = _columns(
    video=pa.string(),
    expression=pa.string(),
    text=pa.string(),
    objects_or_null=_STRINGS,
    annotator_or_null=pa.int8(),
    kind_or_null=pa.string(),
    frames_or_null=_INDICES,
)
TABLES: Mapping[str, pa.Schema] = {
    "videos": VIDEOS,
    "objects": OBJECTS,
    "masks": MASKS,
    "expressions": EXPRESSIONS,
}


class TableWriter:
    """Writes one table; `flush` ends a row group, so that what lies between two flushes is read alone."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self.written = 0

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)

    @property
    def waiting(self) -> int:
        return len(self._rows)

    def flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self.written += len(self._rows)
            self._rows = []

    def close(self) -> None:
        self.flush()
        self._writer.close()


def table_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


def open_table(folder: Path, name: str) -> pq.ParquetFile:
    """An open table whose columns are those of the schema."""
    path = table_path(folder, name)
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise _damaged(path, "the table", "it is not there") from None
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, "a readable Parquet file", str(error)) from error
    if not file.schema_arrow.equals(TABLES[name]):
        found = ", ".join(f"{field.name}: {field.type}" for field in file.schema_arrow)
        raise DatasetError(
            Problem(
                Code.WRONG_COLUMNS,
                str(path),
                expected="the columns of the schema, version 1",
                found=found,
                fix="convert the split again",
            )
        )
    return file


def read_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """All rows of a table that is small: videos, objects, expressions."""
    try:
        rows: list[dict[str, Any]] = open_table(folder, name).read().to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise _damaged(table_path(folder, name), "a readable Parquet file", str(error)) from error
    return rows


def _damaged(path: Path, expected: str, found: str) -> DatasetError:
    return DatasetError(
        Problem(Code.SPLIT_DAMAGED, str(path), expected=expected, found=found, fix="convert the split again")
    )
