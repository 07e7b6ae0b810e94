"""The table of tracks: what is written is read back, by us and by others, one video alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rvosbench_baselines.tracks.table import TRACKS, TrackRow, TrackTable, as_table, write_tables

from rvosbench.errors import UsageError
from rvosbench.masks import rle

SIZE = (4, 5)
ABOUT = {"dataset": "sample", "split": "valid", "prompts": "grid", "videos": ["a", "b/c", "none"]}


def row(track: int, frames: int, expression: str | None = None) -> TrackRow:
    noise = np.random.default_rng(track)
    masks = noise.random((frames, *SIZE)) > 0.5
    masks[0] = False
    counts = tuple(rle.encode(mask) if mask.any() else None for mask in masks)
    tokens = noise.random((frames, 256), np.float32)
    return TrackRow(track, expression, None, 1, 0.5, SIZE, tokens, counts)


ROWS = {"a": [row(0, 3), row(1, 3, "7")], "b/c": [row(2, 2)], "none": []}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tracks") / "grid.parquet"
    write_tables(place, TRACKS, (as_table(name, rows) for name, rows in ROWS.items()), ABOUT)
    return place


def test_what_is_written_is_read_back(path: Path) -> None:
    table = TrackTable.open(path)
    assert table.about == ABOUT
    assert table.videos == {"a", "b/c", "none"}
    for video, rows in ROWS.items():
        found = table.of_video(video)
        assert len(found) == len(rows)
        for one, other in zip(found, rows, strict=True):
            assert np.array_equal(one.tokens, other.tokens)
            assert one.tokens.dtype == np.float32
            assert (one.track, one.expression, one.prompt_frame, one.size, one.counts) == (
                other.track,
                other.expression,
                other.prompt_frame,
                other.size,
                other.counts,
            )


def test_masks_come_in_the_size_of_the_video_also_where_there_is_nothing(path: Path) -> None:
    (track, _) = TrackTable.open(path).of_video("a")
    assert track.counts[0] is None
    assert not track.mask(0).any()
    assert track.mask(0).shape == SIZE
    assert np.array_equal(track.mask(1), np.random.default_rng(0).random((3, *SIZE))[1] > 0.5)


def test_one_video_is_read_without_the_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pq.ParquetFile(path)
    assert file.num_row_groups == 2  # videos without tracks have none
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    read: list[int] = []

    class Watched:
        metadata, schema_arrow = file.metadata, file.schema_arrow

        def read_row_group(self, group: int) -> pa.Table:
            read.append(group)
            return file.read_row_group(group)

    watched: Any = Watched()
    table = TrackTable(path, watched)
    table.of_video("b/c")
    table.of_video("none")
    assert read == [1]


def test_others_can_read_it(path: Path) -> None:
    frame = polars.read_parquet(path)
    assert frame.shape == (3, len(TRACKS.names))
    np.testing.assert_array_equal(np.array(frame["tokens"][1].to_list()), ROWS["a"][1].tokens)
    query = f"select track, len(tokens), len(tokens[1]), counts from '{path}' order by track"
    rows = duckdb.connect().execute(query).fetchall()
    assert [row[:3] for row in rows] == [(0, 3, 256), (1, 3, 256), (2, 2, 256)]
    assert tuple(rows[2][3]) == ROWS["b/c"][0].counts


def test_files_that_are_no_tracks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        TrackTable.open(tmp_path / "absent.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(UsageError, match="baseline tracks"):
        TrackTable.open(tmp_path / "text.parquet")
    pq.write_table(pa.table({"video": ["a"]}), tmp_path / "other.parquet")
    with pytest.raises(UsageError, match="the columns video"):
        TrackTable.open(tmp_path / "other.parquet")
