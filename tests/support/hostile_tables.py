"""Hostile tables of predictions: wrong columns and values, bombs, pages and descriptions that lie."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import hostile_splits
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hostile_attacks import LARGE, LARGE_SIZE, SAMPLES, Attack, Target

from rvosbench.errors import Code
from rvosbench.masks import rle
from rvosbench.predictions.parquet_checks import COLUMNS

UNREADABLE, COLUMNS_WRONG, STRUCTURE = Code.UNREADABLE_FILE, Code.WRONG_COLUMNS, Code.BAD_STRUCTURE
SIZE = (hostile_splits.HEIGHT, hostile_splits.WIDTH)
STEMS = tuple(hostile_splits.STEMS[frame] for frame in hostile_splits.FRAMES)
MILLION = 1_000_000


def attacks() -> Iterator[Attack]:
    yield from _columns()
    yield from _values()
    yield from _rows()
    yield from _bombs()
    yield from _lies()
    yield from _readable()


def _attack(
    name: str, content: Callable[[], bytes], code: Code | None, target: Target = SAMPLES, why: str = ""
) -> Attack:
    def write(folder: Path) -> Path:
        path = folder / "predictions.parquet"
        path.write_bytes(content())
        return path

    return Attack(f"table: {name}", code, write, target, why)


def honest() -> dict[str, list[Any]]:
    """Column -> values, for the split of samples."""
    count = len(STEMS)
    return {
        "video": ["bear"] * count,
        "expression": ["0"] * count,
        "frame": list(STEMS),
        "query": [0] * count,
        "score": [0.5] * count,
        "height": [SIZE[0]] * count,
        "width": [SIZE[1]] * count,
        "counts": [hostile_splits.counts()] * count,
    }


def written(columns: dict[str, Any], types: dict[str, pa.DataType] | None = None, **options: Any) -> bytes:
    kinds = {field.name: field.type for field in COLUMNS} | (types or {})
    arrays = [
        value if isinstance(value, pa.Array) else pa.array(value, kinds.get(name))
        for name, value in columns.items()
    ]
    file = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), file, **options)
    return file.getvalue()


def _columns() -> Iterator[Attack]:
    for name, column, kind, value in (
        ("lists instead of videos", "video", pa.list_(pa.string()), ["bear"]),
        ("records instead of videos", "video", pa.struct([("a", pa.string())]), {"a": "bear"}),
        ("maps instead of frames", "frame", pa.map_(pa.string(), pa.string()), [("a", "b")]),
        ("lists of lists instead of counts", "counts", pa.list_(pa.list_(pa.int64())), [[1]]),
        ("text instead of scores", "score", pa.string(), "0.5"),
        ("fractions instead of heights", "height", pa.float64(), 60.0),
        ("truth values instead of queries", "query", pa.bool_(), True),
        ("dates instead of widths", "width", pa.date32(), 80),
        ("nothing but nulls instead of counts", "counts", pa.null(), None),
        ("bytes instead of videos", "video", pa.binary(), b"bear"),
    ):
        columns = honest() | {column: [value] * len(STEMS)}
        yield _attack(name, partial(written, columns, {column: kind}), COLUMNS_WRONG)
    less = {name: values for name, values in honest().items() if name != "counts"}
    yield _attack("no counts", lambda: written(less), COLUMNS_WRONG)
    yield _attack("column twice", _twice, COLUMNS_WRONG)
    crowd = {f"column {number}": pa.nulls(len(STEMS)) for number in range(5_000)}
    yield _attack("5,000 more columns", lambda: written(honest() | crowd), UNREADABLE)


def _twice() -> bytes:
    arrays = {**honest()}
    table = pa.table([pa.array(v, COLUMNS.field(n).type) for n, v in arrays.items()], names=list(arrays))
    file = io.BytesIO()
    pq.write_table(table.append_column("score", pa.array([0.9] * len(STEMS), pa.float32())), file)
    return file.getvalue()


def _values() -> Iterator[Attack]:
    count = len(STEMS)
    for name, changes, kinds, code in (
        ("NaN as score", {"score": [math.nan] * count}, {}, Code.BAD_SCORE),
        ("Infinity as score", {"score": [math.inf] * count}, {}, Code.BAD_SCORE),
        ("score that is too large", {"score": [1e300] * count}, {"score": pa.float64()}, Code.BAD_SCORE),
        ("null as video", {"video": [None] * count}, {}, STRUCTURE),
        ("null as counts", {"counts": [None, hostile_splits.counts()]}, {}, Code.BAD_RLE),
        ("query 2^40", {"query": [2**40] * count}, {"query": pa.int64()}, UNREADABLE),
        ("negative height", {"height": [-60] * count}, {}, Code.WRONG_SIZE),
        ("60,000 x 60,000", {"height": [60_000] * count, "width": [60_000] * count}, {}, Code.WRONG_SIZE),
        (
            "height and width have changed places",
            {"height": [80] * count, "width": [60] * count},
            {},
            Code.WRONG_SIZE,
        ),
        ("negative runs", {"counts": [b"0O0Oo0"] * count}, {}, Code.BAD_RLE),
        ("counts that are too short", {"counts": [b"1"] * count}, {}, Code.BAD_RLE),
        ("counts of bytes that no counts have", {"counts": [bytes(range(9))] * count}, {}, Code.BAD_RLE),
        ("empty counts", {"counts": [b""] * count}, {}, Code.BAD_RLE),
        ("1 MB of counts", {"counts": [b"0" * (1 << 20)] * count}, {}, Code.BAD_RLE),
        ("row twice", {"frame": [STEMS[0]] * count}, {}, Code.DUPLICATE_PREDICTION),
        ("names of other videos", {"video": ["wolf"] * count}, {}, Code.MISSING_PREDICTION),
        ("name of 10,000 letters", {"video": ["bear", "x" * 10_000]}, {}, UNREADABLE),
        ("zero byte in a name", {"frame": [STEMS[0], STEMS[0] + "\0"]}, {}, Code.MISSING_PREDICTION),
    ):
        yield _attack(
            name,
            lambda changes=changes, kinds=kinds: written(honest() | changes, kinds),  # type: ignore[misc]
            code,
        )


def _rows() -> Iterator[Attack]:
    yield _attack("no rows", lambda: written({name: [] for name in honest()}), Code.MISSING_PREDICTION)
    yield _attack("5 million rows", lambda: _many(5 * MILLION), Code.TOO_MANY_RESULTS)
    yield _attack("20,000 row groups", lambda: _groups(20_000), UNREADABLE)
    yield _attack("as many rows as may be, of one sample", lambda: _many(600), Code.DUPLICATE_PREDICTION)


def _many(rows: int, **changes: Any) -> bytes:
    """Every row the same; some kilobytes."""
    columns = {}
    for name, values in honest().items():
        one = pa.array(values[:1], COLUMNS.field(name).type)
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), one)
        if name not in ("video", "expression", "frame", "counts"):
            columns[name] = columns[name].dictionary_decode()
    return written(columns | changes, compression="zstd")


def _groups(count: int) -> bytes:
    rows = {name: values[:1] * count for name, values in honest().items()}
    return written(rows, row_group_size=1, compression="none", write_statistics=False)


def _bombs() -> Iterator[Attack]:
    yield _attack("name of 60 MB that 600 rows mean", lambda: _named(60 << 20, 600), UNREADABLE)
    yield _attack("name of 1 MB that 600 rows mean", lambda: _named(1 << 20, 600), UNREADABLE)
    yield _attack("counts of 15 MB that 600 rows mean", lambda: _counted(15 << 20, 600), Code.BAD_RLE)
    yield _attack("counts of 300 MB of zeros", lambda: _counted(300 << 20, 2), UNREADABLE)
    yield _attack("names that each begin like the one before", _prefixed, UNREADABLE)
    yield _attack(
        "every mask as long as it may be",
        _long_masks,
        None,
        LARGE,
        why="masks of noise; 50 MB of them at a time",
    )


def _meaning(value: Any, kind: pa.DataType, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([value], kind))


def _named(size: int, rows: int) -> bytes:
    return _many(rows, expression=_meaning("x" * size, pa.string(), rows))


def _counted(size: int, rows: int) -> bytes:
    frames = pa.array([STEMS[number % 2] for number in range(rows)])
    queries = pa.array([number // 2 for number in range(rows)], pa.int16())
    return _many(rows, frame=frames, query=queries, counts=_meaning(b"0" * size, pa.binary(), rows))


def _prefixed() -> bytes:
    rows = 600
    columns = {name: values[:1] * rows for name, values in honest().items()}
    columns["video"] = ["x" * 20_000] * rows
    return written(columns, use_dictionary=False, column_encoding={"video": "DELTA_BYTE_ARRAY"})


def _long_masks() -> bytes:
    """Noise in every frame: as many runs as pixels, each mask another, 200 times as small when compressed."""
    height, width, frames = LARGE_SIZE
    rows = []
    for expression in "01":
        for frame in range(frames):
            mask = np.zeros((height, width), np.bool_)
            mask.T.reshape(-1)[frame % 2 :: 2] = True
            mask[0, frame] ^= True
            stem = f"{frame:05d}"
            rows.append(("bear", expression, stem, 0, 1.0, height, width, rle.encode(mask)))
    columns = dict(zip(COLUMNS.names, map(list, zip(*rows, strict=True)), strict=True))
    return written(columns, compression="zstd", use_dictionary=False)


def _plain() -> bytes:
    return written(
        honest(), compression="none", use_dictionary=False, store_schema=False, write_statistics=False
    )


def _lies() -> Iterator[Attack]:
    whole = written(honest())
    for tenth in (1, 5, 9):
        start = whole[: len(whole) * tenth // 10]
        yield _attack(f"cut off at {10 * tenth} %", partial(bytes, start), UNREADABLE)
    yield _attack("description that is longer than the file", lambda: _described(len(whole) * 2), UNREADABLE)
    yield _attack("description of no bytes", lambda: _described(0), UNREADABLE)
    yield _attack("description of 2^32 - 1 bytes", lambda: _described(2**32 - 1), UNREADABLE)
    yield _attack("description of 8 MB of nothing", lambda: _empty_footer(8 << 20), UNREADABLE)
    yield _attack(
        "description that lists 2^31 columns",
        lambda: _footer(b"\x15\x02\x29\xfc\xff\xff\xff\xff\x07"),
        UNREADABLE,
    )
    yield _attack("description that lists a million empty columns", _listing, UNREADABLE)
    yield _attack("zeros as description", lambda: _footer(bytes(1000)), UNREADABLE)
    yield _attack("encrypted", lambda: b"PARE" + whole[4:-4] + b"PARE", Code.NOT_PREDICTIONS)
    yield _attack("page that says it has 2^31 - 1 bytes", _large_page, UNREADABLE)
    yield _attack("page of another column", _borrowed_page, UNREADABLE)


def _described(length: int) -> bytes:
    whole = written(honest())
    return whole[:-8] + struct.pack("<L", length) + b"PAR1"


def _footer(content: bytes) -> bytes:
    return b"PAR1" + content + struct.pack("<L", len(content)) + b"PAR1"


def _empty_footer(size: int) -> bytes:
    return _footer(bytes(size))


def _listing() -> bytes:
    """Version 1; a schema of elements of which each takes one byte here and hundreds in memory."""
    return _footer(b"\x15\x02\x19\xfc" + b"\xc0\x84\x3d" + bytes(MILLION))


def _large_page() -> bytes:
    """The header of the first page, in Thrift's compact protocol: field 1 its kind, field 2 its size."""
    whole = bytearray(_plain())
    size_at = 4 + 3
    if whole[4:6] != b"\x15\x00" or whole[6] != 0x15:
        raise ValueError("the header of a page begins otherwise than it did")
    huge = b"\xfe\xff\xff\xff\x0f"
    length = 1 if whole[size_at] < 128 else 2
    whole[size_at : size_at + length] = huge
    grown = len(huge) - length
    # What lies behind has moved, which the description does not know: the first page is met before that.
    (footer,) = struct.unpack("<L", whole[-8:-4])
    return bytes(whole[: len(whole) - 8 - footer - grown] + whole[len(whole) - 8 - footer :])


def _borrowed_page() -> bytes:
    """The counts of all rows, read where the videos lie."""
    whole = _plain()
    metadata = pq.ParquetFile(io.BytesIO(whole)).metadata.row_group(0)
    first, last = (metadata.column(place).data_page_offset for place in (6, 7))
    return whole.replace(_varint(2 * last), _varint(2 * first) + b"")


def _varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def _readable() -> Iterator[Attack]:
    more = honest() | {"note": [[1, 2]] * len(STEMS)}
    yield _attack(
        "nested column that nobody asked for",
        lambda: written(more),
        None,
        why="it is not read; a warning says so",
    )
    wide = {
        "video": pa.large_string(),
        "counts": pa.large_binary(),
        "score": pa.float64(),
        "query": pa.int64(),
    }
    yield _attack("wider types", lambda: written(honest(), wide), None, why="they hold the same values")
    yield _attack(
        "pages of the second kind",
        lambda: written(honest(), data_page_version="2.0"),
        None,
        why="as good as the first",
    )
