"""COCO JSON: of video benchmarks one image per frame; of A2D and JHMDB the ground-truth file of the official
evaluator, one image per sentence and scored frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.export.base import Options, annotated_frames, each_video, frame_files, require_ground_truth
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
from rvosbench.splits.split import Expression, Split

FILE = "annotations.json"

# Datasets whose official evaluator reads a COCO file of samples: the name of that file.
JHMDB = "jhmdb-sentences"
SAMPLE_FILES = {
    "a2d-sentences": "a2d_sentences_{split}_annotations_in_coco_format.json",
    JHMDB: "jhmdb_sentences_gt_annotations_in_coco_format.json",
}


def write(split: Split, folder: Path, options: Options) -> None:
    require_ground_truth(split)
    name = SAMPLE_FILES.get(split.manifest.dataset)
    if name is None:
        _write_frames(split, folder / FILE, options.progress)
        return
    if split.manifest.dataset == JHMDB and "samples" not in split.manifest.options:
        options.log.warn(
            Code.LEFT_OUT,
            f"{JHMDB}:{split.manifest.split}",
            expected="the list of the frames that are scored",
            found="none was given when it was converted: every frame became a sample",
            fix="for official scores, convert again with --samples FILE",
        )
    _write_samples(split, folder / name.format(split=split.manifest.split), options.progress)


def _write_frames(split: Split, path: Path, progress: Progress) -> None:
    kinds = category_ids(split)
    write_document(
        path,
        about(split)
        | {
            "categories": category_list(kinds),
            "videos": _videos(split),
            "instances": _instances(split, kinds),
            "expressions": expressions(split, "instance_ids"),
            "images": _images(split, progress),
            "annotations": _annotations(split, kinds, progress),
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
            "fps": video.fps,
        }


def _instances(split: Split, kinds: dict[str, int]) -> Iterator[dict[str, Any]]:
    """The objects, each of which has many annotations."""
    number = 0
    for video_number, video in enumerate(split.videos.values(), 1):
        for thing in video.objects.values():
            number += 1
            yield {
                "id": number,
                "video_id": video_number,
                "object": thing.name,
                "source_id": thing.source_id,
                "category_id": kinds[category(thing)],
                "role": thing.role,
            }


def _images(split: Split, progress: Progress) -> Iterator[dict[str, Any]]:
    number = 0
    for video_number, video in enumerate(each_video(split, "images", progress), 1):
        files = frame_files(video)
        for frame in annotated_frames(video):
            number += 1
            yield {
                "id": number,
                "video_id": video_number,
                "frame_id": frame,
                "file_name": files[frame],
                "height": video.height,
                "width": video.width,
                "license": 1,
            }


def _annotations(split: Split, kinds: dict[str, int], progress: Progress) -> Iterator[dict[str, Any]]:
    number = image = instances = 0
    for video_number, video in enumerate(each_video(split, "annotations", progress), 1):
        for frame in annotated_frames(video):
            image += 1
            for place, thing in enumerate(video.objects.values(), 1):
                counts = thing.rle(frame)
                if counts is not None:
                    number += 1
                    yield {
                        "id": number,
                        "image_id": image,
                        "video_id": video_number,
                        "instance_id": instances + place,
                        "category_id": kinds[category(thing)],
                        "iscrowd": is_crowd(thing),
                        **_measured(counts, *video.size),
                    }
        instances += len(video.objects)


def _measured(counts: bytes, height: int, width: int) -> dict[str, Any]:
    area, bbox = rle.measure(counts, height, width)
    return {"segmentation": segmentation(counts, height, width), "area": area, "bbox": list(bbox)}


def _write_samples(split: Split, path: Path, progress: Progress) -> None:
    """Categories are ignored by the evaluator, and ids start at 1, since it takes 0 for `unmatched`."""
    write_document(
        path,
        {
            "categories": [{"id": 1, "name": "dummy_class"}],
            "images": _sample_images(split, progress),
            "annotations": _sample_annotations(split, progress),
        },
    )


def _sample_images(split: Split, progress: Progress) -> Iterator[dict[str, Any]]:
    for video in each_video(split, "images", progress):
        for one in video.expressions.values():
            for frame in one.scored:
                yield {"id": sample_id(split, one, frame), "height": video.height, "width": video.width}


def _sample_annotations(split: Split, progress: Progress) -> Iterator[dict[str, Any]]:
    number = 0
    for video in each_video(split, "annotations", progress):
        height, width = video.size
        for one in video.expressions.values():
            for frame in one.scored:
                number += 1
                counts = rle.encode(one.mask(frame))
                area, bbox = rle.measure(counts, height, width)
                yield {
                    "id": number,
                    "image_id": sample_id(split, one, frame),
                    "category_id": 1,
                    "segmentation": segmentation(counts, height, width),
                    "area": float(area),
                    "bbox": [float(side) for side in bbox],
                    "iscrowd": 0,
                }


def sample_id(split: Split, one: Expression, frame: int) -> str:
    """The frame number is written without zeros in front: the order of these names decides ties in AP."""
    stem = one.video.frames[frame]
    if not stem.isdecimal():
        raise DatasetError(
            Problem(
                Code.BAD_NAME,
                f"{one.video.name}: frame {stem}",
                expected="frames that are named by their number",
                found=stem,
                fix="convert the split again",
            )
        )
    name = f"v_{one.video.name}_f_{int(stem)}"
    return name if split.manifest.dataset == JHMDB else f"{name}_i_{one.name}"
