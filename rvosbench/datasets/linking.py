"""What converters share about frames: they are not copied, only checked and named."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.datasets.base import Options
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.frame_source import FramesError

if TYPE_CHECKING:
    from rvosbench.io.frames import Frames

Size = tuple[int, int]
"""(height, width)"""

Linked = tuple[str | None, Size | None]
"""The `frames_uri` and the size of a video, as far as they are known."""


def link_folder(
    folder: Path, stems: Sequence[str], options: Options, size: Size | None, log: ProblemLog
) -> Linked:
    """Frames that lie as images in a folder. `size` is that of the masks, None if there are none."""
    if options.frames == "none" or not _nameable(folder, log):
        return None, size
    from rvosbench.io.frames import FolderFrames, folder_uri  # whoever only scores starts sooner

    frames = FolderFrames(folder, stems)
    return _linked(frames, folder_uri(folder, options.target), str(folder), size, log)


def link_tar(
    tar: Path,
    prefix: str,
    stems: Sequence[str],
    options: Options,
    size: Size | None,
    log: ProblemLog,
    index: Path | None = None,
) -> Linked:
    """Frames that lie in a tar. `index` is its kept index; without one every call walks the whole tar."""
    if options.frames == "none" or not _nameable(tar / prefix, log):
        return None, size
    from rvosbench.io.frames import TarFrames, tar_uri

    frames = TarFrames(tar, prefix, stems, index)
    return _linked(frames, tar_uri(tar, prefix, options.target), f"{tar}: {prefix}", size, log)


def _nameable(path: Path, log: ProblemLog) -> bool:
    """Whether a file system can have this path at all: names of videos are strangers' strings."""
    try:
        if b"\0" not in os.fsencode(path):
            return True
    except UnicodeEncodeError:
        pass
    log.add(
        Code.BAD_NAME,
        ascii(str(path)),
        expected="a name that a file can have",
        found=ascii(path.name),
        fix="compare the file with the official release; download it again if it differs",
    )
    return False


def _linked(frames: Frames, uri: str, where: str, size: Size | None, log: ProblemLog) -> Linked:
    total = len(frames)
    try:
        absent = frames.missing()
        if absent:
            _report_missing(absent, total, where, log)
        if len(absent) == total:
            return uri, size
        found = frames.size()
    except FramesError as error:
        log.include(error.problems)
        return uri, size
    if size is not None and size != found:
        log.add(
            Code.WRONG_SIZE,
            where,
            expected="frames of the size of their masks",
            found=f"frames of {_shown(found)}, masks of {_shown(size)}",
            fix="use the frames of the official release; masks are not scaled",
        )
    return uri, size or found


def _report_missing(absent: Sequence[str], total: int, where: str, log: ProblemLog) -> None:
    shown = ", ".join(absent[:3]) + (", ..." if len(absent) > 3 else "")
    log.add(
        Code.MISSING_FRAME,
        where,
        expected="an image for every listed frame",
        found="none of them" if len(absent) == total else f"{len(absent)} of {total} are missing: {shown}",
        fix="extract the frames again, or convert with --frames none",
    )


def _shown(size: Size) -> str:
    height, width = size
    return f"{width}x{height}"
