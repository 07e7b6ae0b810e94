"""What must be true of `predictions.parquet` before any mask of it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from rvosbench.errors import Code, Problem, ProblemLog, Severity
from rvosbench.predictions.parquet_footer import PageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Split

COLUMNS = pa.schema(
    [
        pa.field(name, kind, nullable=False)
        for name, kind in {
            "video": pa.string(),
            "expression": pa.string(),
            "frame": pa.string(),
            "query": pa.int16(),
            "score": pa.float32(),
            "height": pa.int32(),
            "width": pa.int32(),
            "counts": pa.binary(),
        }.items()
    ]
)
NAMES = tuple(name for name in COLUMNS.names if name != "counts")
_SHOWN = 10  # a table may be wrong in every row
_FORM = ", ".join(f"{field.name}: {field.type}" for field in COLUMNS)


def check_schema(source: Path, schema: pa.Schema, log: ProblemLog) -> bool:
    """Whether all columns are there, of types that hold what they should; wider ones are as good."""
    wrong = [
        f"{name}: {schema.field(name).type}" if found == 1 else f"{name}: {found or 'no'} columns"
        for name in COLUMNS.names
        if (found := len(schema.get_all_field_indices(name))) != 1
        or not _fits(schema.field(name).type, COLUMNS.field(name).type)
    ]
    for name in wrong:
        log.add(
            Code.WRONG_COLUMNS,
            source,
            expected=f"the columns {_FORM}",
            found=name,
            fix="write the table with rvosbench.predictions.writer, or with these columns",
        )
    for name in sorted(set(schema.names) - set(COLUMNS.names)):
        log.warn(
            Code.FIELD_IGNORED,
            source,
            expected=f"the columns {', '.join(COLUMNS.names)}",
            found=f"a column {name}, which is ignored",
            fix="nothing needs to be done",
        )
    return not wrong


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    if kinds.is_dictionary(found):
        found = found.value_type
    if kinds.is_string(wanted):
        return bool(kinds.is_string(found) or kinds.is_large_string(found))
    if kinds.is_binary(wanted):
        return any(
            test(found)
            for test in (kinds.is_binary, kinds.is_large_binary, kinds.is_string, kinds.is_large_string)
        )
    return bool(kinds.is_integer(found) or (kinds.is_floating(wanted) and kinds.is_floating(found)))


def typed(table: pa.Table) -> pa.Table:
    """The same rows in the types of `COLUMNS`; an ArrowInvalid where a value does not fit."""
    schema = pa.schema([COLUMNS.field(name).with_nullable(True) for name in table.column_names])
    return table.cast(schema)


def check_lengths(names: pa.Table, longest: Mapping[str, int]) -> None:
    """Of texts, which are dictionaries here, before each row gets a copy of its own."""
    for name, most in longest.items():
        for chunk in names[name].chunks:
            if kinds.is_dictionary(chunk.type) and len(chunk.dictionary):
                found = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
                if found > most:
                    raise PageError(f"a text of {found:,} bytes in the column {name}")


def check_rows(
    source: Path, names: pa.Table, split: Split, log: ProblemLog, *, label_maps: bool = False
) -> None:
    _check_nulls(source, names, log)
    if log.has_errors:
        return
    _check_scores(source, names, log)
    _check_twice(source, names, log)
    _check_sizes(source, names, split, log)
    _note_extras(source, names, split, log, label_maps=label_maps)


def _check_nulls(source: Path, names: pa.Table, log: ProblemLog) -> None:
    for name in names.column_names:
        if count := names[name].null_count:
            log.add(
                Code.BAD_STRUCTURE,
                f"{source.name}: {name}",
                expected="a value in every row",
                found=f"{count:,} nulls",
                fix="leave rows out for which there is no mask; an empty mask has counts too",
            )


def _check_scores(source: Path, names: pa.Table, log: ProblemLog) -> None:
    wrong = names.filter(pc.invert(pc.is_finite(names["score"])))
    for row in wrong.slice(0, _SHOWN).to_pylist():
        log.add(
            Code.BAD_SCORE,
            f"{source.name}: {_place(row)}",
            expected="a finite number as score",
            found=str(row["score"]),
            fix="give each mask the confidence of its query; 1 if there is none",
        )


def _check_twice(source: Path, names: pa.Table, log: ProblemLog) -> None:
    rows, times = _distinct(names, ("video", "expression", "frame", "query"))
    again = np.flatnonzero(times > 1)
    shown = _taken(names, rows[again[:_SHOWN]])
    examples = [
        (f"{source.name}: {_place(row)}, query {row['query']}", f"{count} rows")
        for row, count in zip(shown, times[again].tolist(), strict=False)
    ]
    if examples:
        problem = Problem(
            Code.DUPLICATE_PREDICTION,
            examples[0][0],
            expected="one row for each video, expression, frame and query",
            found=examples[0][1],
            fix="number the queries of a frame; keep one row of what was written twice",
            count=again.size,
            examples=tuple(": ".join(example) for example in examples),
        )
        log.include([problem])


def _taken(names: pa.Table, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Not by an array made from a list: to make one, Arrow loads pandas."""
    found: list[dict[str, Any]] = []
    for row in rows.tolist():
        found += names.slice(row, 1).to_pylist()
    return found


