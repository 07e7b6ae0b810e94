"""What SOLA learns from: sentences that choose from the same tracks come together, others by themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rvosbench_baselines.tracks import labels_table
from rvosbench_baselines.tracks.ground_truth import Likeness
from rvosbench_baselines.tracks.labels_table import LABELS
from rvosbench_baselines.tracks.table import TRACKS, TrackRow, as_table, write_tables
from rvosbench_baselines.training.recipe import Materials, find
from rvosbench_baselines.training.recipes.sola import Example, SolaReader
from rvosbench_baselines.training.settings import read_settings

from rvosbench.splits.locate import locate, open_located
from rvosbench.splits.split import Split, Video


@pytest.fixture(scope="module")
def split(home: Path) -> Split:
    return open_located(locate("sample:valid", home))


def write(folder: Path, video: Video, owners: list[str | None]) -> Path:
    """Track n is the n-th object to 0.9 and every other one to 0.1; `owners` are expressions or nobody."""
    random = np.random.default_rng(0)
    length = len(video.frames)
    rows = [
        TrackRow(number, owner, None, 0, None, video.size, tokens.astype(np.float32), (None,) * length)
        for number, owner in enumerate(owners)
        for tokens in [random.standard_normal((length, 256))]
    ]
    overlaps = [
        [Likeness(name, *([0.9 if place == number else 0.1] * 3)) for place, name in enumerate(video.objects)]
        for number in range(len(owners))
    ]
    about = {"dataset": "sample", "split": "valid", "prompts": "grid", "videos": [video.name]}
    write_tables(folder / "grid.parquet", TRACKS, [as_table(video.name, rows)], about)
    labels = [labels_table.as_table(video.name, overlaps)]
    write_tables(folder / "grid.labels.parquet", LABELS, labels, about)
    return folder


def read(split: Split, folder: Path, sentences: int) -> list[list[Example]]:
    reader = SolaReader(split, folder, ("grid",), 0.7, sentences)
    return [reader(sample, np.random.default_rng(0)) for sample in reader.samples]


@pytest.fixture
def video(split: Split) -> Video:
    return next(iter(split.videos.values()))


def test_sentences_of_the_same_tracks_come_together(split: Split, video: Video, tmp_path: Path) -> None:
    folder = write(tmp_path, video, [None] * len(video.objects))
    samples = read(split, folder, 4)
    sentences = list(video.expressions.values())
    assert [len(one) for one in samples] == [1] * -(-len(sentences) // 4)
    texts = [text for sample in samples for one in sample for text in one.texts]
    assert texts == [one.text for one in sentences]
    labels = torch.cat([one.labels for sample in samples for one in sample])
    meant = [[float(name in (one.objects or ())) for name in video.objects] for one in sentences]
    assert labels.tolist() == meant


def test_sentences_with_tracks_of_their_own_are_apart(split: Split, video: Video, tmp_path: Path) -> None:
    first, second = list(video.expressions)[:2]
    samples = read(split, write(tmp_path, video, [None, None, first]), 3)
    shapes = [[(one.texts, len(one.tokens)) for one in sample] for sample in samples]
    texts = [one.text for one in video.expressions.values()]
    assert shapes[0] == [((texts[0],), 3), ((texts[1], texts[2]), 2)]
    assert second != first


def test_the_losses_of_sentences_together_are_the_mean_of_each_alone(
    split: Split, video: Video, tmp_path: Path
) -> None:
    folder = write(tmp_path, video, [None] * len(video.objects))
    torch.manual_seed(0)
    kind = find("sola")
    settings = read_settings(kind.KIND, "sola", ["variant=sola-small", 'prompts=["grid"]'])
    recipe = kind(settings, Materials(tracks=folder))
    recipe.model.eval()
    count = len(video.expressions)
    (together,) = read(split, folder, count)
    alone = read(split, folder, 1)
    assert len(alone) == count
    found = recipe.losses(recipe.collate([together]), torch.device("cpu"))
    expected = recipe.losses(recipe.collate(alone), torch.device("cpu"))
    for name in ("loss", "loss_selection", "loss_alignment"):
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-5)
