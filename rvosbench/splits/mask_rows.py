"""The masks table, one video at a time."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.io.tables import open_table, table_path
from rvosbench.schema import Mask

Masks = Mapping[str, Mapping[int, bytes]]  # object -> frame -> compressed counts


class MaskRows:
    """Row groups end between videos and rows are sorted by video: the footer tells where a video lies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened_by: int | None = None

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return MaskRows, (self._folder,)

    def of_video(self, video: str) -> Masks:
        """The counts alone: all that pixels need."""
        table = self._read(video, ["object", "frame", "counts"])
        found: dict[str, dict[int, bytes]] = {}
        for name, frame, counts in zip(
            *(table[name].to_pylist() for name in table.column_names), strict=True
        ):
            found.setdefault(name, {})[frame] = counts
        return found

    def measured(self, video: str) -> Iterator[tuple[str, Mask]]:
        """Every row with its area and box, in the order of the table, as (object, mask)."""
        columns = ["object", "frame", "counts", "area", "bbox"]
        for row in self._read(video, columns).to_pylist():
            yield row["object"], Mask(row["frame"], row["counts"], row["area"], tuple(row["bbox"]))

    def _read(self, video: str, columns: list[str]) -> pa.Table:
        file = self._file()
        start, stop = bisect_left(self._last, video), bisect_right(self._first, video)
        try:
            table = file.read_row_groups(list(range(start, max(start, stop))), columns=["video", *columns])
        except (pa.ArrowException, OSError) as error:
            raise DatasetError(
                Problem(
                    Code.SPLIT_DAMAGED,
                    str(table_path(self._folder, "masks")),
                    expected="a readable Parquet file",
                    found=str(error),
                    fix="convert the split again",
                )
            ) from error
        # The rows are sorted. pyarrow's own comparison would import pandas wherever it is installed.
        names = table["video"].to_pylist()
        first = bisect_left(names, video)
        return table.slice(first, bisect_right(names, video) - first).select(columns)

    def _file(self) -> pq.ParquetFile:
        """Opened anew after a fork: two processes must not share one file position."""
        if self._opened_by != os.getpid():
            self._open_file = open_table(self._folder, "masks")
            groups = [_bounds(self._open_file, group) for group in range(self._open_file.num_row_groups)]
            self._first = [first for first, _ in groups]
            self._last = [last for _, last in groups]
            self._opened_by = os.getpid()
        return self._open_file


def _bounds(file: pq.ParquetFile, group: int) -> tuple[Any, Any]:
    statistics = file.metadata.row_group(group).column(0).statistics
    return statistics.min, statistics.max
