"""How large the pages of a Parquet file say they are, read by hand and held to what a split can need.

A reader makes room for a page as its header asks, and kilobytes can ask for gigabytes: compressed zeros,
or names that stand once and are meant a million times. So all headers are read before any page is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rvosbench.predictions.compact_thrift import Compact, ThriftError
from rvosbench.predictions.parquet_footer import MAGIC, Column, Footer, PageError

LARGEST_PAGE = 16 << 20  # bytes of masks; writers end a page after one or two
_MOST_PAGES = 100_000
_SPARE = 1 << 22  # bytes of a column beside its rows
_HEADER, _LONGEST_HEADER = 1 << 9, 1 << 16
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3
_PREFIXED = 7  # strings that repeat parts of those before them: these can grow without bound
_DEEPEST = 4


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


def check_pages(path: Path, footer: Footer, bounds: Bounds) -> list[int]:
    """How many bytes of masks each row group has. Other columns are not looked at, and must not be read."""
    masks, pages = [], 0
    totals = dict.fromkeys(bounds.longest, 0)
    rows = 0
    with path.open("rb") as file:
        for group in footer.groups:
            rows += group.rows
            if rows > bounds.rows:
                raise PageError(f"row groups of {rows:,} rows; at most {bounds.rows:,} make sense")
            of_masks = 0
            for column in group.columns:
                if column.name != "counts" and column.name not in totals:
                    continue
                found = list(_pages(file, column, group.rows, _MOST_PAGES - pages))
                pages += len(found)
                size = sum(page.size for page in found)
                if column.name == "counts":
                    of_masks += size
                else:
                    totals[column.name] += size
            masks.append(of_masks)
    if rows != footer.rows:
        raise PageError(f"row groups of {rows:,} rows, {footer.rows:,} in all")
    for name, total in totals.items():
        most = rows * (bounds.longest[name] + 16) + _SPARE
        if total > most:
            raise PageError(f"{total:,} bytes in the column {name}; {rows:,} rows have at most {most:,}")
    return masks


def _pages(file: BinaryIO, column: Column, rows: int, most: int) -> Iterator[_Page]:
    """Those of a column in a row group, whose values must be as many as its rows."""
    name, at, end = column.name, column.start, column.end
    values = seen = 0
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
        reader = Compact(file.read(length), _DEEPEST)
        try:
            fields = reader.struct()
        except IndexError:
            continue
        except ThriftError as error:
            raise PageError(f"a page whose header cannot be read: {error}") from None
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
