"""A converted split is read by other libraries as it lies there, with the very values that went in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import duckdb
import polars as pl
import pytest
from pycocotools import mask as coco_mask

from rvosbench.io.tables import TABLES
from rvosbench.schema import VideoRecord
from rvosbench.splits.split import Split

Rows = list[dict[str, Any]]


@pytest.fixture
def wanted(scene_records: list[VideoRecord]) -> dict[str, Rows]:
    """The rows of every table, from the records and not from the tables."""
    return {
        "videos": [
            {
                "video": video.video,
                "height": 9,
                "width": 12,
                "frames": list(video.frames),
                "frames_uri": None,
                "fps": video.fps,
            }
            for video in scene_records
        ],
        "objects": [
            {
                "video": video.video,
                "object": thing.object,
                "source_id": thing.source_id,
                "category": thing.category,
                "role": str(thing.role),
            }
            for video in scene_records
            for thing in sorted(video.objects, key=lambda thing: thing.object)
        ],
        "masks": [
            {
                "video": video.video,
                "object": thing.object,
                "frame": mask.frame,
                "counts": mask.counts,
                "area": mask.area,
                "bbox": list(mask.bbox),
            }
            for video in scene_records
            for thing in sorted(video.objects, key=lambda thing: thing.object)
            for mask in thing.masks
        ],
        "expressions": [
            {
                "video": video.video,
                "expression": one.expression,
                "text": one.text,
                "objects": None if one.objects is None else list(one.objects),
                "annotator": one.annotator,
                "kind": one.kind,
                "frames": None,
            }
            for video in scene_records
            for one in video.expressions
        ],
    }


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


@pytest.mark.parametrize("table", TABLES)
def test_the_datasets_library(scene: Split, wanted: dict[str, Rows], tmp_path: Path, table: str) -> None:
    loaded = datasets.load_dataset(str(scene.folder), table, split="valid", cache_dir=str(tmp_path))
    assert loaded.to_list() == wanted[table]


def test_the_datasets_library_takes_the_sentences_where_no_table_is_named(
    scene: Split, wanted: dict[str, Rows], tmp_path: Path
) -> None:
    loaded = datasets.load_dataset(str(scene.folder), cache_dir=str(tmp_path))
    assert loaded["valid"]["text"][:] == [row["text"] for row in wanted["expressions"]]


@pytest.mark.parametrize("table", TABLES)
def test_duckdb(scene: Split, wanted: dict[str, Rows], table: str) -> None:
    with duckdb.connect() as connection:
        answer = connection.sql(f"select * from '{scene.folder / table}.parquet'")
        columns, rows = answer.columns, answer.fetchall()
    assert [dict(zip(columns, row, strict=True)) for row in rows] == wanted[table]


@pytest.mark.parametrize("table", TABLES)
def test_polars(scene: Split, wanted: dict[str, Rows], table: str) -> None:
    assert pl.scan_parquet(scene.folder / f"{table}.parquet").collect().to_dicts() == wanted[table]


def test_a_join_in_sql_answers_a_real_question(scene: Split) -> None:
    """How many pixels does each sentence mean in each frame?"""
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"""
            select e.video, e.expression, m.frame, sum(m.area)
            from '{scene.folder}/expressions.parquet' e, unnest(e.objects) as t(name)
            join '{scene.folder}/masks.parquet' m on m.video = e.video and m.object = t.name
            group by all order by all
            """
        ).fetchall()
    assert rows == [
        ("bear", "0", 0, 20),
        ("bear", "0", 1, 20),
        ("bear", "1", 0, 20),
        ("bear", "1", 1, 21),
        ("bear", "1", 2, 24),
        ("zoo/owl", "0", 0, 108),
    ]


def test_the_counts_decode_as_the_card_says(scene: Split, tmp_path: Path) -> None:
    masks = datasets.load_dataset(str(scene.folder), "masks", split="valid", cache_dir=str(tmp_path))
    for row in masks:
        pixels = coco_mask.decode({"size": [9, 12], "counts": row["counts"]})
        assert pixels.sum() == row["area"]
