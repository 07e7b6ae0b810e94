"""How large the pages of a Parquet file say they are, read by hand and held to what a split can need.

A reader makes room for a page as its header asks, and kilobytes can ask for gigabytes: compressed zeros,
or names that stand once and are meant a million times. So all headers are read before any page is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAGIC = b"PAR1"
LARGEST_PAGE = 16 << 20  # bytes of masks; writers end a page after one or two
_FOOTER, _FOOTER_OF_A_SAMPLE = (
    1 << 19,
    8,
)  # bytes: a row group is described in 1,500, and holds hundreds of rows
_MOST_PAGES = 100_000
_SPARE = 1 << 22  # bytes of a column beside its rows
_HEADER, _LONGEST_HEADER = 1 << 9, 1 << 16
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3
_PREFIXED = 7  # strings that repeat parts of those before them: these can grow without bound
_DEEPEST = 4


class PageError(ValueError):
    """The pages are not what a table of predictions has."""


class _Page(NamedTuple):
    kind: int
    size: int
    packed: int
    values: int
    encoding: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """`longest` is the length of a value, by column; the masks are bounded by their pages alone."""

    samples: int
    rows: int
    longest: Mapping[str, int]


def check_footer(path: Path, samples: int) -> None:
    """The description at the end of a file, which a library turns into objects a hundred times as large."""
    most = _FOOTER + _FOOTER_OF_A_SAMPLE * samples
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read()
    if size < 12 or end[4:] != MAGIC:
        raise PageError("it ends too early: it was cut off")
    if (length := int.from_bytes(end[:4], "little")) > min(most, size - 12):
        raise PageError(f"{length:,} bytes that describe it; at most {min(most, size - 12):,} are read")


def check_pages(path: Path, metadata: pq.FileMetaData, bounds: Bounds) -> list[int]:
    """How many bytes of masks each row group has. Other columns are not looked at, and must not be read."""
    masks, pages = [], 0
    totals = dict.fromkeys(bounds.longest, 0)
    rows = 0
    with path.open("rb") as file:
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            rows += max(0, group.num_rows)
            if group.num_rows < 0 or rows > bounds.rows:
                raise PageError(f"row groups of {rows:,} rows; at most {bounds.rows:,} make sense")
            of_masks = 0
            for place in range(group.num_columns):
                column = group.column(place)
                name = column.path_in_schema
                if name != "counts" and name not in totals:
                    continue
                found = list(_pages(file, column, group.num_rows, _MOST_PAGES - pages))
                pages += len(found)
                size = sum(page.size for page in found)
                if name == "counts":
                    of_masks += size
                else:
                    totals[name] += size
            masks.append(of_masks)
    if rows != metadata.num_rows:
        raise PageError(f"row groups of {rows:,} rows, {metadata.num_rows:,} in all")
    for name, total in totals.items():
        most = rows * (bounds.longest[name] + 16) + _SPARE
        if total > most:
            raise PageError(f"{total:,} bytes in the column {name}; {rows:,} rows have at most {most:,}")
    return masks


def _pages(file: BinaryIO, column: pq.ColumnChunkMetaData, rows: int, most: int) -> Iterator[_Page]:
    """Those of a column in a row group, whose values must be as many as its rows."""
    at = column.data_page_offset
    if column.has_dictionary_page and 0 < column.dictionary_page_offset < at:
        at = column.dictionary_page_offset
    end = at + column.total_compressed_size
    values = seen = 0
    name = column.path_in_schema
    while values < rows:
        if at < len(MAGIC) or at >= end:
            raise PageError(f"{values:,} values in the column {name}, in a row group of {rows:,}")
        page, at = _page(file, at)
        seen += 1
        if seen > most:
            raise PageError(f"more than {_MOST_PAGES:,} pages")
        if page.size < 0 or page.packed < 0 or page.values < 0 or at + page.packed > end:
            raise PageError(f"a page of the column {name} that does not fit into it")
        if page.size > LARGEST_PAGE:
            raise PageError(f"a page of {page.size:,} bytes; at most {LARGEST_PAGE:,} are read")
        if page.encoding == _PREFIXED:
            raise PageError(f"the encoding DELTA_BYTE_ARRAY in the column {name}, which is not read")
        if page.kind in (_DATA, _DATA_2):
            values += page.values
        at += page.packed
        yield page
    if values != rows:
        raise PageError(f"{values:,} values in the column {name}, in a row group of {rows:,}")


def _page(file: BinaryIO, at: int) -> tuple[_Page, int]:
    """The page whose header lies here, and where its contents begin."""
    for length in (_HEADER, _LONGEST_HEADER):
        file.seek(at)
        reader = _Compact(file.read(length))
        try:
            fields = reader.struct(0)
        except IndexError:
            continue
        kind = _number(fields.get(1))
        about = fields.get({_DATA: 5, _DICTIONARY: 7, _DATA_2: 8}.get(kind, 0), {})
        if not isinstance(about, dict):
            about = {}
        encoding = _number(about.get(4 if kind == _DATA_2 else 2))
        page = _Page(kind, _number(fields.get(2)), _number(fields.get(3)), _number(about.get(1)), encoding)
        return page, at + reader.at
    raise PageError("a page whose header ends nowhere")


def _number(value: Any) -> int:
    return value if isinstance(value, int) else -1


class _Compact:
    """Thrift's compact protocol, as far as headers of pages have it. IndexError at the end of the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise PageError("a page whose header is nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _byte(self) -> int:
        value = self._data[self.at]
        self.at += 1
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise PageError("a page whose header has a number of more than 64 bits")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return self._skip(8)
        if kind == 8:
            return self._skip(self._unsigned())
        if kind == 12:
            return self.struct(depth + 1)
        raise PageError("a page whose header has something else in it")

    def _skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self._data):
            raise IndexError
