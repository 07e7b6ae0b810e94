"""A dataset in one JSON file, small enough to break in every way a test needs.

{video: {"size": [h, w], "frames": [...], "objects": {name: {frame: [[0/1, ...], ...]}},
         "expressions": [[id, text, [object, ...] or null]]}}
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.errors import Code, ProblemLog
from rvosbench.masks import rle
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord

INFO = DatasetInfo(
    id="toy",
    title="Toy",
    splits=("valid",),
    default_split="valid",
    licence="CC0-1.0",
    citation="@misc{toy}",
    homepage="https://example.org/toy",
    layout="toy.json",
    predictions="none",
)


@dataclass
class ToyRelease(Release):
    annotations: Sequence[Path]
    content: dict[str, Any]
    pause: float
    ground_truth: bool = True
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def videos(self) -> Sequence[str]:
        return list(self.content)

    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        time.sleep(self.pause)
        entry = self.content[video]
        if "broken" in entry:
            log.add(
                Code.UNREADABLE_FILE, video, expected="a whole video", found=entry["broken"], fix="mend it"
            )
            return None
        if "vanish" in entry:  # an adapter that does what no adapter may
            return None
        height, width = entry["size"]
        return VideoRecord(
            video=video,
            height=height,
            width=width,
            frames=tuple(entry["frames"]),
            objects=tuple(_object(name, masks) for name, masks in entry["objects"].items()),
            expressions=tuple(
                ExpressionRecord(key, text, None if names is None else tuple(names))
                for key, text, names in entry["expressions"]
            ),
        )


def _object(name: str, masks: dict[str, Any]) -> ObjectRecord:
    rows = [rle.array_to_mask(int(frame), np.array(mask, np.uint8)) for frame, mask in masks.items()]
    return ObjectRecord(name, f"source {name}", None, Role.TARGET, tuple(row for row in rows if row))


@dataclass
class Toy(Dataset):
    info: DatasetInfo = INFO
    pause: float = 0.0  # seconds that a video takes, for tests that interrupt

    def splits_in(self, source: Path) -> tuple[str, ...]:
        return ("valid",)

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> Release | None:
        file = source / "toy.json"
        return ToyRelease([file], json.loads(file.read_text()), self.pause)


def videos(count: int, seed: int = 0) -> dict[str, Any]:
    """Plain valid content: per video 3 frames of 6x8, two objects, three expressions."""
    generator = np.random.default_rng(seed)
    return {
        f"video{number:03d}": {
            "size": [6, 8],
            "frames": ["00000", "00005", "00010"],
            "objects": {
                name: {frame: generator.integers(0, 2, (6, 8)).tolist() for frame in range(3)}
                for name in ("1", "2")
            },
            "expressions": [["0", "the first", ["1"]], ["1", "both", ["1", "2"]], ["2", "no one", []]],
        }
        for number in range(count)
    }


def write(folder: Path, content: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.json").write_text(json.dumps(content))
    return folder
