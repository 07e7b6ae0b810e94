"""Two small splits of one dataset, with ground truth; and predictions for one of them, to be spoiled."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from scoring import Masks, blobs, converted_sample, make_split, video, write_tree

from rvosbench import sample
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split

SIZE = 24, 30


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def _videos(names: Mapping[str, int]) -> list[VideoRecord]:
    noise = np.random.default_rng(3)
    sentences = [
        ExpressionRecord("0", "the bear", ("7",)),
        ExpressionRecord("1", "the other bear", ("9",)),
    ]
    return [
        video(name, {key: blobs(noise, frames, *SIZE) for key in ("7", "9")}, sentences)
        for name, frames in names.items()
    ]


@pytest.fixture(scope="session")
def split(home: Path) -> Split:
    """Two videos of five and four frames with two sentences each."""
    return make_split(home, "mevis-v1", "valid_u", _videos({"bear": 5, "owl": 4}))


@pytest.fixture(scope="session")
def train(home: Path) -> Split:
    return make_split(home, "mevis-v1", "train", _videos({"cow": 3, "dog": 3}))


@pytest.fixture(scope="session")
def masks(split: Split) -> dict[tuple[str, str], Masks]:
    noise = np.random.default_rng(5)
    return {(one.video.name, one.name): blobs(noise, len(one.scored), *SIZE) for one in split.expressions}


@pytest.fixture
def tree(split: Split, masks: dict[tuple[str, str], Masks], tmp_path: Path) -> Path:
    return write_tree(tmp_path / "model", masks, split)


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """A zip of a folder, with something before every name, and with more files."""

    def make(folder: Path, before: str = "", more: Mapping[str, bytes] | None = None) -> Path:
        target = tmp_path / "submission.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, before + path.relative_to(folder).as_posix())
            for name, content in (more or {}).items():
                archive.writestr(name, content)
        return target

    return make


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    sample.write(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def sample_splits(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Split]:
    return converted_sample(sample_folder, tmp_path_factory.mktemp("converted"))
