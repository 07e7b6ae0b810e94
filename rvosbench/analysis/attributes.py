"""What is hard about a sentence and its video, told from ground truth alone: fixed attributes with fixed
thresholds, so that two papers mean the same by a small target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.tracks import Track, track_of
from rvosbench.analysis.wording import wordings
from rvosbench.schema import Role

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key, Opened
    from rvosbench.splits.split import Split, Video

Buckets = Mapping[str, str]
"""Attribute -> bucket. An attribute that makes no sense, such as the size of no target, is not there."""

KIND = "kind"
_WORDINGS = ("motion", "position", "static")
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Attribute:
    """`buckets` are in order. Of an attribute that is measured, `bounds` part them: a value that is equal to
    a bound belongs to the bucket above it."""

    id: str
    title: str
    definition: str
    buckets: tuple[str, ...]
    bounds: tuple[float, ...] = ()

    def bucket(self, value: float) -> str:
        return self.buckets[sum(value >= bound for bound in self.bounds)]


ATTRIBUTES = (
    Attribute(
        "targets",
        "number of targets",
        "objects that the sentence means",
        ("0", "1", "2", "3+"),
        (1, 2, 3),
    ),
    Attribute(
        "size",
        "target size",
        "share of the picture that the targets cover, mean over the scored frames in which they can be seen; "
        "a square of 1 % has a tenth of the picture's side, one of 10 % about a third",
        ("< 1 %", "1-10 %", ">= 10 %"),
        (0.01, 0.10),
    ),
    Attribute(
        "length",
        "video length",
        "frames of the video as the release has them",
        ("< 30", "30-89", ">= 90"),
        (30, 90),
    ),
    Attribute(
        "occlusion",
        "occlusion",
        "share of the frames between first and last sight in which the most occluded target cannot be seen, "
        "or shows less than half of the area that it shows both before and after",
        ("none", "< 20 %", ">= 20 %"),
        (1e-9, 0.20),
    ),
    Attribute(
        "reappearance",
        "re-appearance",
        "whether any target goes out of sight and comes back",
        ("no", "yes"),
        (1,),
    ),
    Attribute(
        "speed",
        "speed",
        "way of the target's centre from one frame to the next, in sides of a square as large as the target, "
        "mean over frames and targets; per frame of the original video where frames have numbers",
        ("< 0.02", "0.02-0.10", ">= 0.10"),
        (0.02, 0.10),
    ),
    Attribute(
        "words",
        "sentence length",
        "words of the sentence",
        ("1-5", "6-10", "> 10"),
        (6, 11),
    ),
    Attribute(
        KIND,
        "kind of sentence",
        "what the release says; where it says nothing, the first of: motion (a word of motion is in it), "
        "position, static, other",
        (*_WORDINGS, _OTHER),
    ),
    Attribute(
        "distractors",
        "distractors",
        "annotated objects of the video that the sentence does not mean",
        ("0", "1-2", "3-5", "6+"),
        (1, 3, 6),
    ),
)
BY_ID: Mapping[str, Attribute] = {one.id: one for one in ATTRIBUTES}


def attributes_of(split: Split) -> Mapping[Key, Buckets]:
    """Of every sentence of a split with ground truth, by video and expression."""
    found: dict[Key, Buckets] = {}
    for video in split.videos.values():
        tracks = _tracks(video)
        for one in video.expressions.values():
            values = _measured(video, tracks, one.objects or (), one.scored) | _of_text(one.text)
            found[video.name, one.name] = _buckets(values, one.text, one.kind)
    return found


def attributes_of_units(opened: Opened, split: Split) -> Mapping[Key, Buckets]:
    """Of every unit of a result: of its sentence, or of the object that it is in Ref-DAVIS17. An object that
    no sentence names has no attribute of sentences."""
    sentences = attributes_of(split)
    found: dict[Key, Buckets] = {}
    objects: dict[Key, dict[str, float]] = {}
    tracks: dict[str, Mapping[str, Track]] = {}
    for unit in opened.units:
        if unit.object is None:
            found[unit.video, unit.unit] = sentences[unit.video, unit.expression or ""]
            continue
        video, key = split.videos[unit.video], (unit.video, unit.object)
        if key not in objects:
            if unit.video not in tracks:
                tracks[unit.video] = _tracks(video)
            every = range(len(video.frames))
            objects[key] = _measured(video, tracks[unit.video], (unit.object,), every)
        if unit.expression is None:
            found[unit.video, unit.unit] = _buckets(objects[key], None, None)
        else:
            text = video.expressions[unit.expression].text
            found[unit.video, unit.unit] = _buckets(objects[key] | _of_text(text), text, unit.kind)
    return found


def order_of(attribute: Attribute, present: Iterable[str]) -> tuple[str, ...]:
    """Buckets in order; kinds that only the release knows come after ours."""
    there = set(present)
    return (
        *(one for one in attribute.buckets if one in there),
        *sorted(there - set(attribute.buckets)),
    )


def _tracks(video: Video) -> Mapping[str, Track]:
    return {name: track_of(one) for name, one in video.objects.items() if one.role is not Role.VOID}


def _measured(
    video: Video, tracks: Mapping[str, Track], targets: Sequence[str], scored: Sequence[int]
) -> dict[str, float]:
    values: dict[str, float] = {
        "targets": len(targets),
        "length": len(video.frames),
        "distractors": len(tracks.keys() - set(targets)),
    }
    seen = [tracks[name] for name in targets if name in tracks and len(tracks[name].frames)]
    if seen:
        size = _size(video, seen, scored)
        if size is not None:
            values["size"] = size
        if len(scored) == len(video.frames):  # else masks are there in a few frames only
            values["occlusion"] = max(track.occluded for track in seen)
            values["reappearance"] = float(any(track.hidden for track in seen))
            speeds = [speed for track in seen if (speed := track.speed) is not None]
            if speeds:
                values["speed"] = sum(speeds) / len(speeds)
    return values


def _size(video: Video, tracks: Sequence[Track], scored: Sequence[int]) -> float | None:
    height, width = video.size
    areas = np.zeros(len(video.frames))
    for track in tracks:
        areas[track.frames] += track.areas
    areas = areas[list(scored)]
    areas = areas[areas > 0]
    return min(1.0, float(np.mean(areas)) / (height * width)) if len(areas) else None


def _of_text(text: str) -> dict[str, float]:
    return {"words": len(text.split())}


def _buckets(values: Mapping[str, float], text: str | None, kind: str | None) -> Buckets:
    found = {}
    for attribute in ATTRIBUTES:
        if attribute.id in values:
            found[attribute.id] = attribute.bucket(values[attribute.id])
        elif attribute.id == KIND and text is not None:
            found[KIND] = kind or _wording(text)
    return found


def _wording(text: str) -> str:
    present = wordings(text)
    return next((one for one in _WORDINGS if one in present), _OTHER)
