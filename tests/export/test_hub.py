"""`export --to hub`: all splits of a dataset in one folder that needs nothing added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import mlcroissant
import pytest

from rvosbench.schema import VideoRecord
from rvosbench.splits.split import Split, open_folder

MakeSplit = Callable[..., Split]
ExportTo = Callable[..., Path]


@pytest.fixture(scope="module")
def splits(
    scene_records: list[VideoRecord], make_split: MakeSplit, tmp_path_factory: pytest.TempPathFactory
) -> list[Split]:
    """One with masks, one without, whose name the `datasets` library would not take."""
    hidden = [
        replace(video, objects=(), expressions=tuple(replace(one, objects=None) for one in video.expressions))
        for video in scene_records
    ]
    home = tmp_path_factory.mktemp("home")
    return [
        make_split(scene_records, split="train", home=home),
        make_split(hidden, split="test-hidden", ground_truth=False, home=home),
    ]


@pytest.fixture(scope="module")
def folder(splits: list[Split], export_to: ExportTo) -> Path:
    return export_to(splits, "hub")


def test_the_folder_holds_tables_card_and_description(folder: Path) -> None:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    tables = ("videos", "objects", "expressions")
    assert files == {
        "README.md",
        "croissant.json",
        "data/train/manifest.json",
        "data/train/masks.parquet",
        "data/test-hidden/manifest.json",
        *(f"data/{split}/{table}.parquet" for split in ("train", "test-hidden") for table in tables),
    }


def test_the_datasets_library_knows_tables_and_splits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    names = datasets.get_dataset_config_names(str(folder))
    assert sorted(names) == ["expressions", "masks", "objects", "videos"]
    loaded = datasets.load_dataset(str(folder), "expressions", cache_dir=str(tmp_path))
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 5, "test_hidden": 5}
    assert loaded["train"]["objects"][1] == ["1", "2"]
    assert loaded["test_hidden"]["objects"][1] is None
    masks = datasets.load_dataset(str(folder), "masks", cache_dir=str(tmp_path))
    assert list(masks) == ["train"]


def test_each_split_opens_as_it_is(folder: Path, splits: list[Split]) -> None:
    for split in splits:
        again = open_folder(folder / "data" / split.manifest.split)
        assert again.manifest.fingerprint == split.manifest.fingerprint
        assert [one.text for one in again.expressions] == [one.text for one in split.expressions]
    mask = open_folder(folder / "data/train").videos["bear"].objects["1"].mask(0)
    assert mask.sum() == 20


def test_the_description_covers_every_split(folder: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert list(dataset.metadata.ctx.issues.errors) == []
    assert len(list(dataset.records("train/masks"))) == 7
    assert len(list(dataset.records("test-hidden/videos"))) == 2
