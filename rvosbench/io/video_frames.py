"""Frames decoded from a video file, exact to the frame.

Containers seek by time and to key frames only, and decoders give frames in the order of presentation. So the
packets are listed once, without decoding: their sorted presentation times number the frames, and a decoded
frame is recognised by its time, never by counting from a seek. Files whose packets carry no such times are
decoded from the start and counted.

PyAV takes a quarter of a second to load, so it is imported where a video is opened, not above.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.io.frame_source import FramesError, checked, missing_frame, missing_source

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray


_OPEN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class VideoFacts:
    frames: int
    height: int
    width: int
    fps: float | None


@dataclass(frozen=True, slots=True)
class _Timeline:
    """The frames in order of presentation. `times` is None where the packets do not tell."""

    frames: int
    times: tuple[int, ...] | None
    keys: tuple[tuple[int, int], ...]
    """(index, time to seek to) of every key frame."""


def video_facts(path: Path) -> VideoFacts:
    """Counts frames by their packets, or by decoding where the packets cannot tell."""
    with _reading(path), _opened(path) as (container, stream):
        height, width, rate = stream.height, stream.width, stream.average_rate
        timeline = _timeline(container, stream)
    frames = _decoded(path) if timeline.times is None else timeline.frames
    return VideoFacts(frames, height, width, float(rate) if rate else None)


class VideoFrames:
    """Frames of a video file; the stems are their numbers from 1 on, as `%05d`."""

    def __init__(self, path: Path, stems: Sequence[str]) -> None:
        self.path, self.stems = path, tuple(stems)
        self._forget()

    def _forget(self) -> None:
        self._process: int | None = None
        self._timeline: _Timeline | None = None
        self._decoder: _Decoder | None = None
        self._last: tuple[int, NDArray[np.uint8]] | None = None

    def _rest(self) -> None:
        """Free the file and the pictures; the next reading opens it again."""
        self._decoder = self._last = None

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "stems": self.stems}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.path, self.stems = state["path"], state["stems"]
        self._forget()

    def __len__(self) -> int:
        return len(self.stems)

    def read(self, index: int) -> NDArray[np.uint8]:
        stem = self.stems[checked(index, len(self))]
        number = _number(stem)
        with _reading(self.path):
            if number is None or not number < self._open().frames:
                raise missing_frame(f"{self.path}: {stem}")
            if self._last is None or self._last[0] != number:
                self._last = number, self._decode(number)
        return self._last[1].copy()

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        """One pass forward, whatever the order of `indices`."""
        found = {index: self.read(index) for index in sorted(set(indices), key=self._number_of)}
        return [found[index] for index in indices]

    def size(self) -> tuple[int, int]:
        with _reading(self.path), _opened(self.path) as (_, stream):
            return stream.height, stream.width

    def missing(self) -> list[str]:
        with _reading(self.path):
            frames = self._open().frames
        return [stem for stem in self.stems if (number := _number(stem)) is None or number >= frames]

    def _number_of(self, index: int) -> int:
        number = _number(self.stems[checked(index, len(self))])
        return -1 if number is None else number

    def _open(self) -> _Timeline:
        """The timeline, read once. A forked process shares the place in the file with its parent, so it
        opens the file anew."""
        if self._process != os.getpid():
            self._forget()
            self._process = os.getpid()
        if self._timeline is None:
            with _opened(self.path) as (container, stream):
                self._timeline = _timeline(container, stream)
            if self._timeline.times is None:
                self._timeline = _Timeline(_decoded(self.path), None, ())
        return self._timeline

    def _decode(self, number: int) -> NDArray[np.uint8]:
        """Goes on decoding if that is the shortest way, else from the nearest key frame before, else, where a
        key frame does not keep its promise, from the one before that, and at last from the start."""
        timeline = self._open()
        _recent.add(self)
        decoder = self._decoder
        before = [key for key, _ in timeline.keys if key <= number]
        nearest = before[-1] if before else 0
        if decoder is not None and nearest <= decoder.reached + 1 <= number:
            frame = decoder.forward_to(number)
            if frame is not None:
                return _pixels(frame)
        for key in [*before[:-3:-1], None]:
            self._decoder = decoder = _Decoder(self.path, timeline, key)
            frame = decoder.forward_to(number)
            if frame is not None:
                return _pixels(frame)
        raise FramesError(
            f"{self.path}: {number + 1:05d}",
            expected="a frame that can be decoded",
            reason="the decoder leaves it out",
            fix="download the video again",
        )


class _Recent:
    """The videos that were read last: only these keep their file open. Files and the pictures a decoder holds
    are the process's to run out of, and a split may have thousands of videos."""

    def __init__(self) -> None:
        self._videos: deque[weakref.ref[VideoFrames]] = deque()

    def add(self, video: VideoFrames) -> None:
        reference = weakref.ref(video)
        if reference in self._videos:
            self._videos.remove(reference)
        self._videos.append(reference)
        while len(self._videos) > _OPEN_AT_ONCE:
            if (oldest := self._videos.popleft()()) is not None:
                oldest._rest()


