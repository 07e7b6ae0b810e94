"""Builds MeViS releases as their authors lay them out, whole or with one thing broken, and converts them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from rvosbench.datasets.mevis import MEVIS_V1, Mevis
from rvosbench.errors import Code, DatasetError, Problem, Severity
from rvosbench.splits.convert import Conversion, convert

HEIGHT, WIDTH = 24, 32
STEMS = ("00000", "00001", "00002")


def pixels(seed: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """A random mask, so that none can pass for another, turned, or mirrored."""
    return np.random.default_rng(seed).integers(0, 2, (height, width), np.uint8)


def rle_of(mask: NDArray[np.uint8]) -> dict[str, Any]:
    """Made by pycocotools, not by us."""
    found = coco.encode(np.asfortranarray(mask))
    return {"size": list(mask.shape), "counts": found["counts"].decode("ascii")}


def track(seed: int, present: Sequence[bool] = (True, True, True)) -> list[dict[str, Any] | None]:
    return [rle_of(pixels(10 * seed + frame)) if seen else None for frame, seen in enumerate(present)]


def sentence(text: str, anno_ids: Sequence[int], obj_ids: Sequence[int] | None = None) -> dict[str, Any]:
    return {
        "exp": text,
        "obj_id": list(range(len(anno_ids)) if obj_ids is None else obj_ids),
        "anno_id": list(anno_ids),
    }


def two_videos() -> dict[str, Any]:
    """Ids of masks count through both videos; 7 is named by nobody."""
    return {
        "zebra": {
            "vid_id": 0,
            "frames": list(STEMS),
            "expressions": {
                "0": sentence("the one on the left", [12], [3]),
                "1": sentence("both of them", [12, 4], [3, 0]),
            },
        },
        "ant": {
            "vid_id": 1,
            "frames": list(STEMS),
            "expressions": {"0": sentence("the one that runs", [5])},
        },
    }


def their_masks() -> dict[str, Any]:
    return {"4": track(4), "5": track(5, (False, True, True)), "7": track(7), "12": track(12)}


@dataclass
class MevisFiles:
    """What one split holds; tests change it before they write it."""

    root: Path
    split: str = "valid_u"
    meta_name: str = "meta_expressions.json"
    videos: dict[str, Any] = field(default_factory=two_videos)
    masks: dict[str, Any] | str | bytes | None = field(default_factory=their_masks)
    frames: str = "folder"  # or "tar", or "none"

    @property
    def folder(self) -> Path:
        return self.root / self.split

    def write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        meta = json.dumps({"videos": self.videos})
        (self.folder / self.meta_name).write_text(meta, encoding="utf-8")
        if self.masks is not None:
            content = json.dumps(self.masks) if isinstance(self.masks, dict) else self.masks
            content = content.encode() if isinstance(content, str) else content
            (self.folder / "mask_dict.json").write_bytes(content)
        if self.frames == "folder":
            for name, content in images(self.videos).items():
                path = self.folder / "JPEGImages" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        elif self.frames == "tar":
            write_tar(self.folder / "JPEGImages.tar", "JPEGImages/", images(self.videos))


def images(videos: Mapping[str, Any]) -> dict[str, bytes]:
    """Each frame is of one gray, twenty times its index."""
    return {
        f"{video}/{stem}.jpg": jpeg(20 * index)
        for video, entry in videos.items()
        for index, stem in enumerate(entry["frames"])
    }


def jpeg(gray: int, height: int = HEIGHT, width: int = WIDTH) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (gray, gray, gray)).save(buffer, "JPEG")
    return buffer.getvalue()


def write_tar(path: Path, prefix: str, members: Mapping[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(prefix + name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))


def converted(files: MevisFiles, dataset: Mevis = MEVIS_V1, **options: Any) -> Conversion:
    files.write()
    return convert(dataset, files.root, files.split, data=files.root.parent / "home", **options)


def problems_of(files: MevisFiles, dataset: Mevis = MEVIS_V1, **options: Any) -> dict[Code, Problem]:
    """The errors of a conversion that is refused, by code; it leaves nothing."""
    try:
        converted(files, dataset, **options)
    except DatasetError as error:
        left = [path for path in (files.root.parent / "home").rglob("*") if path.suffix == ".parquet"]
        assert left == []
        return errors_of(error)
    raise AssertionError("it was converted")


def errors_of(refusal: DatasetError) -> dict[Code, Problem]:
    """Without the warnings, of which one is always there: these masks are not those of the authors."""
    return {one.code: one for one in refusal.problems if one.severity is Severity.ERROR}
