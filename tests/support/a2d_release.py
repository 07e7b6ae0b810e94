"""Builds A2D-Sentences releases exactly as their authors lay them out, and reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
from numpy.typing import NDArray

from rvosbench.datasets.a2d_sentences import A2D_SENTENCES
from rvosbench.datasets.base import Options
from rvosbench.errors import Code, Problem, ProblemLog
from rvosbench.schema import VideoRecord

HEIGHT, WIDTH = 32, 48
Masks = NDArray[np.uint8]  # [instance, height, width]


@dataclass(frozen=True)
class Frame:
    """An annotated frame; `number` counts from 1."""

    number: int
    instances: Sequence[int]
    masks: Masks
    codes: Sequence[int]


def frame(
    number: int, instances: Sequence[int], *, masks: int | None = None, codes: Sequence[int] = ()
) -> Frame:
    """Each mask is another random blob field, so that none can pass for another, turned, or mirrored."""
    random = np.random.default_rng([number, *instances])
    pixels = random.integers(0, 2, (len(instances) if masks is None else masks, HEIGHT, WIDTH), np.uint8)
    return Frame(number, instances, pixels, codes or [11 + i for i in range(len(pixels))])


def write_frame(path: Path, content: Frame) -> None:
    """As MATLAB writes HDF5: axes reversed, and a stack of one mask has no axis of masks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    masks = content.masks.transpose(0, 2, 1)
    with h5py.File(path, "w") as file:
        file["instance"] = np.array(content.instances, np.int64)
        file["reMask"] = masks[0] if len(masks) == 1 else masks
        file["reBBox"] = np.zeros((4, len(masks)))
        file["id"] = np.array([content.codes], np.float64)


def write_clip(path: Path, frames: int, height: int = HEIGHT, width: int = WIDTH) -> None:
    """Frame number n is of gray 16 * n."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(1, frames + 1):
            gray = np.full((height, width, 3), 16 * number % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, "rgb24")))
        container.mux(stream.encode())


@dataclass(frozen=True)
class Release:
    root: Path

    @property
    def texts(self) -> Path:
        return self.root / "text_annotations"

    @property
    def masks(self) -> Path:
        return self.texts / "a2d_annotation_with_instances"

    def file(self, video: str, number: int) -> Path:
        return self.masks / video / f"{number:05d}.h5"

    def list_videos(self, rows: Iterable[Sequence[object]]) -> None:
        self._write("Release/videoset.csv", rows)

    def list_sentences(self, rows: Iterable[Sequence[object]]) -> None:
        header = ("video_id", "instance_id", "query")
        self._write("text_annotations/a2d_annotation.txt", [header, *rows])

    def list_missed(self, *videos: str) -> None:
        self._write("text_annotations/a2d_missed_videos.txt", [[video] for video in videos])

    def annotate(self, video: str, *frames: Frame) -> None:
        for content in frames:
            write_frame(self.file(video, content.number), content)

    def clip(self, video: str) -> Path:
        return self.root / "Release" / "clips320H" / f"{video}.mp4"

    def _write(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def listed(video: str, subset: int = 1, frames: object = 12) -> list[object]:
    return [video, 11, "0:01", "0:05", HEIGHT, WIDTH, frames, 3, subset]


def tiny(root: Path) -> Release:
    """One test video `v` with two instances, of which frame 3 lists both and frame 9 the second only."""
    made = Release(root)
    made.list_videos([listed("v"), listed("train-video", subset=0)])
    made.list_sentences([["v", 1, "a dog, running"], ["v", 0, 'the "old" man'], ["train-video", 4, "x"]])
    made.list_missed()
    made.annotate("v", frame(3, [0, 1], codes=[11, 78]), frame(9, [1]))
    made.annotate("train-video", frame(1, [4]))
    return made


DIRT = {
    "EadxBPmQvtg": frame(25, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1]),
    "95Nq6fQoP2o": frame(32, [0, 1, 2, 3, 4, 5], masks=7),
    "I0MlLHTWCro": frame(20, [0, 1], masks=4),
    "IRrbHQjE4LQ": frame(16, [0, 1, 2, 3, 4], masks=6),
}


@dataclass(frozen=True)
class Reading:
    videos: Mapping[str, VideoRecord]
    problems: Sequence[Problem]
    notes: Mapping[str, Any]

    def codes(self) -> set[Code]:
        """Without the counts, in which every tiny release differs from the real one."""
        return {problem.code for problem in self.problems} - {Code.COUNTS_DIFFER}

    def one(self, code: Code) -> Problem:
        (problem,) = [problem for problem in self.problems if problem.code is code]
        return problem


def read(release: Release, split: str = "test", **options: Any) -> Reading:
    log = ProblemLog()
    asked = replace(Options(scratch=release.root, frames="none", target=release.root / "out"), **options)
    opened = A2D_SENTENCES.open(release.root, split, asked, log)
    if opened is None:
        return Reading({}, list(log), {})
    videos = {name: opened.read(name, log) for name in opened.videos}
    kept = {name: video for name, video in videos.items() if video is not None}
    return Reading(kept, list(log), opened.notes)
