"""`predictions.parquet`: one row per mask. What `rvosbench eval` keeps, and what many masks are smallest in.

Names, sizes and scores are checked for the whole table at once. Masks are read video by video, from the row
groups that hold some of them: quick if the table is sorted by video, as the writer does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rvosbench.errors import Code, PredictionsRefused, Problem, ProblemLog
from rvosbench.predictions import digest
from rvosbench.predictions.base import Kind, Picture, Predictions, Scored, VideoPredictions
from rvosbench.predictions.counts import best, most_results, too_many_results, wrong_counts
from rvosbench.predictions.palette_tree import annotators_of
from rvosbench.predictions.parquet_checks import (
    COLUMNS,
    NAMES,
    check_lengths,
    check_rows,
    check_schema,
    numbers,
    typed,
    unreadable,
)
from rvosbench.predictions.parquet_footer import PageError, read_footer
from rvosbench.predictions.parquet_labels import ParquetLabels, annotators_in
from rvosbench.predictions.parquet_pages import LARGEST_PAGE, Bounds, check_pages

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

FILE = "predictions.parquet"
_ROWS_AT_ONCE, _FEW_ROWS = 2048, 16  # that are decoded together: a row group of strangers may be huge
_BYTES_AT_ONCE = 32 << 20
_MOST_OF_A_VIDEO = 96 << 20  # bytes of masks, which are in memory together
_LONGER = 32  # characters that the names of other videos and frames may have more
_SPARE = 64
_THRIFT_STRING, _THRIFT_LIST = 1 << 20, 100_000
_UNREADABLE = (pa.ArrowException, OSError, PageError, UnicodeDecodeError)
_TEXTS = ("video", "expression", "frame")


class ParquetVideo(VideoPredictions):
    """What was read is kept until the next video; it does not travel to other processes."""

    def __init__(self, path: Path, video: str, groups: Sequence[int], longest: int, at_once: int) -> None:
        """`longest` is how many bytes the counts of a mask may have; `at_once` how many rows are decoded
        together."""
        self._path = path
        self._video = video
        self._groups = tuple(groups)
        self._longest = longest
        self._at_once = at_once

    def __reduce__(self) -> tuple[type[ParquetVideo], tuple[Path, str, tuple[int, ...], int, int]]:
        return ParquetVideo, (self._path, self._video, self._groups, self._longest, self._at_once)

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

    @property
    def expressions(self) -> list[str]:
        """Those of which there is a row."""
        return sorted(self._stems)

    @cached_property
    def _stems(self) -> Mapping[str, set[str]]:
        """Expression -> the frames for which there is a mask."""
        found: dict[str, set[str]] = {}
        for table in self._tables(("video", "expression", "frame")):
            for row in typed(table).to_pylist():
                found.setdefault(row["expression"], set()).add(row["frame"])
        return found

    @cached_property
    def _masks(self) -> Mapping[tuple[str, str], list[Scored]]:
        """Expression and frame -> its masks, in the order of the table."""
        found: dict[tuple[str, str], list[Scored]] = {}
        room = _MOST_OF_A_VIDEO
        for table in self._tables(COLUMNS.names):
            counts, size = self._counts(table["counts"])
            room -= size
            if room < 0:
                raise PredictionsRefused(_too_large(self._path, self._video))
            for row, of_row in zip(typed(table.drop_columns("counts")).to_pylist(), counts, strict=True):
                mask = Scored(row["score"], of_row, row["height"], row["width"])
                found.setdefault((row["expression"], row["frame"]), []).append(mask)
        return found

    def _counts(self, column: pa.ChunkedArray) -> tuple[list[bytes], int]:
        """The counts of each row, and their bytes. Equal ones that stand once in the file are one object."""
        rows: list[bytes] = []
        size = 0
        for chunk in column.chunks:
            values = pc.unique(chunk.indices).drop_null()
            used = chunk.dictionary.cast(pa.large_binary()).take(values)
            if len(used) and pc.max(pc.binary_length(used)).as_py() > self._longest:
                raise PredictionsRefused(_too_long(self._path, self._video, self._longest))
            known = dict(zip(values.to_pylist(), used.to_pylist(), strict=True))
            size += sum(map(len, known.values()))
            rows += [known.get(index, b"") for index in chunk.indices.to_pylist()]
        return rows, size

    def _tables(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The rows of the video, some at a time. The counts are a dictionary: one that many rows mean is not
        copied for each."""
        if not self._groups:
            return
        try:
            with _opened(self._path, [*_TEXTS, "counts"]) as file:
                for batch in file.iter_batches(self._at_once, list(self._groups), list(columns)):
                    yield pa.Table.from_batches([batch]).filter(self._is_of_video(batch["video"]))
        except _UNREADABLE as error:
            raise PredictionsRefused(unreadable(self._path, error)) from error

    def _is_of_video(self, videos: pa.DictionaryArray) -> pa.BooleanArray:
        """By hand: to compare with a text, Arrow loads pandas, which takes longer than all the rest."""
        known = videos.dictionary.to_pylist()
        code = known.index(self._video) if self._video in known else -1
        bits = np.packbits(numbers(videos.indices) == code, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(videos), [None, pa.py_buffer(bits)])

    def digest_lines(self) -> Iterator[tuple[str, bytes]]:
        for (expression, stem), masks in sorted(self._masks.items()):
            for mask in masks:
                size = f"{mask.height}x{mask.width}"
                yield f"{self._video}/{expression}/{stem} {size} {mask.score:.9g}", mask.counts


