"""A converted split, read lazily: nothing but three small tables until a mask or a frame is asked for."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.io.manifest import Manifest
from rvosbench.io.tables import read_rows
from rvosbench.masks import rle
from rvosbench.schema import Role
from rvosbench.splits.mask_rows import MaskRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.io.frames import Frames


@dataclass(frozen=True, eq=False)
class VideoObject:
    video: Video = field(repr=False)
    name: str
    source_id: str
    category: str | None
    role: Role

    @property
    def present(self) -> tuple[int, ...]:
        """The frames in which it can be seen."""
        return tuple(sorted(self.video.masks.get(self.name, {})))

    def rle(self, frame: int) -> bytes | None:
        """COCO compressed counts; None where it cannot be seen."""
        return self.video.masks.get(self.name, {}).get(self.video.index(frame))

    def mask(self, frame: int) -> NDArray[np.bool_]:
        return self.video.union((self.name,), frame)


@dataclass(frozen=True, eq=False)
class Expression:
    """`objects` is () for a sentence without a target, None where the release hides the ground truth."""

    video: Video = field(repr=False)
    name: str
    text: str
    objects: tuple[str, ...] | None
    annotator: int | None
    kind: str | None
    scored: tuple[int, ...] = field(repr=False)  # the frames that are scored

    def mask(self, frame: int) -> NDArray[np.bool_]:
        """Everything the sentence means in this frame, as one mask [height, width]."""
        return self.video.union(self._targets(), frame)

    def rle(self, frame: int) -> bytes | None:
        """The same as COCO compressed counts; None where there is nothing to be seen."""
        mask = rle.array_to_mask(frame, self.mask(frame))
        return mask.counts if mask is not None else None

    def _targets(self) -> tuple[str, ...]:
        if self.objects is None:
            raise DatasetError(
                Problem(
                    Code.NO_GROUND_TRUTH,
                    f"{self.video.name}, expression {self.name}",
                    expected="a split with ground truth",
                    found="the release hides the masks of this split",
                    fix="use another split, such as the one `rvosbench describe` names as default",
                )
            )
        return self.objects


@dataclass(frozen=True, eq=False)
class Video:
    name: str
    height: int | None
    width: int | None
    frames: tuple[str, ...] = field(repr=False)  # stems, in order
    fps: float | None
    frames_uri: str | None = field(repr=False)
    folder: Path = field(repr=False)
    mask_rows: MaskRows | None = field(repr=False)
    object_rows: tuple[Mapping[str, Any], ...] = field(repr=False)
    expression_rows: tuple[Mapping[str, Any], ...] = field(repr=False)

    @cached_property
    def objects(self) -> Mapping[str, VideoObject]:
        return MappingProxyType(
            {
                row["object"]: VideoObject(
                    self, row["object"], row["source_id"], row["category"], Role(row["role"])
                )
                for row in self.object_rows
            }
        )

    @cached_property
    def expressions(self) -> Mapping[str, Expression]:
        every = tuple(range(len(self.frames)))
        return MappingProxyType(
            {
                row["expression"]: Expression(
                    self,
                    row["expression"],
                    row["text"],
                    None if row["objects"] is None else tuple(row["objects"]),
                    row["annotator"],
                    row["kind"],
                    every if row["frames"] is None else tuple(row["frames"]),
                )
                for row in self.expression_rows
            }
        )

    @cached_property
    def masks(self) -> Mapping[str, Mapping[int, bytes]]:
        """Object -> frame -> compressed counts. Read once, for this video alone."""
        if self.mask_rows is None:
            raise DatasetError(
                Problem(
                    Code.NO_GROUND_TRUTH,
                    self.name,
                    expected="a split with ground truth",
                    found="no masks table",
                    fix="use another split, such as the one `rvosbench describe` names as default",
                )
            )
        return self.mask_rows.of_video(self.name)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), or an error where neither frames nor masks could tell."""
        if self.height is None or self.width is None:
            raise DatasetError(
                Problem(
                    Code.NO_FRAMES,
                    self.name,
                    expected="a video of known size",
                    found="neither frames nor masks were there when it was converted",
                    fix="convert again with --frames link",
                )
            )
        return self.height, self.width

    def index(self, frame: int) -> int:
        """A frame index, counted from the end if negative."""
        frame = operator.index(frame)  # 1.5 is no frame; it must not look like an empty one
        if not -len(self.frames) <= frame < len(self.frames):
            raise IndexError(f"{self.name} has {len(self.frames)} frames, there is no frame {frame}")
        return frame % len(self.frames)

    def union(self, objects: Iterable[str], frame: int) -> NDArray[np.bool_]:
        """The pixels of any of the objects."""
        frame = self.index(frame)
        parts = [self.masks[name][frame] for name in objects if frame in self.masks.get(name, {})]
        return rle.union(parts, *self.size)

    @cached_property
    def _pictures(self) -> Frames:
        from rvosbench.io.frames import open_frames  # scoring, which never looks at frames, starts sooner

        if self.frames_uri is None:
            raise DatasetError(
                Problem(
                    Code.NO_FRAMES,
                    self.name,
                    expected="a split that was converted with its frames",
                    found="no frames are linked",
                    fix="convert again with --frames link",
                )
            )
        return open_frames(self.frames_uri, self.folder, self.frames)

    def frame(self, frame: int) -> NDArray[np.uint8]:
        """One picture [height, width, 3], RGB."""
        return self._pictures.read(self.index(frame))

    def read_frames(self, frames: Iterable[int]) -> list[NDArray[np.uint8]]:
        """Several pictures, in the order asked for; of an mp4 much cheaper than one by one."""
        return self._pictures.read_many([self.index(frame) for frame in frames])


@dataclass(frozen=True, eq=False)
class Split:
    folder: Path
    manifest: Manifest = field(repr=False)
    videos: Mapping[str, Video] = field(repr=False)

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """All sentences, video by video, in the order of the release."""
        return tuple(one for video in self.videos.values() for one in video.expressions.values())

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """Worker processes open the split anew instead of receiving its rows."""
        return open_folder, (self.folder,)


def open_folder(folder: Path) -> Split:
    """The converted split in this very folder."""
    manifest = Manifest.read(folder)
    objects = _by_video(read_rows(folder, "objects"))
    expressions = _by_video(read_rows(folder, "expressions"))
    rows = MaskRows(folder) if manifest.ground_truth else None
    videos = {
        row["video"]: Video(
            name=row["video"],
            height=row["height"],
            width=row["width"],
            frames=tuple(row["frames"]),
            fps=row["fps"],
            frames_uri=row["frames_uri"],
            folder=folder,
            mask_rows=rows,
            object_rows=tuple(objects.get(row["video"], ())),
            expression_rows=tuple(expressions.get(row["video"], ())),
        )
        for row in read_rows(folder, "videos")
    }
    return Split(folder, manifest, MappingProxyType(videos))


def _by_video(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["video"], []).append(row)
    return found
