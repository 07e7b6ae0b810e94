"""What stands at the end of a Parquet file: its row groups, and where their columns lie.

Read by hand, because pyarrow ends the whole process where it finds a contradiction in the description of a
column that is asked for (version 26: an exception of C++ that nothing catches).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rvosbench.predictions.compact_thrift import Compact, ThriftError

MAGIC = b"PAR1"
_LARGEST, _OF_A_SAMPLE = 1 << 19, 8  # bytes: a row group is described in 1,500, and holds hundreds of rows
_DEEPEST = 8
_END = len(MAGIC) + 4


class PageError(ValueError):
    """The file is not what a table of predictions is."""


@dataclass(frozen=True, slots=True)
class Column:
    """Of a row group: the bytes from `start` to `end` hold its pages."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RowGroup:
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Footer:
    rows: int
    groups: tuple[RowGroup, ...]


def read_footer(path: Path, samples: int) -> Footer:
    """Its size is held to what so many samples can need: a library makes objects of it that are a hundred
    times as large."""
    most = _LARGEST + _OF_A_SAMPLE * samples
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END))
        end = file.read()
        if size < len(MAGIC) + _END or end[4:] != MAGIC:
            raise PageError("it ends too early: it was cut off")
        if (length := int.from_bytes(end[:4], "little")) > min(most, size - len(MAGIC) - _END):
            room = min(most, size - len(MAGIC) - _END)
            raise PageError(f"{length:,} bytes that describe it; at most {room:,} are read")
        file.seek(size - _END - length)
        content = file.read(length)
    try:
        fields = Compact(content, _DEEPEST).struct()
        return Footer(_number(fields, 3), tuple(_group(group) for group in _structs(fields, 4)))
    except IndexError:
        raise PageError("a description that ends too early") from None
    except ThriftError as error:
        raise PageError(f"a description that cannot be read: {error}") from None


def _group(fields: dict[int, Any]) -> RowGroup:
    return RowGroup(_number(fields, 3), tuple(_column(column) for column in _structs(fields, 1)))


def _column(fields: dict[int, Any]) -> Column:
    """The dictionary of a column lies before its first page of data, where there is one."""
    if fields.get(1):
        raise PageError("a column that lies in another file")
    about = fields.get(3)
    if not isinstance(about, dict):
        raise PageError("a column without a description")
    path = about.get(3)
    if not isinstance(path, list) or not all(isinstance(part, bytes) for part in path):
        raise PageError("a column without a name")
    start = _number(about, 9)
    dictionary = about.get(11)
    if isinstance(dictionary, int) and 0 < dictionary < start:
        start = dictionary
    return Column(b".".join(path).decode("utf-8"), start, start + _number(about, 7))


def _structs(fields: dict[int, Any], number: int) -> list[dict[int, Any]]:
    found = fields.get(number)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise PageError("a description without row groups, or of groups without columns")
    return found


def _number(fields: dict[int, Any], number: int) -> int:
    found = fields.get(number)
    if not isinstance(found, int) or found < 0:
        raise PageError("a description in which a number is missing or below 0")
    return found
