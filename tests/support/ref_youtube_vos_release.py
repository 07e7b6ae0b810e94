"""Small releases of Ref-YouTube-VOS, and how the tests read them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from rvosbench.datasets.base import Options, Release
from rvosbench.datasets.ref_youtube_vos import REF_YOUTUBE_VOS
from rvosbench.datasets.ref_youtube_vos_videos import shipped_valid
from rvosbench.errors import Code, ProblemLog
from rvosbench.masks import png
from rvosbench.schema import VideoRecord

FRAMES = ("00000", "00005", "00010")
TALL, WIDE = (6, 8), (4, 10)
KNOWN = sorted(shipped_valid())[:2]  # two real ids of valid

Frames = Literal["link", "none"]


def entry(*sentences: str | tuple[str, object], frames: Sequence[str] = FRAMES) -> dict[str, Any]:
    """A video of a meta file; a sentence is a text, or a text and its `obj_id`."""
    pairs = [(one, None) if isinstance(one, str) else one for one in sentences]
    return {
        "frames": list(frames),
        "expressions": {
            str(number): {"exp": text} if obj is None else {"exp": text, "obj_id": obj}
            for number, (text, obj) in enumerate(pairs)
        },
    }


def write_json(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def write_meta(root: Path, split: str, videos: Mapping[str, Any]) -> Path:
    return write_json(root / "meta_expressions" / split / "meta_expressions.json", {"videos": videos})


def write_frames(root: Path, split: str, video: str, size: tuple[int, int] = TALL) -> None:
    folder = root / split / "JPEGImages" / video
    folder.mkdir(parents=True)
    for stem in FRAMES:
        Image.fromarray(np.zeros((*size, 3), np.uint8)).save(folder / f"{stem}.jpg")


def write_maps(folder: Path, labels: Sequence[int], size: tuple[int, int] = TALL) -> None:
    """In frame t every label fills one row, from column t on."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, stem in enumerate(FRAMES):
        pixels = np.zeros(size, np.uint8)
        for row, label in enumerate(labels):
            pixels[row, index:] = label
        png.write_labels(folder / f"{stem}.png", pixels)


def write_binary(
    folder: Path, row: int, frames: Sequence[str] = FRAMES, size: tuple[int, int] = TALL
) -> None:
    folder.mkdir(parents=True)
    for stem in frames:
        pixels = np.zeros(size, np.uint8)
        pixels[row] = 1
        png.write_mask(folder / f"{stem}.png", pixels)


def train(root: Path) -> Path:
    """Two videos: one with a distractor, one with two sentences about one object."""
    write_meta(
        root,
        "train",
        {
            "v1": entry(("a bear", "1"), ("a fish on the left", "3")),
            "v2": entry(("a dog", "1"), ("the dog", "1"), frames=FRAMES[:2]),
        },
    )
    objects = {
        "v1": {"1": {"category": "bear"}, "2": {"category": "fish"}, "3": {"category": "fish"}},
        "v2": {"1": {"category": "dog"}},
    }
    meta = {video: {"objects": about} for video, about in objects.items()}
    write_json(root / "train" / "meta.json", {"videos": meta})
    for video, about in objects.items():
        write_frames(root, "train", video)
        write_maps(root / "train" / "Annotations" / video, [int(label) for label in about])
    return root


def open_split(
    source: Path, split: str, log: ProblemLog, frames: Frames = "none", expressions: Path | None = None
) -> Release | None:
    """As a worker process gets it."""
    options = Options(source, frames, expressions, target=source.parent / "home" / split)
    release = REF_YOUTUBE_VOS.open(source, split, options, log)
    copy: Release | None = pickle.loads(pickle.dumps(release))
    return copy


def read(
    source: Path, split: str, log: ProblemLog, frames: Frames = "none", expressions: Path | None = None
) -> dict[str, VideoRecord]:
    release = open_split(source, split, log, frames, expressions)
    assert release is not None
    records = (release.read(video, log) for video in release.videos)
    return {record.video: record for record in records if record is not None}


def clean(source: Path, split: str, frames: Frames = "none") -> dict[str, VideoRecord]:
    log = ProblemLog()
    records = read(source, split, log, frames)
    assert list(log) == []
    return records


def codes(log: ProblemLog) -> dict[Code, int]:
    return {problem.code: problem.count for problem in log}
