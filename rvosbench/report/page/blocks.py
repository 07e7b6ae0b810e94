"""What the viewer needs of one video: masks and scores of its cases, and its pictures. JSON, and in it what
is binary as base64: browsers decode both by themselves. A video is decoded when it is opened."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from rvosbench.analysis.opened import Key, Opened
from rvosbench.errors import DatasetError
from rvosbench.io.frames import FolderFrames, open_frames
from rvosbench.masks.planes import Plane
from rvosbench.report.page import pictures
from rvosbench.report.page.cases import STEPS, Case, Curve, by_video, cases_of, curve_of, predicted_masks
from rvosbench.report.page.edges import NONE, Reduction, deflated, pack, small_size
from rvosbench.schema import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Split, Video

PRESENT, PREDICTED, MISSING = 1, 2, 4


@dataclass(frozen=True)
class Material:
    """What pages are made of; worker processes open it anew."""

    results: tuple[Opened, ...]
    split: Split

    @cached_property
    def cases(self) -> Mapping[str, tuple[Case, ...]]:
        return dict(by_video(cases_of(self.results[0])))

    def __reduce__(self) -> tuple[object, ...]:
        plain = tuple(Opened(one.name, one.result, one.folder) for one in self.results)
        return Material, (plain, self.split)


@dataclass(frozen=True)
class MasksOf:
    """The block of each video. `side` is the shorter side of its masks."""

    material: Material
    side: int

    def __call__(self, video: str) -> str:
        return _Masks(self.material, video, self.side).text()


class _Masks:
    def __init__(self, material: Material, name: str, side: int) -> None:
        self._material = material
        self._video = material.split.videos[name]
        self._cases = material.cases[name]
        self._reduce = Reduction(self._video.size, small_size(*self._video.size, side))
        self._place = {stem: place for place, stem in enumerate(self._video.frames)}
        self._streams: dict[bytes, int] = {}
        self._truths: dict[tuple[frozenset[str], tuple[int, ...]], int] = {}

    def text(self) -> str:
        predicted = [
            predicted_masks(one, self._cases) if one.has_masks else None for one in self._material.results
        ]
        cases = {case.name: self._case(case, predicted) for case in self._cases}
        document = {
            "stems": self._video.frames,
            "fps": self._video.fps,
            "full": self._video.size,
            "size": self._reduce.small,
            "void": self._void(),
            "cases": cases,
            "streams": [encoded(stream) for stream in self._streams],
        }
        return compact(document)

    def _case(
        self, case: Case, predicted: Sequence[Mapping[Key, Mapping[str, bytes]] | None]
    ) -> dict[str, Any]:
        frames = [self._place[stem] for stem in case.stems]
        whole = len(frames) == len(self._video.frames)
        truth = self._truth(case.objects, frames)
        masks = [
            None if one is None else self._keep([self._small(one[case.key].get(stem)) for stem in case.stems])
            for one in predicted
        ]
        scores = [self._add(packed(curve_of(one, case))) for one in self._material.results]
        return {"frames": None if whole else frames, "truth": truth, "masks": masks, "scores": scores}

    def _truth(self, objects: Sequence[str], frames: Sequence[int]) -> int:
        """Sentences that mean the same objects share it."""
        key = frozenset(objects), tuple(frames)
        if key not in self._truths:
            self._truths[key] = self._keep([self._union(objects, frame) for frame in frames])
        return self._truths[key]

    def _void(self) -> int | None:
        names = [name for name, one in self._video.objects.items() if one.role is Role.VOID]
        if not names:
            return None
        return self._keep([self._union(names, frame) for frame in range(len(self._video.frames))])

    def _union(self, objects: Sequence[str], frame: int) -> NDArray[np.int64]:
        masks = self._video.masks
        parts = [masks[name][frame] for name in objects if frame in masks.get(name, {})]
        if len(parts) < 2:
            return self._small(parts[0] if parts else None)
        whole = Plane.from_counts(parts[0], *self._video.size)
        for part in parts[1:]:
            whole = whole | Plane.from_counts(part, *self._video.size)
        return self._small(whole.to_counts())

    def _small(self, counts: bytes | None) -> NDArray[np.int64]:
        return NONE if counts is None else self._reduce.edges(counts)

    def _keep(self, frames: Sequence[NDArray[np.int64]]) -> int:
        return self._add(pack(frames))

    def _add(self, stream: bytes) -> int:
        """The place of a stream; equal ones are kept once."""
        return self._streams.setdefault(stream, len(self._streams))


def packed(curve: Curve) -> bytes:
    """J of all frames, then F if there is one, in 16 bits each; then a byte of flags for each frame."""
    flags = MISSING * curve.missing.astype(np.uint8)
    for flag, values in ((PRESENT, curve.present), (PREDICTED, curve.predicted)):
        if values is not None:
            flags |= flag * values.astype(np.uint8)
    measures = [curve.j] if curve.f is None else [curve.j, curve.f]
    steps = [np.rint(STEPS * one).astype("<u2").tobytes() for one in measures]
    return deflated(b"".join((*steps, flags.tobytes())))


@dataclass(frozen=True, slots=True)
class PictureBlock:
    """`text` is None where there are no pictures, and `why` says so then."""

    video: str
    text: str | None
    quality: pictures.Quality | None = None
    why: str | None = None


@dataclass(frozen=True)
class PicturesOf:
    """The pictures of each video. `rooms` are the bytes that they may take as base64."""

    material: Material
    rooms: Mapping[str, int]

    def __call__(self, video: str) -> PictureBlock:
        try:
            found = pictures.shrunk(self.material.split.videos[video], self.rooms[video] * 3 // 4)
        except DatasetError as error:
            return PictureBlock(video, None, why=error.problems[0].found)
        if found is None:
            return PictureBlock(video, None, why="no room for them within the size of the page")
        document = {"stride": found.chosen.stride, "webp": [encoded(one) for one in found.webp]}
        return PictureBlock(video, compact(document), found.chosen)


def linked_pictures(video: Video, beside: Path) -> PictureBlock:
    """The files themselves, as seen from the folder of the page."""
    try:
        if video.frames_uri is None:
            return PictureBlock(video.name, None, why="no frames are linked")
        source = open_frames(video.frames_uri, video.folder, video.frames)
        if not isinstance(source, FolderFrames):
            return PictureBlock(video.name, None, why="they are no files of their own, use --frames embed")
        paths = [source.path(frame) for frame in range(len(source))]
    except DatasetError as error:
        return PictureBlock(video.name, None, why=error.problems[0].found)
    links = [quote(Path(os.path.relpath(path, beside)).as_posix()) for path in paths]
    return PictureBlock(video.name, compact({"stride": 1, "links": links}))


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def compact(document: object) -> str:
    """JSON that can stand inside of a script element: nothing in it ends the element or opens a comment."""
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
