"""Frames on disk in the three forms: a folder of images, a tar, a video. No two frames look the same."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
HEIGHT, WIDTH = 24, 40


def picture(number: int) -> Pixels:
    """Red says which frame it is, green runs from top to bottom, blue from left to right."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[..., 0] = number * 5 % 256
    pixels[..., 1] = np.linspace(0, 250, HEIGHT)[:, None]
    pixels[..., 2] = np.linspace(0, 250, WIDTH)
    return pixels


def encoded(number: int, suffix: str = ".png") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(number)).save(buffer, "PNG" if suffix.lower() == ".png" else "JPEG")
    return buffer.getvalue()


def write_folder(folder: Path, stems: Sequence[str], suffix: str = ".png") -> Path:
    folder.mkdir(parents=True)
    for number, stem in enumerate(stems):
        (folder / f"{stem}{suffix}").write_bytes(encoded(number, suffix))
    return folder


def write_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is not a literal
        for name, content in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return path


def write_video(path: Path, frames: int, *, codec: str = "libx264", size: int = 64) -> Path:
    """Key frames a dozen apart, and in between frames that refer to later ones: hard to seek in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(frames)
    noise = generator.integers(0, 60, (size, size, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(25))
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 12
        stream.codec_context.max_b_frames = 2
        for number in range(frames):
            pixels = np.roll(noise, number, axis=1) + np.uint8(number * 4 % 190)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def decoded_in_one_go(path: Path) -> list[Pixels]:
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24", threads=1), np.uint8)
            for frame in container.decode(video=0)
        ]
