"""Small splits with ground truth, predictions for them, and the official figures once more: from arrays of
pixels, by loops, sharing nothing with the product but the files."""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import score_oracle
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco_mask

from rvosbench import sample
from rvosbench.datasets import base
from rvosbench.io.manifest import Manifest
from rvosbench.masks import rle
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Expression, Split, Video, open_folder
from rvosbench.splits.writer import SplitWriter

Mask = NDArray[np.bool_]
Masks = NDArray[np.bool_]  # [frames, height, width]


def make_split(home: Path, dataset: str, split: str, videos: Sequence[VideoRecord], **more: Any) -> Split:
    """A converted split, as `convert` leaves it."""
    folder = home / dataset / split
    folder.mkdir(parents=True)
    writer = SplitWriter(folder, ground_truth=more.get("ground_truth", True))
    for video in sorted(videos, key=lambda video: video.video):
        writer.add(video)
    fingerprint, tables = writer.close()
    about: dict[str, Any] = {
        **dict.fromkeys(("title", "licence", "citation", "homepage", "converter", "source"), ""),
        "schema_version": 1,
        "dataset": dataset,
        "split": split,
        "options": {},
        "annotations": [],
        "ground_truth": True,
        "listed_videos": len(videos),
        "counts": dict(writer.counts),
        "published_counts": {},
        "notes": {},
        "problems": [],
        "tables": tables,
        "fingerprint": fingerprint,
    }
    Manifest(**about | more).write(folder)
    return open_folder(folder)


def video(
    name: str,
    objects: Mapping[str, Masks],
    expressions: Sequence[ExpressionRecord],
    *,
    void: Masks | None = None,
    step: int = 1,
) -> VideoRecord:
    every = dict(objects) | ({} if void is None else {"255": void})
    frames, height, width = next(iter(every.values())).shape
    named = {one for sentence in expressions for one in sentence.objects or ()}
    return VideoRecord(
        name,
        height,
        width,
        tuple(f"{step * frame:05d}" for frame in range(frames)),
        objects=tuple(_object(key, masks, key in named) for key, masks in every.items()),
        expressions=tuple(expressions),
    )


def _object(name: str, masks: Masks, named: bool) -> ObjectRecord:
    role = Role.VOID if name == "255" else Role.TARGET if named else Role.DISTRACTOR
    rows = [rle.array_to_mask(frame, mask) for frame, mask in enumerate(masks)]
    return ObjectRecord(name, name, None, role, tuple(row for row in rows if row is not None))


def blobs(noise: np.random.Generator, frames: int, height: int, width: int, empty: float = 0.0) -> Masks:
    """A rectangle that moves about, sometimes out of sight."""
    found = np.zeros((frames, height, width), np.bool_)
    for mask in found:
        if noise.random() >= empty:
            top, left = noise.integers(0, height - 2), noise.integers(0, width - 2)
            mask[top : top + noise.integers(2, height), left : left + noise.integers(2, width)] = True
    return found


def png(mask: NDArray[Any], mode: str = "L") -> bytes:
    file = io.BytesIO()
    pixels = np.asarray(mask)
    image = Image.fromarray(pixels.astype(np.uint8) * (255 if pixels.dtype == np.bool_ else 1))
    image.convert(mode).save(file, "PNG")
    return file.getvalue()


def write_tree(folder: Path, masks: Mapping[tuple[str, str], Masks], split: Split) -> Path:
    for (name, expression), of_frames in masks.items():
        place = folder / name / expression
        place.mkdir(parents=True)
        frames = split.videos[name].expressions[expression].scored
        for frame, mask in zip(frames, of_frames, strict=True):
            (place / f"{split.videos[name].frames[frame]}.png").write_bytes(png(mask))
    return folder


def truth(one: Video, objects: Sequence[str], frame: int) -> Mask:
    """The union of objects, decoded by pycocotools."""
    found = np.zeros(one.size, np.bool_)
    for name in objects:
        counts = one.masks.get(name, {}).get(frame)
        if counts is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pycocotools calls NumPy as one did before version 2
                found |= coco_mask.decode({"size": list(one.size), "counts": counts}).astype(np.bool_)
    return found


Predicted = Callable[[Expression, int], Mask | None]


def in_tree(folder: Path) -> Predicted:
    """The masks of a tree of PNG files, read by Pillow; None where there is no file."""

    def read(expression: Expression, frame: int) -> Mask | None:
        stem = expression.video.frames[frame]
        path = folder / expression.video.name / expression.name / f"{stem}.png"
        if not path.exists():
            return None
        with Image.open(path) as image:
            mask: Mask = np.asarray(image) != 0
        return mask

    return read


@dataclass(frozen=True)
class OracleUnit:
    j: list[float]
    f: list[float]

    @property
    def mean_j(self) -> float:
        return float(np.mean(self.j))

    @property
    def mean_f(self) -> float:
        return float(np.mean(self.f))


def score_expressions(split: Split, predicted: Predicted) -> dict[tuple[str, str], OracleUnit]:
    """J and F of every scored frame of every expression; 0 where the prediction is missing."""
    found = {}
    for expression in split.expressions:
        scores = []
        for frame in expression.scored:
            mask = predicted(expression, frame)
            target = truth(expression.video, expression.objects or (), frame)
            scores.append((0.0, 0.0) if mask is None else score_oracle.score(target, mask))
        j, f = zip(*scores, strict=True)
        found[expression.video.name, expression.name] = OracleUnit(list(j), list(f))
    return found


def davis_units(
    one: Video, proposals: Sequence[NDArray[np.uint8]], objects: int
) -> dict[int, tuple[int, OracleUnit]]:
    """The unsupervised DAVIS rule for one video and annotator, by trying every assignment. `proposals` are
    label maps; gives for each object the label it was matched with, and its scores."""
    count = max(max(int(labels.max()) for labels in proposals), objects)
    table = {
        (label, thing): _pair(one, [labels == label for labels in proposals], str(thing))
        for label in range(1, count + 1)
        for thing in range(1, objects + 1)
    }
    best = max(
        itertools.permutations(range(1, count + 1), objects),
        key=lambda labels: sum(
            (table[label, thing].mean_j + table[label, thing].mean_f) / 2
            for thing, label in enumerate(labels, 1)
        ),
    )
    return {thing: (label, table[label, thing]) for thing, label in enumerate(best, 1)}


def _pair(one: Video, masks: Sequence[Mask], thing: str) -> OracleUnit:
    scores = [
        score_oracle.score(truth(one, [thing], frame), mask, void=truth(one, ["255"], frame))
        for frame, mask in enumerate(masks)
    ]
    j, f = zip(*scores, strict=True)
    return OracleUnit(list(j), list(f))


def converted_sample(folder: Path, home: Path) -> dict[str, Split]:
    """Dataset -> the split of the tiny sample that is scored where none is named."""
    found = {}
    for release in sample.releases():
        dataset = base.find(release.dataset)
        name = dataset.info.default_split
        options: dict[str, Any] = {
            option: folder / path
            for option, path in (("expressions", release.expressions), ("samples", release.samples))
            if path is not None
        }
        convert(dataset, folder / release.folder, name, data=home, frames="none", **options)
        found[release.dataset] = open_folder(home / release.dataset / name)
    return found
