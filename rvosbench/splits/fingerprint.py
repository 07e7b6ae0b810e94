"""The dataset fingerprint: a sha256 over what scoring depends on, whatever the Parquet encoding.

Covered, video by video in the order of their names: size, frame stems, objects with their roles, every mask's
counts, every expression with its objects, annotator, kind and scored frames. Left out: where frames lie,
frame rates, categories and source ids, which change no score.
"""

from __future__ import annotations

import hashlib
import json

from rvosbench.schema import VideoRecord


class Fingerprint:
    """Add videos sorted by name; the order of rows inside a video does not matter."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"rvosbench dataset 1\n")
        self._last: str | None = None

    def add(self, video: VideoRecord) -> None:
        if self._last is not None and video.video <= self._last:
            raise ValueError(f"video {video.video!r} after {self._last!r}: the order must be ascending")
        self._last = video.video
        self._line("video", video.video, video.height, video.width, video.frames)
        for thing in sorted(video.objects, key=lambda thing: thing.object):
            self._line("object", thing.object, thing.role)
            for mask in sorted(thing.masks, key=lambda mask: mask.frame):
                self._line("mask", mask.frame, mask.counts.decode("ascii"))
        for sentence in sorted(video.expressions, key=lambda sentence: sentence.expression):
            objects = None if sentence.objects is None else sorted(sentence.objects)
            self._line(
                "expression",
                sentence.expression,
                sentence.text,
                objects,
                sentence.annotator,
                sentence.kind,
                sentence.frames,
            )

    def _line(self, *values: object) -> None:
        self._hash.update(json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
