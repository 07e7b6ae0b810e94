"""The frames of a video, named by a `frames_uri` and read from where the release has them.

`file:folder`, `tar:x.tar#prefix` or `video:x.mp4`. What follows the scheme is a path as it is, with forward
slashes, relative to the folder of the converted split where possible. Only in the path of a tar, `%` and `#`
are written `%25` and `%23`, so that the first `#` is the one before the prefix.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code
from rvosbench.io.frame_source import (
    IMAGE_SUFFIXES,
    Frames,
    FramesError,
    checked,
    image_header,
    image_pixels,
    missing_frame,
)
from rvosbench.io.tar_frames import INDEX_NAME, TarFrames, TarIndex, members_below, tar_index, write_tar_index
from rvosbench.io.video_frames import VideoFacts, VideoFrames, video_facts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "INDEX_NAME",
    "FolderFrames",
    "Frames",
    "FramesError",
    "TarFrames",
    "TarIndex",
    "VideoFacts",
    "VideoFrames",
    "folder_uri",
    "members_below",
    "open_frames",
    "tar_index",
    "tar_uri",
    "video_facts",
    "video_uri",
    "write_tar_index",
]


def folder_uri(folder: Path, target: Path) -> str:
    return "file:" + _relative(folder, target)


def tar_uri(tar: Path, prefix: str, target: Path) -> str:
    path = _relative(tar, target).replace("%", "%25").replace("#", "%23")
    return f"tar:{path}#{prefix}"


def video_uri(path: Path, target: Path) -> str:
    return "video:" + _relative(path, target)


def _relative(path: Path, target: Path) -> str:
    """`path` as seen from `target`. A `..` leads up from where a link points to, not from where it stands;
    so links on the way are followed first. The last name stays: a link to a file may point to one
    without a suffix."""
    real = Path(os.path.realpath(path.parent), path.name) if path.name else path.resolve()
    try:
        return Path(os.path.relpath(real, os.path.realpath(target))).as_posix()
    except ValueError:  # on another drive
        return real.as_posix()


def open_frames(uri: str, base: Path, stems: Sequence[str]) -> Frames:
    """The frames that a `frames_uri` of the split folder `base` names; nothing is read yet."""
    scheme, colon, rest = uri.partition(":")
    if colon and rest:
        if scheme == "file":
            return FolderFrames(_absolute(rest, base), stems)
        if scheme == "video":
            return VideoFrames(_absolute(rest, base), stems)
        if scheme == "tar" and "#" in rest:
            path, _, prefix = rest.partition("#")
            tar = _absolute(path.replace("%23", "#").replace("%25", "%"), base)
            return TarFrames(tar, prefix, stems, base / INDEX_NAME)
    raise FramesError(
        uri,
        expected="file:FOLDER, tar:FILE#PREFIX or video:FILE",
        reason=f"{scheme}:" if colon else "no scheme",
        fix="convert the split again",
        code=Code.BAD_STRUCTURE,
    )


def _absolute(path: str, base: Path) -> Path:
    """The inverse of `_relative`; no link is left in `base` that a `..` could go astray on."""
    return Path(os.path.normpath(Path(os.path.realpath(base), path)))


class FolderFrames:
    """Images `<stem>.jpg`, `.jpeg` or `.png` of one folder, which is listed once."""

    def __init__(self, folder: Path, stems: Sequence[str]) -> None:
        self.folder, self.stems = folder, tuple(stems)
        self._listed: dict[str, str] | None = None

    def __len__(self) -> int:
        return len(self.stems)

    def read(self, index: int) -> NDArray[np.uint8]:
        return image_pixels(self._bytes(index), self.path(index))

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        return [self.read(index) for index in indices]

    def size(self) -> tuple[int, int]:
        names = self._names()
        for index, stem in enumerate(self.stems):
            if stem in names:
                return image_header(self._bytes(index), self.path(index))
        raise missing_frame(self.path(0) if self.stems else self.folder)

    def missing(self) -> list[str]:
        names = self._names()
        return [stem for stem in self.stems if stem not in names]

    def _names(self) -> dict[str, str]:
        """Stem -> file name; of two images of one stem the JPEG is the frame, as in the official loaders."""
        if self._listed is None and len(self.stems) == 1 and (self.folder / f"{self.stems[0]}.jpg").is_file():
            self._listed = {self.stems[0]: f"{self.stems[0]}.jpg"}  # a folder of COCO holds 80,000 images
        if self._listed is None:
            rank = {suffix: number for number, suffix in enumerate(IMAGE_SUFFIXES)}
            images = [path for path in self._listing() if path.suffix.lower() in rank]
            images.sort(key=lambda path: (rank[path.suffix.lower()], path.name), reverse=True)
            self._listed = {path.stem: path.name for path in images}
        return self._listed

    def _listing(self) -> list[Path]:
        """A folder that is not there is one without frames."""
        try:
            return list(self.folder.iterdir())
        except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name with a NUL
            return []
        except OSError as error:
            raise FramesError(
                self.folder,
                expected="a folder that can be read",
                reason=str(error.strerror),
                fix="check its rights",
            ) from error

    def path(self, index: int) -> Path:
        """The file of a frame, or where it should be."""
        stem = self.stems[checked(index, len(self))]
        return self.folder / self._names().get(stem, stem + IMAGE_SUFFIXES[0])

    def _bytes(self, index: int) -> bytes:
        path = self.path(index)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise missing_frame(path) from None
        except OSError as error:
            raise FramesError(
                path, expected="a file that can be read", reason=str(error.strerror), fix="check its rights"
            ) from error
