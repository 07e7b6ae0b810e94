"""YouTube-VIS JSON: one annotation per object, with a segmentation, an area and a box for every frame; null
where the object cannot be seen. The sentences stand beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rvosbench.export.base import Options, each_video, frame_files, require_ground_truth
from rvosbench.export.coco_form import (
    about,
    category,
    category_ids,
    category_list,
    expressions,
    is_crowd,
    segmentation,
)
from rvosbench.export.json_document import write_document
from rvosbench.masks import rle
from rvosbench.progress import Progress
from rvosbench.splits.split import Split, VideoObject

FILE = "instances.json"


def write(split: Split, folder: Path, options: Options) -> None:
    require_ground_truth(split)
    kinds = category_ids(split)
    write_document(
        folder / FILE,
        about(split)
        | {
            "categories": category_list(kinds),
            "videos": _videos(split),
            "expressions": expressions(split, "annotation_ids"),
            "annotations": _annotations(split, kinds, options.progress),
        },
    )


def _videos(split: Split) -> Iterator[dict[str, Any]]:
    for number, video in enumerate(split.videos.values(), 1):
        yield {
            "id": number,
            "name": video.name,
            "height": video.height,
            "width": video.width,
            "length": len(video.frames),
            "file_names": frame_files(video),
            "fps": video.fps,
            "license": 1,
        }


def _annotations(split: Split, kinds: dict[str, int], progress: Progress) -> Iterator[dict[str, Any]]:
    number = 0
    for video_number, video in enumerate(each_video(split, "annotations", progress), 1):
        for thing in video.objects.values():
            number += 1
            yield {
                "id": number,
                "video_id": video_number,
                "category_id": kinds[category(thing)],
                "iscrowd": is_crowd(thing),
                "height": video.height,
                "width": video.width,
                "length": len(video.frames),
                "object": thing.name,
                "source_id": thing.source_id,
                "role": thing.role,
                **_frames(thing),
            }


def _frames(thing: VideoObject) -> dict[str, list[Any]]:
    segmentations: list[Any] = [None] * len(thing.video.frames)
    areas: list[Any] = list(segmentations)
    boxes: list[Any] = list(segmentations)
    for frame in thing.present:
        counts = thing.rle(frame)
        if counts is not None:
            segmentations[frame] = segmentation(counts, *thing.video.size)
            areas[frame], boxes[frame] = rle.measure(counts, *thing.video.size)
    return {"segmentations": segmentations, "areas": areas, "bboxes": boxes}
