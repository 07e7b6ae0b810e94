"""The tiny sample with its predictions, converted; and a small MeViS-like split that tests may break."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scoring import blobs, converted_sample, make_split, video, write_tree

from rvosbench import sample
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    sample.write(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def sample_splits(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Split]:
    return converted_sample(sample_folder, tmp_path_factory.mktemp("converted"))


@pytest.fixture(scope="session")
def mevis(tmp_path_factory: pytest.TempPathFactory) -> Split:
    """Five videos of different lengths, two objects each; sentences about one, both or none of them."""
    noise = np.random.default_rng(3)
    videos = [
        video(
            name,
            {"1": blobs(noise, frames, 24, 30, empty=0.2), "2": blobs(noise, frames, 24, 30, empty=0.2)},
            [
                ExpressionRecord("0", "one of them", ("1",)),
                ExpressionRecord("1", "both", ("1", "2")),
                ExpressionRecord("2", "no one", ()),
                ExpressionRecord("3", "the same one", ("1",)),
            ],
        )
        for name, frames in (("alley", 5), ("beach", 1), ("cave/deep", 7), ("dune", 3), ("elm", 4))
    ]
    return make_split(tmp_path_factory.mktemp("home"), "mevis-v2", "valid_u", videos)


@pytest.fixture(scope="session")
def mevis_predictions(mevis: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Neither right nor all wrong: a tree of PNG files; half of the sentences about no one are answered."""
    noise = np.random.default_rng(4)
    masks = {}
    for one in mevis.expressions:
        drawn = blobs(noise, len(one.scored), 24, 30, empty=0.3)
        if not one.objects and one.video.name < "c":
            drawn[:] = False
        masks[one.video.name, one.name] = drawn
    return write_tree(tmp_path_factory.mktemp("predictions") / "tree", masks, mevis)
