"""A Parquet table of predictions: refused, or read. The first byte of an input says what the rest is: a whole
file, or choices from which a table is made, whose columns have any types and values that Parquet knows."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import campaign

if __name__ == "__main__":
    campaign.instrument("rvosbench.predictions.parquet")

import hostile_splits
import pyarrow as pa
import pyarrow.parquet as pq

from rvosbench.errors import PredictionsRefused
from rvosbench.predictions.parquet import ParquetPredictions
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.splits.split import Split

FILE, MADE = b"F", b"M"
TYPES = (
    *(pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string())),
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), pa.float64()),
    *(pa.bool_(), pa.null(), pa.date32(), pa.timestamp("ns"), pa.decimal128(9, 2), pa.binary(3)),
    *(pa.list_(pa.string()), pa.struct([("a", pa.int32())]), pa.map_(pa.string(), pa.int8())),
    *(pa.dictionary(pa.int32(), pa.binary()), pa.string_view(), pa.list_(pa.list_(pa.int64()))),
)
WORDS = ("bear", "0", "1", *hostile_splits.STEMS, "", "\u00e9", "x" * 300, "bear\0")
NUMBERS = (0, 1, -1, hostile_splits.HEIGHT, hostile_splits.WIDTH, 2**31 - 1, 2**15, 255)
FLOATS = (0.5, 1.0, 0.0, -1.0, math.nan, math.inf, 1e300, 1e-320)
COUNTS = (hostile_splits.counts(), b"", b"\xff\xff", b"0", b"PPPP1", b"o" * 900, b"\\")


@cache
def place() -> tuple[Path, Split]:
    folder = campaign.working_folder()
    return folder / "predictions.parquet", hostile_splits.samples_split(folder)


def table(choices: campaign.Choices) -> bytes:
    rows = choices.of((1, 2, 3, 0, 8, 40))
    columns, fields = [], []
    for field in COLUMNS:
        kind = choices.of((*[field.type] * 40, *TYPES))
        for _ in range(choices.of((*[1] * 30, 0, 2))):
            values = [_value(kind, field.name, choices) for _ in range(rows)]
            columns.append(pa.array(values, kind, from_pandas=False))
            fields.append(pa.field(field.name, kind))
    made = pa.Table.from_arrays(columns, schema=pa.schema(fields))
    file = io.BytesIO()
    pq.write_table(
        made,
        file,
        compression=choices.of(("zstd", "none", "snappy", "gzip", "brotli", "lz4")),
        use_dictionary=choices.of((True, False)),
        row_group_size=choices.of((1000, 1, 7)),
        data_page_version=choices.of(("1.0", "2.0")),
        write_statistics=choices.of((True, False)),
        column_encoding=choices.of((None, None, None, {"counts": "DELTA_BYTE_ARRAY"}))
        if not choices.of((True, False))
        else None,
    )
    return file.getvalue()


def _value(kind: pa.DataType, name: str, choices: campaign.Choices) -> Any:
    if choices.of((*[False] * 30, True)):
        return None
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if name == "counts" and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        return choices.of(COUNTS)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return choices.of(WORDS)
    if pa.types.is_floating(kind):
        return choices.of(FLOATS)
    if pa.types.is_integer(kind):
        number = choices.of(NUMBERS)
        low, high = (0, 2**kind.bit_width - 1) if pa.types.is_unsigned_integer(kind) else (-128, 127)
        if pa.types.is_signed_integer(kind):
            low, high = -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1
        return max(low, min(high, number))
    if pa.types.is_fixed_size_binary(kind):
        return b"abc"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return choices.of(WORDS).encode()
    if pa.types.is_list(kind):
        return []
    return None


def honest(**options: Any) -> bytes:
    rows = [
        (
            "bear",
            "0",
            stem,
            query,
            score,
            hostile_splits.HEIGHT,
            hostile_splits.WIDTH,
            hostile_splits.counts(),
        )
        for stem in hostile_splits.STEMS[::2]
        for query, score in ((0, 0.5), (1, 0.25))
    ]
    file = io.BytesIO()
    made = pa.Table.from_pylist([dict(zip(COLUMNS.names, row, strict=True)) for row in rows], schema=COLUMNS)
    pq.write_table(made, file, **options)
    return file.getvalue()


def seeds() -> Mapping[str, bytes]:
    plain = {"compression": "none", "store_schema": False, "write_statistics": False}
    return {
        "file": FILE + honest(compression="zstd"),
        "plain": FILE + honest(**plain),
        "dense": FILE + honest(**plain, use_dictionary=False),
        "groups": FILE + honest(**plain, row_group_size=1),
        "second": FILE + honest(**plain, data_page_version="2.0"),
        "made": MADE + bytes(range(60)),
        "nothing": MADE,
        "wild": MADE + bytes(3) + bytes(range(255, 40, -7)),
    }


def check(data: bytes) -> None:
    path, split = place()
    if data[:1] == MADE:
        try:
            content = table(campaign.Choices(data[1:]))
        except (pa.ArrowException, TypeError, ValueError, OSError):
            return  # not a table that can be written
    else:
        content = data[1:]
    path.write_bytes(content)
    try:
        predictions = ParquetPredictions(path, split)
        video = predictions.of_video("bear")
        found = [*video.queries("0", hostile_splits.STEMS), *video.queries("1", hostile_splits.STEMS)]
        video.pictures("0", hostile_splits.STEMS)
        video.absent("0", hostile_splits.STEMS)
        predictions.sha256()
    except PredictionsRefused:
        return
    for query in (one for of_stem in found for one in of_stem):
        if (query.height, query.width) != (hostile_splits.HEIGHT, hostile_splits.WIDTH):
            raise campaign.Finding("a mask of another size")
        if not math.isfinite(query.score):
            raise campaign.Finding("a score that is no number")


if __name__ == "__main__":
    campaign.main("parquet", seeds, check)
