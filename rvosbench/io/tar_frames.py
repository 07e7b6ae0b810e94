"""Frames read in place from an uncompressed tar, by offset: nothing is unpacked.

Finding the members of a tar means walking all of it, header by header. The walk over a release of many
gigabytes is done once; its outcome is a small Parquet table beside the converted split.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rvosbench.io.frame_source import (
    IMAGE_SUFFIXES,
    FramesError,
    checked,
    image_header,
    image_pixels,
    missing_frame,
    missing_source,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INDEX_NAME = "frames.index.parquet"
"""The table's name in the folder of a converted split."""

_COLUMNS = pa.schema(
    [
        pa.field("member", pa.string(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
    ]
)
_ROWS_PER_GROUP = 4096  # one video is then found by reading one or two small groups
_STAMP = b"rvosbench.tar"

Places = dict[str, tuple[int, int]]
"""Member name -> (offset, size) of its bytes in the tar."""


class TarIndex(Mapping[str, tuple[int, int]]):
    """Where every member of a tar lies, sorted by name, in three columns rather than in Python objects.

    A tar may hold a name twice; then the later one counts, as when it is unpacked.
    """

    def __init__(self, table: pa.Table) -> None:
        table = table.sort_by("member").combine_chunks()
        names = table["member"]
        last_of_name = [*pc.not_equal(names[:-1], names[1:]).to_pylist(), True] if len(names) else []
        self._table = table.filter(pa.array(last_of_name, pa.bool_()))

    def __getitem__(self, member: str) -> tuple[int, int]:
        for row in self._rows(pc.equal(self._table["member"], member)):
            return row[1], row[2]
        raise KeyError(member)

    def __iter__(self) -> Iterator[str]:
        return (str(name) for name in self._table["member"].to_pylist())

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def below(self, prefix: str) -> Places:
        """The members of one folder of the tar, and of the folders in it."""
        return {name: (at, size) for name, at, size in self._rows(_is_below(self._table, prefix))}

    def _rows(self, chosen: pa.ChunkedArray) -> list[tuple[str, int, int]]:
        columns = self._table.filter(chosen)
        return list(zip(*(columns[name].to_pylist() for name in _COLUMNS.names), strict=True))

    @property
    def end(self) -> int:
        """Where the last member ends, padding included."""
        ends = pc.add(self._table["offset"], self._table["size"])
        last = pc.max(ends).as_py() or 0
        return int(last + -last % tarfile.BLOCKSIZE)

    def write(self, path: Path, stamp: bytes) -> None:
        table = self._table.replace_schema_metadata({_STAMP: stamp})
        pq.write_table(table, path, compression="zstd", row_group_size=_ROWS_PER_GROUP)


def _is_below(table: pa.Table, prefix: str) -> pa.ChunkedArray:
    start, stop = _range(prefix)
    return pc.and_(pc.greater_equal(table["member"], start), pc.less(table["member"], stop))


def _range(prefix: str) -> tuple[str, str]:
    """All names in the folder `prefix` lie between these two; '0' is the character after '/'."""
    return (prefix + "/", prefix + "0") if prefix else ("", "\U0010ffff")


def tar_index(tar: Path, advance: Callable[[int], None] = lambda _: None) -> TarIndex:
    """Walks the headers of a tar. `advance` is told the bytes that were passed."""
    try:
        batches = list(_walk(tar, advance))
    except FileNotFoundError:
        raise missing_source(tar) from None
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise _unreadable(tar, error) from error
    return TarIndex(pa.Table.from_batches(batches, schema=_COLUMNS))


def _unreadable(tar: Path, error: Exception) -> FramesError:
    return FramesError(
        tar,
        expected="a whole tar that is not compressed",
        reason=str(error) or type(error).__name__,
        fix="download the tar again; unpack a .tar.gz to a .tar first",
    )


def _walk(tar: Path, advance: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    rows: list[tuple[str, int, int]] = []
    passed = 0
    end = tar.stat().st_size
    with tarfile.open(tar, "r:", encoding="utf-8", errors="replace") as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # tarfile would keep a kilobyte of each
            if member.isreg():
                if member.offset_data + member.size > end:
                    raise tarfile.ReadError(f"the tar ends inside {member.name}")
                rows.append((_normal(member.name), member.offset_data, member.size))
            advance(archive.offset - passed)
            passed = archive.offset
            if len(rows) >= _ROWS_PER_GROUP:
                yield _batch(rows)
                rows = []
    yield _batch(rows)


def _batch(rows: list[tuple[str, int, int]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, _COLUMNS, strict=True)],
        schema=_COLUMNS,
    )


def _normal(member: str) -> str:
    """Tars made with `tar c .` name their members ./a/b."""
    return str(PurePosixPath(member))


def write_tar_index(tar: Path, path: Path, advance: Callable[[int], None] = lambda _: None) -> None:
    """Keeps the index of `tar` at `path`, with the tar's size and time by which to know it again."""
    stamp = _stamp(tar)
    index = tar_index(tar, advance)
    index.write(path, b"%s %d" % (stamp, index.end))


def _stamp(tar: Path) -> bytes:
    try:
        about = tar.stat()
    except OSError:
        raise missing_source(tar) from None
    return f"{about.st_size} {about.st_mtime_ns}".encode()


def members_below(tar: Path, prefix: str, index: Path | None) -> Places:
    """The members of one folder of the tar, from the kept index if that is of this very tar."""
    kept = None if index is None else _kept(index, tar, prefix)
    return tar_index(tar).below(prefix) if kept is None else kept


def _kept(index: Path, tar: Path, prefix: str) -> Places | None:
    """Reads only the row groups that can hold the folder. None if the index is of another tar, or damaged."""
    size, time = _stamp(tar).split()
    try:
        with pq.ParquetFile(index) as file:
            kept_size, kept_time, end = file.schema_arrow.metadata[_STAMP].split()
            if size != kept_size:
                return None
            about = file.metadata
            start, stop = _range(prefix)
            groups = [
                number
                for number in range(about.num_row_groups)
                if about.row_group(number).column(0).statistics.max >= start
                and about.row_group(number).column(0).statistics.min < stop
            ]
            found = TarIndex(file.read_row_groups(groups)).below(prefix) if groups else {}
    except (OSError, pa.ArrowException, AttributeError, KeyError, TypeError, ValueError):
        return None
    return found if time == kept_time or _still_there(tar, found, int(end)) else None


def _still_there(tar: Path, places: Places, end: int) -> bool:
    """A copied tar has a new time. Then the headers before the members must say what the index says, and
    nothing may have been added."""
    try:
        with tar.open("rb") as file:
            file.seek(end)
            if any(file.read(tarfile.BLOCKSIZE)):
                return False
            for offset, size in places.values():
                file.seek(offset - tarfile.BLOCKSIZE)
                header = tarfile.TarInfo.frombuf(file.read(tarfile.BLOCKSIZE), "utf-8", "replace")
                if header.size != size or not header.isreg():
                    return False
    except (OSError, tarfile.TarError, ValueError):
        return False
    return bool(places)


class TarFrames:
    """Members `<prefix>/<stem>.jpg` of a tar. No handle is kept: a read opens, reads its bytes and closes."""

    def __init__(self, tar: Path, prefix: str, stems: Sequence[str], index: Path | None = None) -> None:
        self.tar, self.prefix, self.stems = tar, prefix, tuple(stems)
        self._index = index
        self._found: list[tuple[int, int] | None] | None = None

    def __len__(self) -> int:
        return len(self.stems)

    def read(self, index: int) -> NDArray[np.uint8]:
        return image_pixels(self._bytes(index), self._where(index))

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        return [self.read(index) for index in indices]

    def size(self) -> tuple[int, int]:
        for index, place in enumerate(self._places()):
            if place is not None:
                return image_header(self._bytes(index), self._where(index))
        raise missing_frame(self._where(0) if self.stems else self.tar)

    def missing(self) -> list[str]:
        return [stem for stem, place in zip(self.stems, self._places(), strict=True) if place is None]

    def _places(self) -> list[tuple[int, int] | None]:
        if self._found is None:
            members = members_below(self.tar, self.prefix, self._index)
            self._found = [self._place(stem, members) for stem in self.stems]
        return self._found

    def _place(self, stem: str, members: Places) -> tuple[int, int] | None:
        start = f"{self.prefix}/{stem}" if self.prefix else stem
        for suffix in IMAGE_SUFFIXES:
            for member in (start + suffix, start + suffix.upper()):
                if member in members:
                    return members[member]
        return None

    def _bytes(self, index: int) -> bytes:
        place = self._places()[checked(index, len(self))]
        if place is None:
            raise missing_frame(self._where(index))
        offset, size = place
        try:
            with self.tar.open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except OSError as error:
            raise _unreadable(self.tar, error) from error

    def _where(self, index: int) -> str:
        return f"{self.tar}: {self.prefix}/{self.stems[index]}"
