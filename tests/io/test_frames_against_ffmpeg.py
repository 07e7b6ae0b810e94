"""The frames of a video file, held against an independent decoder: the ffmpeg program."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rvosbench.io.frames import VideoFrames, video_facts

pytestmark = pytest.mark.full

# Decoding is exact by the standard of the codec, turning YUV into RGB is not: builds of the colour converter
# round differently. The frames of these clips differ from one another by far more.
ROUNDING = 3


@pytest.fixture
def clip(tmp_path: Path, require_command: Callable[[str], str]) -> Path:
    """Two seconds with frames that refer to later ones, and a key frame now and then: hard to seek in."""
    path = tmp_path / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=2"]
    codec = ["-c:v", "libx264", "-bf", "2", "-g", "12", "-pix_fmt", "yuv420p"]
    subprocess.run([require_command("ffmpeg"), "-v", "error", *source, *codec, str(path)], check=True)
    return path


def decoded_by_ffmpeg(ffmpeg: str, path: Path, height: int, width: int) -> Iterator[NDArray[np.int16]]:
    size = height * width * 3
    raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(
        [ffmpeg, "-v", "error", "-i", str(path), *raw], stdout=subprocess.PIPE, bufsize=size
    ) as process:
        assert process.stdout is not None
        while pixels := process.stdout.read(size):
            yield np.frombuffer(pixels, np.uint8).reshape(height, width, 3).astype(np.int16)
    assert process.returncode == 0


def opened(path: Path) -> VideoFrames:
    return VideoFrames(path, [f"{number:05d}" for number in range(1, video_facts(path).frames + 1)])


def check_every_frame(ffmpeg: str, path: Path) -> None:
    """The same number of frames; each one as ffmpeg has it, and unlike the one before."""
    frames = opened(path)
    previous = None
    count = 0
    for count, expected in enumerate(decoded_by_ffmpeg(ffmpeg, path, *frames.size()), start=1):
        found = frames.read(count - 1)
        difference = np.abs(found - expected)
        assert difference.max() <= ROUNDING, f"frame {count}"
        if previous is not None:
            assert np.abs(previous - expected).mean() > difference.mean(), f"frame {count} or the one before?"
        previous = found
    assert count == len(frames)


def test_every_frame_is_the_one_that_ffmpeg_decodes(
    clip: Path, require_command: Callable[[str], str]
) -> None:
    assert len(opened(clip)) == 50
    check_every_frame(require_command("ffmpeg"), clip)


def test_the_order_of_reading_does_not_matter(clip: Path, require_command: Callable[[str], str]) -> None:
    frames = opened(clip)
    expected = list(decoded_by_ffmpeg(require_command("ffmpeg"), clip, *frames.size()))
    for index in [49, 0, 48, 13, 12, 11, 25, 24, 23, 37, 1]:
        assert np.abs(frames.read(index) - expected[index]).max() <= ROUNDING, index


@pytest.mark.parametrize("name", ["01_dog.mp4", "05_default_juggle.mp4"])
def test_every_frame_of_a_real_clip_is_the_one_that_ffmpeg_decodes(
    real_data: Path, require_command: Callable[[str], str], name: str
) -> None:
    check_every_frame(require_command("ffmpeg"), real_data / "clips" / name)
