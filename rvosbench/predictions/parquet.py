"""`predictions.parquet`: one row per mask. What `rvosbench eval` keeps, and what many masks are smallest in.

Names, sizes and scores are checked for the whole table at once. Masks are read video by video, from the row
groups that hold some of them: quick if the table is sorted by video, as the writer does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rvosbench.errors import Code, PredictionsRefused, Problem, ProblemLog
from rvosbench.predictions import digest
from rvosbench.predictions.base import Picture, Predictions, Scored, VideoPredictions
from rvosbench.predictions.counts import best, wrong_counts
from rvosbench.predictions.parquet_checks import COLUMNS, NAMES, check_rows, check_schema, typed, unreadable

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

FILE = "predictions.parquet"
_ROWS_AT_ONCE = 2048  # of masks that are decoded together: a row group of strangers may be huge


class ParquetVideo(VideoPredictions):
    """What was read is kept until the next video; it does not travel to other processes."""

    def __init__(self, path: Path, video: str, groups: Sequence[int]) -> None:
        self._path = path
        self._video = video
        self._groups = tuple(groups)

    def __reduce__(self) -> tuple[type[ParquetVideo], tuple[Path, str, tuple[int, ...]]]:
        return ParquetVideo, (self._path, self._video, self._groups)

    def queries(self, expression: str, stems: Sequence[str]) -> list[list[Scored]]:
        found = [list(self._masks.get((expression, stem), ())) for stem in stems]
        self._check([(stem, query) for stem, queries in zip(stems, found, strict=True) for query in queries])
        return found

    def _check(self, queries: Sequence[tuple[str, Scored]]) -> None:
        log = ProblemLog()
        for height, width in {(query.height, query.width) for _, query in queries}:
            same = [one for one in queries if (one[1].height, one[1].width) == (height, width)]
            for place, reason in wrong_counts([query.counts for _, query in same], height, width):
                _bad_counts(f"{self._path.name}: {self._video}, frame {same[place][0]}", reason, log)
        if log.has_errors:
            raise PredictionsRefused(*log)

    def pictures(self, expression: str, stems: Sequence[str]) -> list[Picture | None]:
        return [best(self._masks.get((expression, stem), ())) for stem in stems]

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        there = self._stems.get(expression, set())
        return [stem for stem in stems if stem not in there]

    @cached_property
    def _stems(self) -> Mapping[str, set[str]]:
        """Expression -> the frames for which there is a mask."""
        found: dict[str, set[str]] = {}
        for row in self._rows(("video", "expression", "frame")):
            found.setdefault(row["expression"], set()).add(row["frame"])
        return found

    @cached_property
    def _masks(self) -> Mapping[tuple[str, str], list[Scored]]:
        """Expression and frame -> its masks, in the order of the table."""
        found: dict[tuple[str, str], list[Scored]] = {}
        for row in self._rows(COLUMNS.names):
            mask = Scored(row["score"], row["counts"] or b"", row["height"], row["width"])
            found.setdefault((row["expression"], row["frame"]), []).append(mask)
        return found

    def _rows(self, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        if not self._groups:
            return
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE, list(self._groups), list(columns)):
                    table = pa.Table.from_batches([batch])
                    yield from typed(table.filter(pc.equal(table["video"], self._video))).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise PredictionsRefused(unreadable(self._path, error)) from error

    def digest_lines(self) -> Iterator[tuple[str, bytes]]:
        for (expression, stem), masks in sorted(self._masks.items()):
            for mask in masks:
                size = f"{mask.height}x{mask.width}"
                yield f"{self._video}/{expression}/{stem} {size} {mask.score:.9g}", mask.counts


class ParquetPredictions(Predictions):
    form = "Parquet"

    def __init__(self, source: Path, split: Split) -> None:
        """Checks everything but the masks; what is wrong is raised together."""
        self.source = source
        self._split = split
        log = ProblemLog()
        names, ends = _read_names(source, log)
        if names is not None:
            check_rows(source, names, split, log)
        if log.has_errors or names is None:
            raise PredictionsRefused(*log)
        self.notes: tuple[Problem, ...] = tuple(log)
        self.kind = "queries" if _several_queries(names) else "masks"
        self._groups = _groups_of_videos(names["video"], ends)

    def videos(self) -> set[str]:
        return set(self._groups) & set(self._split.videos)

    def of_video(self, video: str) -> ParquetVideo:
        return ParquetVideo(self.source, video, self._groups.get(video, ()))

    def sha256(self) -> str:
        found = digest.Digest()
        for video in sorted(self.videos(), key=digest.order):
            for name, counts in self.of_video(video).digest_lines():
                found.add(name, counts)
        return found.hexdigest()


def _read_names(source: Path, log: ProblemLog) -> tuple[pa.Table | None, list[int]]:
    """All columns but the masks, and where in the table each row group ends."""
    try:
        with pq.ParquetFile(source) as file:
            if not check_schema(source, file.schema_arrow, log):
                return None, []
            ends, rows = [], 0
            for group in range(file.num_row_groups):
                rows += file.metadata.row_group(group).num_rows
                ends.append(rows)
            return typed(file.read(list(NAMES))), ends
    except (pa.ArrowException, OSError) as error:
        log.include([unreadable(source, error)])
    return None, []


def _several_queries(names: pa.Table) -> bool:
    """Whether it is a matter of ranks: several masks for one sample, or scores that differ."""
    if not names.num_rows:
        return False
    scores, queries = pc.min_max(names["score"]).as_py(), pc.min_max(names["query"]).as_py()
    return bool(scores["min"] != scores["max"] or queries["min"] != queries["max"])


def _groups_of_videos(videos: pa.ChunkedArray, ends: Sequence[int]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    start = 0
    for group, end in enumerate(ends):
        for video in videos.slice(start, end - start).unique().to_pylist():
            found[video] = (*found.get(video, ()), group)
        start = end
    return found


def _bad_counts(where: str, found: str, log: ProblemLog) -> None:
    log.add(
        Code.BAD_RLE,
        where,
        expected="compressed COCO counts of a mask of that height and width",
        found=found,
        fix='pycocotools.mask.encode(mask)["counts"], as bytes',
    )
