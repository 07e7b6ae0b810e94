"""Whether the object tokens of tracks tell their masks apart: how alike the tokens of two tracks of a video
are, against how much their masks overlap. Files of `rvosbench baseline tracks` are enough; no ground truth is
read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.masks.rle import RleError
from rvosbench.metrics.mask_overlaps import overlaps
from rvosbench.progress import Progress, Silent

COLUMNS = {
    "video": pa.types.is_string,
    "height": pa.types.is_integer,
    "width": pa.types.is_integer,
    "counts": pa.types.is_list,
    "tokens": pa.types.is_list,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tracks of a video. `overlap` is the mean IoU over the frames in which either is seen, `likeness`
    the mean cosine of their tokens over the frames in which both are."""

    video: str
    overlap: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose overlap is at least `low` and less than `high`; in the last bin it may be 1."""

    low: float
    high: float
    likeness: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        return float(np.mean(self.likeness)) if self.likeness else None

    @property
    def variance(self) -> float | None:
        """Of the pairs themselves, not of a sample of more."""
        return float(np.var(self.likeness)) if self.likeness else None


@dataclass(frozen=True, slots=True)
class Likenesses:
    pairs: tuple[Pair, ...]
    apart: int
    """Pairs that are never seen in the same frame, whose tokens are not compared."""
    videos: int

    def bins(self, count: int) -> tuple[Bin, ...]:
        places = [min(int(pair.overlap * count), count - 1) for pair in self.pairs]
        return tuple(
            Bin(
                place / count,
                (place + 1) / count,
                tuple(pair.likeness for pair, own in zip(self.pairs, places, strict=True) if own == place),
            )
            for place in range(count)
        )


def compare(paths: Sequence[Path], progress: Progress | None = None) -> Likenesses:
    """Every two tracks of a video, from all of the files together."""
    progress = progress or Silent()
    files = [(path, _opened(path)) for path in paths]
    groups: dict[str, list[tuple[Path, pq.ParquetFile, int]]] = {}
    for path, file in files:
        for group in range(file.num_row_groups):
            names = file.read_row_group(group, columns=["video"])["video"].unique().to_pylist()
            if len(names) != 1:
                raise _refused(path, f"{len(names)} videos in row group {group}", Code.TABLE_INCONSISTENT)
            groups.setdefault(names[0], []).append((path, file, group))
    pairs: list[Pair] = []
    apart = 0
    progress.start("tracks", len(groups), "video")
    for video, parts in groups.items():
        rows = [row for path, file, group in parts for row in _rows(path, file, group)]
        _check_alike(paths[0], video, rows)
        found = list(_pairs(paths[0], video, rows))
        pairs += [pair for pair in found if pair is not None]
        apart += found.count(None)
        progress.advance()
    progress.finish()
    if not pairs:
        raise _refused(paths[0], "no two tracks that are seen in one frame", Code.NOTHING_FOUND)
    return Likenesses(tuple(pairs), apart, len(groups))


def _pairs(path: Path, video: str, rows: Sequence[dict[str, Any]]) -> Iterator[Pair | None]:
    """None where two tracks are never seen together."""
    count, size = len(rows), (rows[0]["height"], rows[0]["width"])
    ious, either, cosines, both = (np.zeros((count, count)) for _ in range(4))
    tokens = [np.array(row["tokens"], np.float64) for row in rows]
    for frame in range(len(rows[0]["counts"])):
        seen = [place for place, row in enumerate(rows) if row["counts"][frame] is not None]
        counts = [rows[place]["counts"][frame] for place in seen]
        try:
            found = overlaps(counts, counts, *size).ious
        except RleError as error:
            raise _refused(path, f"{error}: {video}, frame {frame}", Code.BAD_RLE) from error
        here = np.ix_(seen, seen)
        visible = np.isin(np.arange(count), seen)
        ious[here] += found
        either += visible[:, None] | visible
        both[here] += 1
        if seen:
            cosines[here] += _cosines(np.stack([tokens[place][frame] for place in seen]))
    for one in range(count):
        for other in range(one + 1, count):
            together = both[one, other]
            yield (
                Pair(video, ious[one, other] / either[one, other], cosines[one, other] / together)
                if together
                else None
            )


def _cosines(tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """A token of zeros is like no other."""
    lengths = np.linalg.norm(tokens, axis=1, keepdims=True)
    directions = tokens / np.where(lengths > 0, lengths, 1)
    cosines: NDArray[np.float64] = directions @ directions.T
    return cosines


def _rows(path: Path, file: pq.ParquetFile, group: int) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = file.read_row_group(group, columns=list(COLUMNS)).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise _refused(path, str(error), Code.UNREADABLE_FILE) from error
    return rows


def _check_alike(path: Path, video: str, rows: Sequence[dict[str, Any]]) -> None:
    """All tracks of a video have its size, and a token and a mask, or none, for each of its frames."""
    shapes = {(row["height"], row["width"], len(row["counts"]), len(row["tokens"])) for row in rows}
    widths = {len(token) for row in rows for token in row["tokens"]}
    if len(shapes) > 1 or len(widths) > 1 or any(frames != tokens for *_, frames, tokens in shapes):
        raise _refused(path, f"tracks of {video} that do not fit together", Code.TABLE_INCONSISTENT)


def _opened(path: Path) -> pq.ParquetFile:
    if not path.is_file():
        raise _refused(path, "a folder" if path.is_dir() else "no such file", Code.UNREADABLE_FILE)
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _refused(path, str(error), Code.UNREADABLE_FILE) from error
    types = {column.name: column.type for column in file.schema_arrow}
    if not all(name in types and fits(types[name]) for name, fits in COLUMNS.items()):
        raise _refused(path, f"the columns {', '.join(types)}", Code.WRONG_COLUMNS)
    return file


def _refused(path: Path, found: str, code: Code) -> UsageError:
    return UsageError(
        Problem(
            code,
            str(path),
            expected="a table of tracks with tokens, of which some are seen in one frame",
            found=found,
            fix="make it: rvosbench baseline tracks DATASET:SPLIT --sam2 FILE --prompts grid --out DIR",
        )
    )
