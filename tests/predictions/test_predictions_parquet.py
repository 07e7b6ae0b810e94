"""`predictions.parquet`: one row per mask, read video by video."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from rvosbench.errors import Code, PredictionsRefused, Problem
from rvosbench.masks import rle
from rvosbench.predictions.base import Counts, Scored
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.predictions.recognise import recognise
from rvosbench.predictions.writer import ParquetWriter
from rvosbench.splits.split import Split

FULL, EMPTY = rle.encode(np.ones((9, 12))), rle.empty(9, 12)
Row = dict[str, Any]


def row(video: str = "bear", expression: str = "0", frame: str = "00000", **more: Any) -> Row:
    usual = {"query": 0, "score": 1.0, "height": 9, "width": 12, "counts": FULL}
    return {"video": video, "expression": expression, "frame": frame} | usual | more


def write(path: Path, rows: list[Row], **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, COLUMNS), path, **options)
    return path


@pytest.fixture
def refusal(split: Split, tmp_path: Path) -> Callable[[pa.Table], tuple[Problem, ...]]:
    def read(table: pa.Table) -> tuple[Problem, ...]:
        pq.write_table(table, tmp_path / "wrong.parquet")
        with pytest.raises(PredictionsRefused) as refused:
            recognise(tmp_path / "wrong.parquet", split)
        return refused.value.problems

    return read


Refusal = Callable[[pa.Table], tuple[Problem, ...]]


def test_the_masks_of_the_table_are_found_by_name(
    written: Callable[[str], Path], split: Split, masks: dict[tuple[str, str], NDArray[np.bool_]]
) -> None:
    predictions = recognise(written("predictions.parquet"), split)
    assert (predictions.form, predictions.kind, predictions.notes) == ("Parquet", "masks", ())
    assert predictions.videos() == {"bear", "zoo/owl"}
    bear = pickle.loads(pickle.dumps(predictions.of_video("bear")))
    last, nothing = bear.pictures("0", ["00010", "00011"])
    assert nothing is None
    assert np.array_equal(rle.decode(last.counts, last.height, last.width), masks["bear", "0"][2])
    assert bear.absent("0", ["00000", "00011"]) == ["00011"]
    assert bear.absent("9", ["00000"]) == ["00000"]


def test_a_result_folder_is_as_good_as_the_table_in_it(written: Callable[[str], Path], split: Split) -> None:
    table = written("predictions.parquet")
    (table.parent / "result.json").write_text("{}")
    assert recognise(table.parent, split).source == table


def test_several_queries_keep_their_order_and_the_best_speaks(split: Split, tmp_path: Path) -> None:
    rows = [row(query=1, score=0.5), row(query=0, score=0.75, counts=EMPTY), row(query=7, score=0.75)]
    predictions = recognise(write(tmp_path / "queries.parquet", rows), split)
    bear = predictions.of_video("bear")
    assert predictions.kind == "queries"
    assert bear.queries("0", ["00000", "00005"]) == [
        [Scored(0.5, FULL, 9, 12), Scored(0.75, EMPTY, 9, 12), Scored(0.75, FULL, 9, 12)],
        [],
    ]
    assert bear.pictures("0", ["00000"]) == [Counts(FULL, 9, 12)]


def test_one_mask_per_frame_with_scores_that_differ_is_a_matter_of_ranks(
    split: Split, tmp_path: Path
) -> None:
    rows = [row(score=0.5), row(frame="00005", score=0.75)]
    assert recognise(write(tmp_path / "ranked.parquet", rows), split).kind == "queries"


def test_only_row_groups_of_the_video_are_read(split: Split, tmp_path: Path) -> None:
    """The row group of the other video is overwritten: whoever touches it fails."""
    rows = [row(frame=frame) for frame in ("00000", "00005")]
    rows += [row("zoo/owl", frame=frame) for frame in ("00001", "00002")]
    path = write(tmp_path / "p.parquet", rows, row_group_size=2, compression="zstd")
    predictions = recognise(path, split)
    column = pq.ParquetFile(path).metadata.row_group(1).column(COLUMNS.names.index("counts"))
    content = bytearray(path.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    content[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(content)
    assert predictions.of_video("bear").pictures("0", ["00005"]) == [Counts(FULL, 9, 12)]
    with pytest.raises(PredictionsRefused) as refused:
        predictions.of_video("zoo/owl").pictures("0", ["00001"])
    assert refused.value.problems[0].code == Code.UNREADABLE_FILE


def test_rows_may_stand_in_any_order(split: Split, tmp_path: Path) -> None:
    rows = [
        row("zoo/owl", frame="00002"),
        row(frame="00005"),
        row("zoo/owl", frame="00001", counts=EMPTY),
        row(),
    ]
    mixed = recognise(write(tmp_path / "mixed.parquet", rows, row_group_size=1), split)
    ordered = recognise(write(tmp_path / "ordered.parquet", sorted(rows, key=str)), split)
    for video, frames in (("bear", ["00000", "00005"]), ("zoo/owl", ["00001", "00002"])):
        found = mixed.of_video(video).pictures("0", frames)
        assert found == ordered.of_video(video).pictures("0", frames)
        assert None not in found


def test_the_digest_depends_on_the_masks_and_not_on_how_they_are_packed(split: Split, tmp_path: Path) -> None:
    rows = [row(), row(frame="00005", counts=EMPTY), row("zoo/owl", frame="00001")]
    plain = recognise(write(tmp_path / "a.parquet", rows, compression="none"), split)
    small = recognise(write(tmp_path / "b.parquet", rows[::-1], compression="zstd", row_group_size=1), split)
    extra = recognise(write(tmp_path / "c.parquet", [*rows, row("wolf")]), split)
    other = recognise(write(tmp_path / "d.parquet", [*rows[:2], row("zoo/owl", frame="00002")]), split)
    assert plain.sha256() == small.sha256() == extra.sha256()
    assert other.sha256() != plain.sha256()


def test_wider_types_are_as_good(split: Split, tmp_path: Path) -> None:
    """As pandas and polars write them."""
    path = tmp_path / "wide.parquet"
    polars.DataFrame([row(), row(frame="00005")]).write_parquet(path)
    assert pq.ParquetFile(path).schema_arrow.field("query").type == pa.int64()
    assert recognise(path, split).of_video("bear").pictures("0", ["00005"]) == [Counts(FULL, 9, 12)]


def test_rows_that_are_not_scored_and_columns_that_mean_nothing_are_warnings(
    split: Split, tmp_path: Path
) -> None:
    rows = [row(), row("wolf"), row(expression="5"), row(expression="1", frame="00000")]
    table = pa.Table.from_pylist(rows, COLUMNS).append_column("area", pa.array([1] * 4))
    pq.write_table(table, tmp_path / "p.parquet")
    notes = recognise(tmp_path / "p.parquet", split).notes
    assert [(note.code, note.count) for note in notes] == [
        (Code.FIELD_IGNORED, 1),
        (Code.EXTRA_PREDICTIONS, 3),
    ]


def test_every_missing_or_mistyped_column_is_named(refusal: Refusal) -> None:
    table = pa.Table.from_pylist([row()], COLUMNS).drop_columns(["query"])
    table = table.set_column(table.column_names.index("frame"), "frame", pa.array([3]))
    (problem,) = refusal(table)
    assert (problem.code, problem.count) == (Code.WRONG_COLUMNS, 2)
    assert {example.rpartition("parquet: ")[2] for example in problem.examples} == {
        "frame: int64",
        "query: no columns",
    }


def test_everything_that_is_wrong_with_the_rows_is_said_at_once(refusal: Refusal) -> None:
    turned = row("zoo/owl", frame="00001", height=12, width=9)
    rows = [row(), row(), row(frame="00005", score=float("nan")), turned]
    problems = refusal(pa.Table.from_pylist(rows, COLUMNS))
    assert {problem.code: problem.found for problem in problems} == {
        Code.DUPLICATE_PREDICTION: "2 rows",
        Code.BAD_SCORE: "nan",
        Code.WRONG_SIZE: "12x9 where the frames have 9x12; height and width have changed places",
    }


def test_nulls_are_refused(refusal: Refusal) -> None:
    nullable = pa.schema([column.with_nullable(True) for column in COLUMNS])
    (problem,) = refusal(pa.Table.from_pylist([row(), row() | {"frame": None}], nullable))
    assert (problem.code, problem.path, problem.found) == (
        Code.BAD_STRUCTURE,
        "wrong.parquet: frame",
        "1 nulls",
    )


def test_values_that_do_not_fit_their_column_are_refused(refusal: Refusal) -> None:
    wide = pa.schema([f.with_type(pa.int64()) if f.name == "query" else f for f in COLUMNS])
    (problem,) = refusal(pa.Table.from_pylist([row(query=1 << 40)], wide))
    assert problem.code == Code.UNREADABLE_FILE


def test_queries_that_are_no_masks_are_all_named(split: Split, tmp_path: Path) -> None:
    rows = [row(counts=b"1"), row(query=1, counts=b"~"), row(query=2), row(frame="00005", counts=b"")]
    predictions = recognise(write(tmp_path / "p.parquet", rows), split)
    with pytest.raises(PredictionsRefused) as refused:
        predictions.of_video("bear").queries("0", ["00000", "00005"])
    (problem,) = refused.value.problems
    assert (problem.code, problem.count) == (Code.BAD_RLE, 3)


@pytest.mark.parametrize("keep", [4, 100, -1])
def test_a_table_that_is_cut_off_is_refused(split: Split, tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "p.parquet", [row()])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(PredictionsRefused) as refused:
        recognise(path, split)
    assert refused.value.problems[0].code == Code.UNREADABLE_FILE


def test_the_writer_ends_row_groups_with_videos(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    with ParquetWriter(path) as writer:
        for video in ("a", "b", "c"):
            for frame in range(600):
                writer.add_counts(video, "0", f"{frame:05d}", FULL, 9, 12)
    file = pq.ParquetFile(path)
    assert file.schema_arrow.equals(COLUMNS)
    assert [file.metadata.row_group(group).num_rows for group in range(3)] == [600] * 3
