"""Small splits made from arrays, and predictions for them in every form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rvosbench import sample
from rvosbench.datasets import base
from rvosbench.io.manifest import Manifest
from rvosbench.predictions.writer import open_writer
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Split, open_folder
from rvosbench.splits.writer import SplitWriter

Masks = Mapping[tuple[str, str], NDArray[np.bool_]]
HEIGHT, WIDTH = 9, 12


@pytest.fixture(scope="session")
def make_split(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Split]:
    """A converted split without ground truth: predictions are read without it."""

    def make(videos: Sequence[VideoRecord], **more: Any) -> Split:
        folder = tmp_path_factory.mktemp("home") / "toy" / "valid"
        folder.mkdir(parents=True)
        writer = SplitWriter(folder, ground_truth=False)
        for video in sorted(videos, key=lambda video: video.video):
            writer.add(video)
        fingerprint, tables = writer.close()
        texts = ("title", "licence", "citation", "homepage", "converter", "source")
        about: dict[str, Any] = {
            **dict.fromkeys(texts, ""),
            "schema_version": 1,
            "dataset": "toy",
            "split": "valid",
            "options": {},
            "annotations": [],
            "ground_truth": False,
            "listed_videos": len(videos),
            "counts": {},
            "published_counts": {},
            "notes": {},
            "problems": [],
            "tables": tables,
            "fingerprint": fingerprint,
        }
        Manifest(**about | more).write(folder)
        return open_folder(folder)

    return make


@pytest.fixture(scope="session")
def split(make_split: Callable[..., Split]) -> Split:
    """Two videos, of which one has a slash in its name, and an expression of which one frame is scored."""
    return make_split(
        [
            VideoRecord(
                "bear",
                HEIGHT,
                WIDTH,
                ("00000", "00005", "00010"),
                expressions=(
                    ExpressionRecord("0", "the bear", None),
                    ExpressionRecord("1", "its shadow", None, frames=(1,)),
                ),
            ),
            VideoRecord(
                "zoo/owl", HEIGHT, WIDTH, ("00001", "00002"), expressions=(ExpressionRecord("0", "it", None),)
            ),
        ]
    )


@pytest.fixture(scope="session")
def davis(make_split: Callable[..., Split]) -> Split:
    """One video of two frames with two objects, each named by four annotators."""
    expressions = tuple(
        ExpressionRecord(str(4 * thing + annotator), "x", (str(thing + 1),), annotator=annotator)
        for thing in range(2)
        for annotator in range(4)
    )
    video = VideoRecord("judo", HEIGHT, WIDTH, ("00000", "00001"), expressions=expressions)
    return make_split([video], dataset="ref-davis17")


@pytest.fixture(scope="session")
def masks(split: Split) -> Masks:
    """Video and expression -> a mask for each scored frame; one of them is empty."""
    noise = np.random.default_rng(7)
    drawn = {
        (one.video.name, one.name): noise.random((len(one.scored), HEIGHT, WIDTH)) < 0.4
        for one in split.expressions
    }
    drawn["bear", "0"][2] = False
    return drawn


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, split: Split, masks: Masks) -> Callable[[str], Path]:
    """The masks in a new file or folder of this name."""

    def write(name: str) -> Path:
        target = tmp_path_factory.mktemp("predictions") / name
        with open_writer(target, split) as writer:
            for one in split.expressions:
                stems = [one.video.frames[frame] for frame in one.scored]
                writer.add(one.video.name, one.name, stems, masks[one.video.name, one.name])
        return target

    return write


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    sample.write(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def sample_splits(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Split]:
    """Dataset -> the split that is scored where none is named."""
    home = tmp_path_factory.mktemp("converted")
    found = {}
    for release in sample.releases():
        dataset = base.find(release.dataset)
        name = dataset.info.default_split
        options = {
            option: sample_folder / path
            for option, path in (("expressions", release.expressions), ("samples", release.samples))
            if path is not None
        }
        convert(dataset, sample_folder / release.folder, name, data=home, frames="none", **options)  # type: ignore[arg-type]
        found[release.dataset] = open_folder(home / release.dataset / name)
    return found
