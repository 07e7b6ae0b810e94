"""Tracks of the made-up dataset without SAM 2: whatever moves there is its own track, and tokens tell of each
frame what its pixels look like and where they are. No sentence, name or category goes into them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rvosbench.masks import rle
from rvosbench.splits.split import Split, Video
from rvosbench_baselines.tracks import labels_table, table
from rvosbench_baselines.tracks.ground_truth import Likeness
from rvosbench_baselines.tracks.labels_table import LABELS
from rvosbench_baselines.tracks.table import SUFFIX, TRACKS, WIDTH, TrackRow, write_tables

PROMPTS = "grid"
"""The kind that they are read as: tracks that belong to no sentence."""
LABELS_SUFFIX = ".labels.parquet"
SEED = 20
PIXEL_FACTS = 15


def write(split: Split, folder: Path) -> Path:
    """The tracks of all videos, and how alike they and the objects are."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks, labels = [], []
    for video in split.videos.values():
        rows = tracks_of(video)
        tracks.append(table.as_table(video.name, rows))
        labels.append(labels_table.as_table(video.name, _overlaps(video)))
    about = {
        "dataset": split.manifest.dataset,
        "split": split.manifest.split,
        "prompts": PROMPTS,
        "videos": list(split.videos),
        "tokens": "colours and positions of pixels",
    }
    write_tables(folder / (PROMPTS + SUFFIX), TRACKS, tracks, about)
    write_tables(folder / (PROMPTS + LABELS_SUFFIX), LABELS, labels, about)
    return folder


def tracks_of(video: Video) -> list[TrackRow]:
    frames = video.read_frames(range(len(video.frames)))
    rows = []
    for number, name in enumerate(video.objects):
        counts = [video.masks.get(name, {}).get(frame) for frame in range(len(frames))]
        facts = np.stack(
            [_facts(picture, one, video.size) for picture, one in zip(frames, counts, strict=True)]
        )
        first = next((frame for frame, one in enumerate(counts) if one is not None), 0)
        rows.append(TrackRow(number, None, None, first, None, video.size, tokens_of(facts), tuple(counts)))
    return rows


def tokens_of(facts: NDArray[np.float64]) -> NDArray[np.float32]:
    """[frames, WIDTH]: waves of random mixtures of the facts, the same for all tracks."""
    random = np.random.default_rng(SEED)
    mixed = facts @ random.normal(0, 1.5, (facts.shape[1], WIDTH // 2))
    return np.concatenate([np.sin(mixed), np.cos(mixed)], 1).astype(np.float32)


def _facts(picture: NDArray[np.uint8], counts: bytes | None, size: tuple[int, int]) -> NDArray[np.float64]:
    """Whether it is seen; centre and spread; size; mean and deviation of its colours, and their medians."""
    if counts is None:
        return np.zeros(PIXEL_FACTS)
    mask = rle.union([counts], *size)
    rows, columns = np.nonzero(mask)
    inside = picture[mask].astype(np.float64) / 255
    places = np.stack([columns / size[1], rows / size[0]])
    return np.array(
        [
            1.0,
            *(2 * places.mean(1) - 1),
            *(4 * places.std(1)),
            np.sqrt(mask.mean()),
            *inside.mean(0),
            *inside.std(0),
            *np.median(inside, 0),
        ]
    )


def _overlaps(video: Video) -> list[list[Likeness]]:
    """A track is the object whose pixels it has; others overlap it nowhere, since no pixel shows two."""
    return [
        [Likeness(other, *([1.0] * 3 if other == name else [0.0] * 3)) for other in video.objects]
        for name in video.objects
    ]