_recent = _Recent()


class _Decoder:
    """Decodes forward from a key frame, or from the start. `reached` is the frame that came last."""

    def __init__(self, path: Path, timeline: _Timeline, key: int | None) -> None:
        self._timeline = timeline
        self._indices = {} if timeline.times is None else {t: i for i, t in enumerate(timeline.times)}
        self._container, stream = _open_stream(path)
        self.reached = -1 if key is None else key - 1
        if key:
            self._container.seek(dict(timeline.keys)[key], stream=stream, backward=True)
        self._frames = self._container.decode(stream)

    def forward_to(self, number: int) -> VideoFrame | None:
        """None if the frame does not come any more."""
        for frame in self._frames:
            index = self.reached + 1 if self._timeline.times is None else self._index(frame)
            if index is None:
                continue
            self.reached = index
            if index >= number:
                return frame if index == number else None
        return None

    def _index(self, frame: VideoFrame) -> int | None:
        return None if frame.pts is None else self._indices.get(frame.pts)


def _timeline(container: InputContainer, stream: VideoStream) -> _Timeline:
    times: list[tuple[int, bool, int]] = []
    untold = 0
    for packet in container.demux(stream):
        if packet.size == 0 or packet.is_discard:  # the end mark, or cut away by an edit list
            continue
        if packet.pts is None:
            untold += 1
        else:
            times.append((packet.pts, packet.is_keyframe, packet.pts if packet.dts is None else packet.dts))
    times.sort()
    told = tuple(time for time, _, _ in times)
    if untold or len(set(told)) < len(told):
        return _Timeline(len(told) + untold, None, ())
    return _Timeline(len(told), told, tuple((i, seek) for i, (_, key, seek) in enumerate(times) if key))


def _decoded(path: Path) -> int:
    with _opened(path) as (container, stream):
        return sum(1 for _ in container.decode(stream))


def _pixels(frame: VideoFrame) -> NDArray[np.uint8]:
    """RGB, made without threads: they do not survive a fork, and loaders have many processes anyway."""
    return np.asarray(frame.to_ndarray(format="rgb24", threads=1), np.uint8)


def _number(stem: str) -> int | None:
    """0-based, from a 1-based name."""
    return int(stem) - 1 if stem.isascii() and stem.isdigit() and int(stem) > 0 else None


def _open_stream(path: Path) -> tuple[InputContainer, VideoStream]:
    import av

    try:
        container = av.open(str(path))
    except UnicodeDecodeError:  # of a title or comment; from version 19 on PyAV does not mind
        container = av.open(str(path), metadata_errors="ignore")
    if not container.streams.video:
        container.close()
        raise FramesError(
            path, expected="a video", reason="a file without a video stream", fix="download the video again"
        )
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1  # as in `_pixels`
    return container, stream


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    container, stream = _open_stream(path)
    try:
        yield container, stream
    finally:
        container.close()


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    from av.error import FFmpegError

    try:
        yield
    except FileNotFoundError:
        raise missing_source(path) from None
    except (FFmpegError, OSError) as error:
        raise FramesError(
            path,
            expected="a video that can be decoded",
            reason=error.strerror or str(error),
            fix="download the video again",
        ) from error
