"""The names that COCO results call samples by.

`v_<video>_f_<n>_i_<instance>` in A2D-Sentences, where several objects of a video have a sentence, and
`v_<video>_f_<n>` in JHMDB-Sentences, where one has. n is not padded. Where frames are not called by numbers,
as the images of RefCOCO, the whole name of the frame stands for n.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench.splits.split import Split, Video

_WITH_INSTANCE = re.compile(r"v_(.+)_f_([0-9]+)_i_(.+)", re.DOTALL)
_WITHOUT = re.compile(r"v_(.+)_f_([0-9]+)", re.DOTALL)

Sample = tuple[str, str, str]
"""Video, expression, frame stem."""


def image_id(video: str, expression: str | None, stem: str) -> str:
    """`expression` is None where the video has but one."""
    number = int(stem) if stem.isdecimal() else stem
    return f"v_{video}_f_{number}" + ("" if expression is None else f"_i_{expression}")


def one_sentence_each(split: Split) -> bool:
    """Whether it is a split of the kind of JHMDB-Sentences, whose ids name no instance."""
    return all(tuple(video.expressions) == ("0",) for video in split.videos.values())


class ImageIds:
    """From image ids to the samples that a split scores."""

    def __init__(self, split: Split) -> None:
        self._videos = split.videos
        self._plain = one_sentence_each(split)
        self._stems: dict[str, dict[str, str]] = {}

    def sample(self, image: str) -> Sample | str:
        """The sample; else what is wrong with the id, in words."""
        for video, number, expression in self._readings(image):
            return self._sample(video, number, expression)
        if image in self._named:
            return self._named[image]
        if not _WITHOUT.match(image):
            return f"{image!r}, which is not of this form"
        return f"{image!r}: no such video or instance in this split"

    @cached_property
    def _named(self) -> dict[str, Sample]:
        """The ids of scored frames that are not called by numbers."""
        return {
            image_id(video.name, None if self._plain else one.name, stem): (video.name, one.name, stem)
            for video in self._videos.values()
            if not all(map(str.isdecimal, video.frames))
            for one in video.expressions.values()
            for stem in (video.frames[frame] for frame in one.scored)
            if not stem.isdecimal()
        }

    def _readings(self, image: str) -> list[tuple[Video, str, str]]:
        """The ways to take it apart in which the video and the expression exist."""
        found = []
        if parts := _WITH_INSTANCE.fullmatch(image):
            video = self._videos.get(parts[1])
            if video is not None and parts[3] in video.expressions:
                found.append((video, parts[2], parts[3]))
        if parts := _WITHOUT.fullmatch(image):
            video = self._videos.get(parts[1])
            if video is not None and len(video.expressions) == 1:
                found.append((video, parts[2], next(iter(video.expressions))))
        return found

    def _sample(self, video: Video, number: str, expression: str) -> Sample | str:
        if len(number) > 1 and number.startswith("0"):
            return f"the frame number {number}, with zeros before it"
        stem = self._numbered(video).get(number)
        if stem is None or video.frames.index(stem) not in video.expressions[expression].scored:
            return f"frame {number} of {video.name}, which is not scored for expression {expression}"
        return video.name, expression, stem

    def _numbered(self, video: Video) -> dict[str, str]:
        if video.name not in self._stems:
            self._stems[video.name] = {
                str(int(stem)): stem for stem in video.frames if stem.isascii() and stem.isdecimal()
            }
        return self._stems[video.name]
