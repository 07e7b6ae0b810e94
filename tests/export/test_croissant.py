"""`export --to croissant`: mlcroissant finds nothing wrong with it and reads the rows of the tables."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlcroissant
import pyarrow.parquet as pq
import pytest

from rvosbench.errors import Code, DatasetError
from rvosbench.io.tables import TABLES
from rvosbench.schema import VideoRecord
from rvosbench.splits.split import Split, open_folder

MakeSplit = Callable[..., Split]
ExportTo = Callable[..., Path]


def opened(folder: Path) -> Any:
    return mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))


def plain(value: Any) -> Any:
    """mlcroissant gives text as bytes."""
    if isinstance(value, bytes):
        return value.decode()
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_mlcroissant_finds_neither_errors_nor_a_context_of_our_own(
    scene: Split, export_to: ExportTo, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = opened(export_to(scene, "croissant"))
    issues = dataset.metadata.ctx.issues
    assert list(issues.errors) == []
    missing = {warning.split('"')[1] for warning in issues.warnings}
    assert missing <= {"https://schema.org/datePublished"}, "a date would differ from run to run"
    assert [entry.message for entry in caplog.records if "@context" in entry.message] == []


def test_a_dataset_without_page_and_paper_is_described_without_errors(
    scene_records: list[VideoRecord], make_split: MakeSplit, export_to: ExportTo
) -> None:
    dataset = opened(export_to(make_split(scene_records, citation="", homepage=""), "croissant"))
    assert list(dataset.metadata.ctx.issues.errors) == []


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_every_table_is_read_through_mlcroissant(
    scene: Split, export_to: ExportTo, table: str
) -> None:
    folder = export_to(scene, "croissant")
    records = list(opened(folder).records(record_set=f"valid/{table}"))
    found = [{key.rpartition("/")[2]: plain(value) for key, value in record.items()} for record in records]
    rows = pq.read_table(scene.folder / f"{table}.parquet").to_pylist()
    assert len(rows) >= 2
    assert found == [{key: plain(value) for key, value in row.items()} for row in rows]


def test_a_changed_table_is_noticed_by_its_checksum(scene: Split, export_to: ExportTo) -> None:
    folder = export_to(scene, "croissant")
    path = folder / "objects.parquet"
    assert list(opened(folder).records(record_set="valid/objects"))
    path.write_bytes((folder / "videos.parquet").read_bytes())
    with pytest.raises(Exception, match=r"Download\(valid/objects\.parquet\)") as caught:
        list(opened(folder).records(record_set="valid/objects"))
    assert "is not identical with the reference" in str(caught.value.__cause__)


def test_the_licence_is_an_address_where_there_is_one(
    scene_records: list[VideoRecord], make_split: MakeSplit, export_to: ExportTo
) -> None:
    def said(licence: str) -> str:
        folder = export_to(make_split(scene_records, licence=licence), "croissant")
        return str(json.loads((folder / "croissant.json").read_text())["license"])

    licences = ("CC BY-NC-SA 4.0", "CC0-1.0", "for research only; ask the authors")
    assert {licence: said(licence) for licence in licences} == {
        "CC BY-NC-SA 4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "CC0-1.0": "CC0-1.0",
        "for research only; ask the authors": "for research only; ask the authors",
    }


def test_a_split_without_masks_has_no_such_records(
    scene_records: list[VideoRecord], make_split: MakeSplit, export_to: ExportTo
) -> None:
    hidden = [
        replace(
            video,
            objects=(),
            expressions=tuple(replace(one, objects=None) for one in video.expressions),
        )
        for video in scene_records
    ]
    folder = export_to(make_split(hidden, ground_truth=False), "croissant")
    dataset = opened(folder)
    assert {record_set.id for record_set in dataset.metadata.record_sets} == {
        "valid/videos",
        "valid/objects",
        "valid/expressions",
    }
    hidden_objects = [record["valid/expressions/objects"] for record in dataset.records("valid/expressions")]
    assert hidden_objects == [None] * 5


def test_nothing_of_this_machine_is_published(
    scene_records: list[VideoRecord], make_split: MakeSplit, export_to: ExportTo, tmp_path: Path
) -> None:
    source = tmp_path / "release"
    problem = {
        "code": "RVB030",
        "severity": "warning",
        "path": f"{source}/meta.json",
        "expected": "5 videos",
        "found": f"2 in {source}/x",
        "fix": "none",
        "count": 1,
        "examples": [f"{source}/meta.json: 2"],
    }
    linked = [replace(video, frames_uri=f"file:{source}/{video.video}") for video in scene_records]
    split = make_split(linked, source=str(source), problems=[problem])
    for form in ("croissant", "hub"):
        folder = export_to(split, form)
        naming = [path.name for path in folder.rglob("*") if path.is_file() and tell_tale(path, tmp_path)]
        assert naming == []
    reopened = open_folder(folder / "data/valid")
    assert reopened.manifest.problems[0]["path"] == "meta.json"


def tell_tale(path: Path, secret: Path) -> bool:
    """Parquet is compressed, so its values are looked at."""
    if path.suffix == ".parquet":
        return str(secret) in str(pq.read_table(path).to_pylist())
    return str(secret) in path.read_text(encoding="utf-8")


def test_a_table_that_is_not_the_one_of_the_manifest_is_not_published(
    scene_records: list[VideoRecord], make_split: MakeSplit, export_to: ExportTo
) -> None:
    split = make_split(scene_records)
    other = make_split(scene_records[:1])
    (split.folder / "masks.parquet").write_bytes((other.folder / "masks.parquet").read_bytes())
    with pytest.raises(DatasetError) as caught:
        export_to(split, "croissant")
    assert caught.value.problems[0].code == Code.SPLIT_DAMAGED
