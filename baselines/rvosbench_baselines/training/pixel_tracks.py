"""Tracks of the made-up dataset without SAM 2: whatever moves there is its own track, and tokens tell of each
frame what its pixels look like and where they are, as plain numbers. No sentence, name or category goes into
them.
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
GRID, COARSE = 8, 4
"""Cells on each side of an outline, and of its colours."""


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
        seen = [_token(picture, one, video.size) for picture, one in zip(frames, counts, strict=True)]
        first = next((frame for frame, one in enumerate(counts) if one is not None), 0)
        rows.append(TrackRow(number, None, None, first, None, video.size, np.stack(seen), tuple(counts)))
    return rows


def _token(picture: NDArray[np.uint8], counts: bytes | None, size: tuple[int, int]) -> NDArray[np.float32]:
    """[WIDTH]; only zeros where nothing is seen."""
    token = np.zeros(WIDTH, np.float32)
    if counts is not None:
        mask = rle.union([counts], *size)
        found = np.concatenate([*_place(mask), *_colours(picture[mask]), *_outline(picture, mask)])
        token[: len(found)] = found
    return token


def _place(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """That it is seen, and its size; centre and spread; the centre once more as waves."""
    rows, columns = np.nonzero(mask)
    places = np.stack([columns / mask.shape[1], rows / mask.shape[0]])
    centre = 2 * places.mean(1) - 1
    waves = [wave(np.pi * times * centre) for times in (1, 2, 4) for wave in (np.sin, np.cos)]
    return [np.array([2.0, 2 * np.sqrt(mask.mean())]), 4 * centre, 8 * places.std(1), *waves]


def _colours(pixels: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    inside = pixels / 255
    return [4 * (2 * inside.mean(0) - 1), 2 * inside.std(0), 2 * np.median(inside, 0)]


def _outline(picture: NDArray[np.uint8], mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Of the least square around it: how full each cell is, and the colours of larger cells."""
    rows, columns = np.nonzero(mask)
    window = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    inside = mask[window].astype(np.float64)
    side = max(inside.shape)
    top, left = ((side - length) // 2 for length in inside.shape)
    square = np.zeros((side, side, 4))
    place = square[top : top + inside.shape[0], left : left + inside.shape[1]]
    place[..., 0] = inside
    place[..., 1:] = inside[..., None] * picture[window] / 255
    shares = [_shares(side, cells) for cells in (GRID, COARSE)]
    full = shares[0] @ square[..., 0] @ shares[0].T
    colours = np.einsum("ir,rcx,jc->ijx", shares[1], square[..., 1:], shares[1])
    return [2 * full.ravel() - 1, 2 * colours.ravel() - 1]


def _shares(side: int, cells: int) -> NDArray[np.float64]:
    """[cells, side]: which part of each cell a row of pixels makes; a pixel may lie in several."""
    edges = np.linspace(0, side, cells + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixels = np.arange(side)
    inside: NDArray[np.float64] = np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, None)
    return inside * cells / side


def _overlaps(video: Video) -> list[list[Likeness]]:
    """A track is the object whose pixels it has; others overlap it nowhere, since no pixel shows two."""
    return [
        [Likeness(other, *([1.0] * 3 if other == name else [0.0] * 3)) for other in video.objects]
        for name in video.objects
    ]