class ParquetPredictions(Predictions):
    form = "Parquet"
    kind: Kind

    def __init__(self, source: Path, split: Split) -> None:
        """Checks everything but the masks; what is wrong is raised together."""
        self.source = source
        self._split = split
        log = ProblemLog()
        self._at_once = _ROWS_AT_ONCE
        names, ends = self._read_names(log)
        maps = () if names is None else annotators_in(names["expression"].unique().to_pylist())
        if names is not None:
            check_rows(source, names, split, log, label_maps=bool(maps))
        if log.has_errors or names is None:
            raise PredictionsRefused(*log)
        self.notes: tuple[Problem, ...] = tuple(log)
        self._annotators = tuple(one for one in maps if one in annotators_of(split))
        self.kind = "labels" if maps else "queries" if _several_queries(names) else "masks"
        if maps:
            self.form = "label maps in Parquet"
        self._groups = _groups_of_videos(names["video"], ends)

    def videos(self) -> set[str]:
        return set(self._groups) & set(self._split.videos)

    def annotators(self) -> tuple[int, ...]:
        return self._annotators

    def of_video(self, video: str) -> ParquetVideo | ParquetLabels:
        rows = self._rows_of(video)
        return ParquetLabels(rows) if self.kind == "labels" else rows

    def _rows_of(self, video: str) -> ParquetVideo:
        groups = self._groups.get(video, ())
        return ParquetVideo(self.source, video, groups, self._longest_counts, self._at_once)

    @property
    def _longest_counts(self) -> int:
        """A mask has no more runs than pixels; a run that takes another character takes pixels too."""
        sizes = [
            video.size for video in self._split.videos.values() if None not in (video.height, video.width)
        ]
        return max((height * width for height, width in sizes), default=LARGEST_PAGE) + _SPARE

    def _read_names(self, log: ProblemLog) -> tuple[pa.Table | None, list[int]]:
        """All columns but the masks, and where in the table each row group ends."""
        bounds = _bounds(self._split)
        try:
            footer = read_footer(self.source, bounds.samples)
            with _opened(self.source) as file:
                if not check_schema(self.source, file.schema_arrow, log):
                    return None, []
            if footer.rows > bounds.rows:
                too_many_results(self.source, bounds.rows, f"{footer.rows:,} rows", log)
                return None, []
            masks = check_pages(self.source, footer, bounds)
            with _opened(self.source, _TEXTS) as file:
                if max(masks, default=0) > _BYTES_AT_ONCE:
                    self._at_once = min(_ROWS_AT_ONCE, max(_FEW_ROWS, _BYTES_AT_ONCE // self._longest_counts))
                ends = list(accumulate(group.rows for group in footer.groups))
                names = file.read(list(NAMES))
                check_lengths(names, bounds.longest)
                names = typed(names)
                names.validate(full=True)  # that texts are UTF-8, which nothing has looked at before
                return names, ends
        except _UNREADABLE as error:
            log.include([unreadable(self.source, error)])
        return None, []

    def sha256(self) -> str:
        found = digest.Digest()
        for video in sorted(self.videos(), key=digest.order):
            for name, counts in self._rows_of(video).digest_lines():
                found.add(name, counts)
        return found.hexdigest()


def _opened(path: Path, as_dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    return pq.ParquetFile(
        path,
        read_dictionary=list(as_dictionaries),
        thrift_string_size_limit=_THRIFT_STRING,
        thrift_container_size_limit=_THRIFT_LIST,
        page_checksum_verification=True,
    )


def _bounds(split: Split) -> Bounds:
    samples = sum(len(one.scored) for one in split.expressions)
    longest = dict.fromkeys(NAMES, 0)
    for one in split.expressions:
        texts = (one.video.name, one.name, max(one.video.frames, key=len, default=""))
        for name, text in zip(_TEXTS, texts, strict=True):
            longest[name] = max(longest[name], len(text.encode()))
    for name in _TEXTS:
        longest[name] += _LONGER
    return Bounds(samples, most_results(split), longest)


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


def _too_long(path: Path, video: str, longest: int) -> Problem:
    return Problem(
        Code.BAD_RLE,
        f"{path.name}: {video}",
        expected="compressed COCO counts of a mask of the size of the video",
        found=f"counts of more than {longest:,} bytes",
        fix='pycocotools.mask.encode(mask)["counts"], as bytes',
    )


def _too_large(path: Path, video: str) -> Problem:
    return Problem(
        Code.FILE_TOO_LARGE,
        f"{path.name}: {video}",
        expected=f"masks of a video of at most {_MOST_OF_A_VIDEO >> 20} MB of counts",
        found="more",
        fix="threshold the masks before they are encoded: noise takes a hundred times the room",
    )
