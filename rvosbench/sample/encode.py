"""Pictures, masks and clips as the bytes of files."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from PIL import Image

from rvosbench.masks.png import palette

if TYPE_CHECKING:
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

JPEG_QUALITY = 90
_CODECS = ("libx264", "libopenh264", "mpeg4")  # the first that this build of the library has


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    return _bytes(Image.fromarray(picture), "JPEG", quality=JPEG_QUALITY)


def png(picture: NDArray[np.uint8]) -> bytes:
    return _bytes(Image.fromarray(picture), "PNG", compress_level=3)


def mask_png(mask: NDArray[np.bool_]) -> bytes:
    """8-bit gray, 0 and 255."""
    return _bytes(Image.fromarray(mask.astype(np.uint8) * np.uint8(255)), "PNG", compress_level=1)


def label_png(labels: NDArray[np.uint8]) -> bytes:
    """8-bit palette, in the colours of DAVIS."""
    image = Image.fromarray(labels)
    image.putpalette(_palette())
    return _bytes(image, "PNG", compress_level=1)


@cache
def _palette() -> bytes:
    return palette()


def _bytes(image: Image.Image, form: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def write_clip(path: Path, pictures: NDArray[np.uint8], fps: int) -> None:
    """An mp4 with one video stream and every picture in it."""
    codec = next(name for name in _CODECS if name in av.codecs_available)
    with av.open(str(path), "w") as container:
        stream = cast("VideoStream", container.add_stream(codec, rate=fps))
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": "14", "preset": "veryfast", "threads": "1"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