def _distinct(names: pa.Table, columns: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each combination of values, and how many rows have it. The grouping of Arrow does the
    same, but loading it takes longer than all else that is done with a table."""
    keys = np.zeros(names.num_rows, np.int64)
    for column in columns:
        encoded = pa.concat_arrays(names[column].chunks) if names.num_rows else pa.array([], pa.int32())
        codes = encoded.dictionary_encode()
        keys = keys * len(codes.dictionary) + numbers(codes.indices)
        keys = np.unique(keys, return_inverse=True)[1].reshape(-1)  # small again
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    return first, times


def numbers(column: pa.Int32Array) -> NDArray[np.int32]:
    """Without nulls. `to_numpy` loads pandas, which takes longer than everything else here."""
    if not len(column):
        return np.zeros(0, np.int32)
    return np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column)]


def _check_sizes(source: Path, names: pa.Table, split: Split, log: ProblemLog) -> None:
    rows, _ = _distinct(names, ("video", "height", "width"))
    for row in _taken(names, np.sort(rows)):
        video = split.videos.get(row["video"])
        found = row["height"], row["width"]
        if video is None or None in (video.height, video.width) or found == (video.height, video.width):
            continue
        turned = "; height and width have changed places" if found == (video.width, video.height) else ""
        log.add(
            Code.WRONG_SIZE,
            f"{source.name}: {video.name}",
            expected="masks of the height and width of the frames",
            found=f"{found[0]}x{found[1]} where the frames have {video.height}x{video.width}{turned}",
            fix="resize the masks to the frames before you encode them",
        )


def _note_extras(source: Path, names: pa.Table, split: Split, log: ProblemLog, *, label_maps: bool) -> None:
    """The rows of a label map are called by annotator and label, and every frame has one."""
    columns = ("video", "frame") if label_maps else ("video", "expression", "frame")
    if label_maps:
        wanted: set[tuple[str, ...]] = {
            (video.name, stem) for video in split.videos.values() for stem in video.frames
        }
    else:
        wanted = {
            (one.video.name, one.name, one.video.frames[frame])
            for one in split.expressions
            for frame in one.scored
        }
    found = zip(*(names[name].to_pylist() for name in columns), strict=True)
    for parts in sorted(set(found) - wanted):
        log.warn(
            Code.EXTRA_PREDICTIONS,
            f"{source.name}: {'/'.join(parts)}",
            expected="what the split scores and nothing else",
            found="none of the videos, expressions and scored frames of the split; ignored",
            fix="nothing needs to be done if the split is the right one",
        )


def _place(row: dict[str, str]) -> str:
    return f"{row['video']}/{row['expression']}/{row['frame']}"


def unreadable(source: Path, error: Exception) -> Problem:
    return Problem(
        Code.UNREADABLE_FILE,
        str(source),
        expected="a Parquet file whose values fit their columns",
        found=" ".join(str(error).split())[:200],
        fix="write the table again",
        severity=Severity.ERROR,
    )
