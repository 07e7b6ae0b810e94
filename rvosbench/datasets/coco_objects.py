"""`instances.json` in COCO's form: which objects an image shows, as polygons or run lengths."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import expect, member, read_json
from rvosbench.masks import rle
from rvosbench.masks.polygons import PolygonError, fill
from rvosbench.schema import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIX = "download the file again"
_MOST_PIXELS = 1 << 25  # of an image; COCO's have 640 x 640 at most


@dataclass(frozen=True, slots=True)
class CocoObject:
    """`shape` is a tuple of polygons, or run lengths, background first."""

    number: int
    category: str | None
    shape: tuple[NDArray[np.float64], ...] | NDArray[np.int64]


@dataclass
class CocoImage:
    number: int
    stem: str
    size: tuple[int, int]
    objects: list[CocoObject] = field(default_factory=list)


def read_objects(path: Path, wanted: Collection[int], log: ProblemLog) -> dict[int, CocoImage]:
    """The images of these numbers. Everything else in the file is passed over."""
    content = read_json(path, log)
    document = None if content is None else expect(content, dict, path, log)
    if document is None:
        return {}
    lists = [member(document, key, list, path, log) for key in ("images", "annotations", "categories")]
    if any(one is None for one in lists):
        return {}
    listed, annotations, kinds = (one or [] for one in lists)
    names = {one["id"]: one["name"] for one in kinds if _has(one, id=int, name=str)}
    images = _images(listed, wanted, path, log)
    for place, one in enumerate(annotations):
        if not _has(one, id=int, image_id=int, category_id=int):
            _broken(f"{path.name}: annotation {place + 1}", "id, image_id and category_id as numbers", log)
        elif one["image_id"] in images:
            shape = _shape(one, f"{path.name}: annotation {one['id']}", log)
            if shape is not None:
                found = CocoObject(one["id"], names.get(one["category_id"]), shape)
                images[one["image_id"]].objects.append(found)
    return images


def mask_of(thing: CocoObject, size: tuple[int, int], where: str, log: ProblemLog) -> Mask | None:
    """None if no pixel is set, or if the log says what is wrong with it."""
    try:
        if isinstance(thing.shape, tuple):
            return rle.array_to_mask(0, fill(thing.shape, *size))
        return rle.to_mask(0, rle.compress(thing.shape), *size)
    except PolygonError as error:
        log.add(
            Code.BAD_STRUCTURE,
            where,
            expected="polygons on the image, of three corners or more",
            found=str(error),
            fix=_FIX,
        )
    except rle.RleError as error:
        log.add(Code.BAD_RLE, where, expected="run lengths that fill the image", found=str(error), fix=_FIX)
    return None


def _images(
    listed: Sequence[Any], wanted: Collection[int], path: Path, log: ProblemLog
) -> dict[int, CocoImage]:
    images: dict[int, CocoImage] = {}
    for place, one in enumerate(listed):
        where = f"{path.name}: image {place + 1}"
        if not _has(one, id=int, file_name=str, height=int, width=int):
            _broken(where, "id, file_name, height and width", log)
        elif min(one["height"], one["width"]) < 1 or one["height"] * one["width"] > _MOST_PIXELS:
            _broken(where, f"a height and a width of 1 or more, and at most {_MOST_PIXELS:,} pixels", log)
        elif one["id"] in wanted:
            stem = one["file_name"].removesuffix(".jpg")
            images[one["id"]] = CocoImage(one["id"], stem, (one["height"], one["width"]))
    return images


def _shape(
    one: Mapping[str, Any], where: str, log: ProblemLog
) -> tuple[NDArray[np.float64], ...] | NDArray[np.int64] | None:
    value = one.get("segmentation")
    try:
        if isinstance(value, list) and all(isinstance(part, list) for part in value):
            return tuple(np.array(part, np.float64) for part in value)
        if isinstance(value, dict):
            runs = np.array(value["counts"])
            if runs.ndim == 1 and runs.size and runs.dtype == np.int64 and runs.min() >= 0:
                return runs
    except (TypeError, ValueError, KeyError):
        pass
    _broken(where, "segmentation as polygons, or as run lengths that are no text", log)
    return None


def _has(record: Any, **kinds: type) -> bool:
    return isinstance(record, dict) and all(type(record.get(key)) is kind for key, kind in kinds.items())


def _broken(where: str, expected: str, log: ProblemLog) -> None:
    log.add(Code.BAD_STRUCTURE, where, expected=expected, found="something else", fix=_FIX)
