"""The frames of a video as small WebP pictures that share a number of bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.report.page.edges import small_size

if TYPE_CHECKING:
    from PIL import Image

    from rvosbench.splits.split import Video

PROBES = 3  # pictures from which the size of all is foreseen
AT_ONCE = 32  # large pictures in memory


@dataclass(frozen=True, slots=True)
class Quality:
    """`side` is the shorter side in pixels, `quality` that of WebP; every `stride`-th frame has a picture."""

    side: int
    quality: int
    stride: int


QUALITIES = (
    Quality(240, 70, 1),
    Quality(240, 60, 1),
    Quality(240, 50, 1),
    Quality(240, 42, 1),
    Quality(216, 42, 1),
    Quality(200, 42, 1),
    Quality(200, 36, 1),
    Quality(180, 38, 1),
    Quality(180, 32, 1),
    Quality(160, 36, 1),
    Quality(160, 30, 1),
    Quality(144, 32, 1),
    Quality(128, 32, 1),
    Quality(128, 26, 1),
    Quality(128, 26, 2),
    Quality(112, 24, 3),
    Quality(96, 22, 5),
)


@dataclass(frozen=True, slots=True)
class Pictures:
    """`webp` are those of the frames 0, stride, 2 * stride, ..."""

    chosen: Quality
    webp: tuple[bytes, ...]


def shrunk(video: Video, room: int) -> Pictures | None:
    """All pictures of a video in `room` bytes, as good as they can be; None if not even poor ones fit."""
    count = len(video.frames)
    probes = sorted({count * (2 * probe + 1) // (2 * PROBES) for probe in range(PROBES)})
    pixels = list(_read(video, probes))
    for chosen in QUALITIES:
        size = small_size(*video.size, chosen.side)
        mean = sum(len(_webp(one, size, chosen.quality)) for one in pixels) / len(pixels)
        frames = range(0, count, chosen.stride)
        if mean * len(frames) > room:
            continue
        webp = tuple(_webp(one, size, chosen.quality) for one in _read(video, frames))
        if sum(map(len, webp)) <= room:
            return Pictures(chosen, webp)
    return None


def _read(video: Video, frames: range | list[int]) -> Iterator[Image.Image]:
    from PIL import Image

    for start in range(0, len(frames), AT_ONCE):
        for pixels in video.read_frames(frames[start : start + AT_ONCE]):
            yield Image.fromarray(pixels)


def _webp(picture: Image.Image, size: tuple[int, int], quality: int) -> bytes:
    from PIL import Image

    height, width = size
    file = io.BytesIO()
    small = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()
