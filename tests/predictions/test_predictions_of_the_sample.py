"""The predictions that come with the sample: found whole in the form of each dataset, and equal in others."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rvosbench import sample
from rvosbench.masks import rle
from rvosbench.masks.png import read_labels
from rvosbench.predictions.base import Counts, Picture, Png, Predictions
from rvosbench.predictions.recognise import recognise
from rvosbench.predictions.writer import open_writer
from rvosbench.sample.predictions import QUALITIES
from rvosbench.splits.split import Expression, Split

DATASETS = [release.dataset for release in sample.releases()]
RANKED = ["a2d-sentences", "jhmdb-sentences", "refcoco"]
TREES = [name for name in DATASETS if name != "ref-davis17" and name not in RANKED and "refcoco" not in name]


def stems(one: Expression) -> list[str]:
    return [one.video.frames[frame] for frame in one.scored]


def counts(picture: Picture | None) -> bytes:
    match picture:
        case Png(content):
            return rle.encode(read_labels(content))
        case Counts(counts):
            return counts
    return b"not there"


def all_counts(predictions: Predictions, split: Split) -> Iterator[list[bytes]]:
    for one in split.expressions:
        yield [*map(counts, predictions.of_video(one.video.name).pictures(one.name, stems(one)))]


@pytest.mark.parametrize("dataset", DATASETS)
def test_they_are_recognised_and_whole(
    sample_folder: Path, sample_splits: dict[str, Split], dataset: str
) -> None:
    split = sample_splits[dataset]
    for quality in QUALITIES:
        predictions = recognise(sample_folder / "predictions" / dataset / quality, split)
        assert predictions.notes == ()
        assert predictions.videos() == set(split.videos)
        for video in split.videos.values():
            there = predictions.of_video(video.name)
            for annotator in predictions.annotators():
                assert there.absent_labels(annotator, video.frames) == []
            if not predictions.annotators():
                assert [there.absent(one.name, stems(one)) for one in video.expressions.values()] == (
                    [[]] * len(video.expressions)
                )


@pytest.mark.parametrize("dataset", [*TREES, *RANKED])
def test_perfect_ones_are_the_ground_truth(
    sample_folder: Path, sample_splits: dict[str, Split], dataset: str
) -> None:
    split = sample_splits[dataset]
    predictions = recognise(sample_folder / "predictions" / dataset / "perfect", split)
    for one, found in zip(split.expressions, all_counts(predictions, split), strict=True):
        assert found == [rle.encode(one.mask(frame)) for frame in one.scored]


@pytest.mark.parametrize("dataset", TREES)
def test_folder_zip_and_table_hold_the_same(
    sample_folder: Path, sample_splits: dict[str, Split], dataset: str, tmp_path: Path
) -> None:
    split = sample_splits[dataset]
    folder = sample_folder / "predictions" / dataset / "shifted"
    tree = recognise(folder, split)
    with zipfile.ZipFile(tmp_path / "shifted.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.png"), reverse=True):
            archive.write(path, f"shifted/{path.relative_to(folder)}")
    with open_writer(tmp_path / "shifted.parquet", split) as writer:
        for one in split.expressions:
            pictures = tree.of_video(one.video.name).pictures(one.name, stems(one))
            masks = np.stack(
                [read_labels(picture.content) for picture in pictures if isinstance(picture, Png)]
            )
            writer.add(one.video.name, one.name, stems(one), masks != 0)
    packed = recognise(tmp_path / "shifted.zip", split)
    table = recognise(tmp_path / "shifted.parquet", split)
    expected = list(all_counts(tree, split))
    assert list(all_counts(packed, split)) == expected
    assert list(all_counts(table, split)) == expected
    assert packed.sha256() == tree.sha256()


@pytest.mark.parametrize("dataset", RANKED)
def test_results_hold_the_same_queries_as_a_table(
    sample_folder: Path, sample_splits: dict[str, Split], dataset: str, tmp_path: Path
) -> None:
    split = sample_splits[dataset]
    results = recognise(sample_folder / "predictions" / dataset / "late", split)
    for name in ("again.json", "again.parquet"):
        with open_writer(tmp_path / name, split) as writer:
            for one in split.expressions:
                answered = results.of_video(one.video.name).queries(one.name, stems(one))
                for stem, queries in zip(stems(one), answered, strict=True):
                    for number, query in enumerate(queries):
                        mask = rle.decode(query.counts, query.height, query.width)
                        writer.add(one.video.name, one.name, [stem], mask[None], [query.score], number)
        again = recognise(tmp_path / name, split)
        for one in split.expressions:
            expected = results.of_video(one.video.name).queries(one.name, stems(one))
            found = again.of_video(one.video.name).queries(one.name, stems(one))
            assert [[query.counts for query in queries] for queries in found] == [
                [query.counts for query in queries] for queries in expected
            ]
            assert [[query.score for query in queries] for queries in found] == [
                pytest.approx([query.score for query in queries], rel=1e-6) for queries in expected
            ]
            assert min(map(len, found)) == 2
