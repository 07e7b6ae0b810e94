"""Palette PNGs as DAVIS and YouTube-VOS have them: one label map per frame, whose pixels are object numbers.

Numbers: if every object of the split is named by a whole number from 1 to 254, that is its number; else the
objects of each video are numbered from 1, by their names as numbers where all are numbers, else by their
names as text. Void is 255. `objects.json` holds the numbers, in the shape of YouTube-VOS's `meta.json`;
`meta_expressions.json` holds the sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rvosbench.errors import Code, ProblemLog, UsageError
from rvosbench.export.base import (
    Options,
    Overlap,
    annotated_frames,
    each_video,
    require_ground_truth,
    require_safe_names,
)
from rvosbench.export.json_document import write_document
from rvosbench.masks.png import write_labels
from rvosbench.schema import Role
from rvosbench.splits.split import Expression, Split, Video

VOID_LABEL = 255
Numbers = dict[str, int]  # object -> label


def write(split: Split, folder: Path, options: Options) -> None:
    require_ground_truth(split)
    require_safe_names(split)
    log = ProblemLog()
    numbers = number_objects(split, log)
    if log.has_errors:
        raise UsageError(*log)
    sentences, objects = {}, {}
    single = all(one.objects is None or len(one.objects) == 1 for one in split.expressions)
    for video in each_video(split, "label maps", options.progress):
        of_video = numbers[video.name]
        frames = annotated_frames(video)
        objects[video.name] = {"objects": _about_objects(video, of_video)}
        sentences[video.name] = {
            "expressions": {
                name: _about_expression(one, of_video, single) for name, one in video.expressions.items()
            },
            "frames": [video.frames[frame] for frame in frames],
        }
        _write_video(video, frames, of_video, folder / "Annotations" / video.name, options, log)
    if log.has_errors:
        raise UsageError(*log)
    write_document(folder / "meta_expressions.json", {"videos": sentences})
    write_document(folder / "objects.json", {"videos": objects})


def number_objects(split: Split, log: ProblemLog) -> dict[str, Numbers]:
    """The number of every object of every video."""
    named = {
        video.name: [thing.name for thing in video.objects.values() if thing.role is not Role.VOID]
        for video in split.videos.values()
    }
    keep = all(_is_label(name) for names in named.values() for name in names)
    found = {}
    for video in split.videos.values():
        names = named[video.name]
        if len(names) >= VOID_LABEL:
            log.add(
                Code.WRONG_LENGTH,
                video.name,
                expected=f"at most {VOID_LABEL - 1} objects in a video, which is what a label map holds",
                found=str(len(names)),
                fix="export --to coco, ytvis or png",
            )
        ordered = names if keep else _ordered(names)
        numbers = {name: int(name) if keep else place for place, name in enumerate(ordered, 1)}
        void = [thing.name for thing in video.objects.values() if thing.role is Role.VOID]
        found[video.name] = numbers | dict.fromkeys(void, VOID_LABEL)
    return found


def _is_label(name: str) -> bool:
    return _is_number(name) and 0 < int(name) < VOID_LABEL


def _is_number(name: str) -> bool:
    return name.isdecimal() and str(int(name)) == name


def _ordered(names: Sequence[str]) -> list[str]:
    return sorted(names, key=int) if all(map(_is_number, names)) else sorted(names)


def _write_video(
    video: Video, frames: Sequence[int], numbers: Numbers, folder: Path, options: Options, log: ProblemLog
) -> None:
    """Once something is wrong, nothing more is written, but everything is still looked at."""
    folder.mkdir(parents=True)
    shared: Counter[tuple[int, int]] = Counter()
    for frame in frames:
        labels = label_map(video, frame, numbers, shared)
        if (not shared or options.overlap is Overlap.LOWEST) and not log.has_errors:
            write_labels(folder / f"{video.frames[frame]}.png", labels)
    if options.overlap is Overlap.LOWEST:
        return
    names = {number: name for name, number in numbers.items()}
    for (low, high), times in sorted(shared.items()):
        log.add(
            Code.OBJECTS_OVERLAP,
            video.name,
            expected="objects that share no pixel, since a label map holds one object per pixel",
            found=f"objects {names[low]} and {names[high]} overlap in {times} frames",
            fix="--overlap lowest (the lowest number keeps the pixel), or export --to coco, ytvis or png",
        )


def label_map(
    video: Video, frame: int, numbers: Numbers, shared: Counter[tuple[int, int]]
) -> NDArray[np.uint8]:
    """The lowest number is painted last and stays on top. `shared` counts the pairs that overlap."""
    labels = np.zeros(video.size, np.uint8)
    for name, number in sorted(numbers.items(), key=lambda item: item[1], reverse=True):
        if video.objects[name].rle(frame) is None:
            continue
        mask = video.objects[name].mask(frame)
        for other in np.unique(labels[mask]):
            if other not in (0, number):
                shared[number, int(other)] += 1
        labels[mask] = number
    return labels


def _about_objects(video: Video, numbers: Numbers) -> dict[str, Any]:
    ordered = sorted(video.objects.values(), key=lambda thing: numbers[thing.name])
    return {
        str(numbers[thing.name]): {
            "category": thing.category,
            "frames": [video.frames[frame] for frame in thing.present],
            "object": thing.name,
            "source_id": thing.source_id,
            "role": thing.role,
        }
        for thing in ordered
    }


def _about_expression(one: Expression, numbers: Numbers, single: bool) -> dict[str, Any]:
    """`obj_id` is a string as in Ref-YouTube-VOS if every sentence of the split means one object, else a list
    of strings."""
    if one.objects is None:
        return {"exp": one.text}
    labels = [str(numbers[name]) for name in one.objects]
    return {"exp": one.text, "obj_id": labels[0] if single else labels}
