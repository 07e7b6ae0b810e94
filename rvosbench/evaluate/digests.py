"""The sha256 of predictions in PNG files, put together from those of the single files, which are worked out
while they are scored: so every file is read once. It is what `Predictions.sha256` gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rvosbench.predictions import digest
from rvosbench.predictions.layout import SUFFIX
from rvosbench.predictions.palette_tree import PaletteTree
from rvosbench.predictions.png_tree import PngTree

if TYPE_CHECKING:
    from rvosbench.predictions.base import Picture, Predictions, VideoPredictions
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Video

Digests = Mapping[str, bytes]
"""Folder, as `Wanted.name`, to the digests of its files, frame after frame; `digest.MISSING` for one that
is not there."""


def are_of_files(predictions: Predictions) -> bool:
    return isinstance(predictions, PngTree | PaletteTree)


def of_video(video: Video, wanted: Iterable[Wanted], predictions: VideoPredictions) -> Digests:
    """Reads everything that is wanted of a video."""
    found = {}
    for one in wanted:
        stems = [video.frames[frame] for frame in one.frames]
        pictures: Sequence[Picture | None]
        if one.annotator is not None:
            pictures = predictions.labels(one.annotator, stems)
        else:
            pictures = predictions.pictures(one.expression or "", stems)
        found[one.name] = digest.of_pictures(pictures)
    return found


def whole(videos: Iterable[tuple[Video, Sequence[Wanted], Digests]]) -> str | None:
    """None if the digests are not those of all that is wanted."""
    folders: dict[str, tuple[list[str], bytes]] = {}
    for video, wanted, digests in videos:
        for one in wanted:
            found = digests.get(one.name, b"")
            if len(found) != digest.SIZE * len(one.frames):
                return None
            folders[one.name] = [video.frames[frame] for frame in one.frames], found
    lines = digest.Digest()
    for folder in sorted(folders, key=digest.order):
        stems, found = folders[folder]
        for stem, place in sorted(zip(stems, range(len(stems)), strict=True)):
            one_digest = found[digest.SIZE * place : digest.SIZE * (place + 1)]
            if one_digest != digest.MISSING:
                lines.add_digest(f"{folder}/{stem}{SUFFIX}", one_digest)
    return lines.hexdigest()
