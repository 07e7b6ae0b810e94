"""What COCO and YouTube-VIS documents share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rvosbench.schema import Role
from rvosbench.splits.split import Split, VideoObject

NO_CATEGORY = "object"
VOID_CATEGORY = "void"


def about(split: Split) -> dict[str, Any]:
    """The head of the document, which says what it was made from."""
    manifest = split.manifest
    info = {
        "description": f"{manifest.title}, {manifest.split}",
        "url": manifest.homepage,
        "version": manifest.fingerprint,
        "contributor": f"rvosbench {manifest.converter}",
    }
    return {"info": info, "licenses": [{"id": 1, "name": manifest.licence, "url": manifest.homepage}]}


def category(thing: VideoObject) -> str:
    if thing.role is Role.VOID:
        return VOID_CATEGORY
    return thing.category or NO_CATEGORY


def category_ids(split: Split) -> dict[str, int]:
    """The categories of the split by name, numbered from 1."""
    names = {category(thing) for video in split.videos.values() for thing in video.objects.values()}
    return {name: number for number, name in enumerate(sorted(names), 1)}


def category_list(ids: dict[str, int]) -> list[dict[str, Any]]:
    return [{"id": number, "name": name, "supercategory": "object"} for name, number in ids.items()]


def is_crowd(thing: VideoObject) -> int:
    """Evaluators leave crowds out, as referring segmentation leaves void out."""
    return int(thing.role is Role.VOID)


def segmentation(counts: bytes, height: int, width: int) -> dict[str, Any]:
    return {"size": [height, width], "counts": counts.decode("ascii")}


def expressions(split: Split, objects_key: str) -> Iterator[dict[str, Any]]:
    """The sentences. Objects are named by their number, counted from 1 through the split, in the order of
    the document; `frames` are the indices that are scored, null means all frames of the video."""
    number = first = 0
    for video_number, video in enumerate(split.videos.values(), 1):
        ids = {name: first + place for place, name in enumerate(video.objects, 1)}
        first += len(ids)
        for one in video.expressions.values():
            number += 1
            yield {
                "id": number,
                "video_id": video_number,
                "expression": one.name,
                "text": one.text,
                objects_key: None if one.objects is None else [ids[name] for name in one.objects],
                "annotator": one.annotator,
                "kind": one.kind,
                "frames": None if len(one.scored) == len(video.frames) else list(one.scored),
            }
