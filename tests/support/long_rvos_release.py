"""A small release of Long-RVOS, and how the tests convert it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rvosbench.datasets.long_rvos import LONG_RVOS
from rvosbench.errors import Code, DatasetError
from rvosbench.splits.convert import Conversion, convert
from rvosbench.splits.split import Split, open_folder

FRAMES = ("00000", "00006", "00012", "00018")
SIZE = (7, 9)
SEEN = {"1": (0, 1, 3), "2": (0, 1, 2, 3), "10": (2,)}  # object -> frames with a mask
CLIP = "0a1b2c"
Meta = dict[str, Any]


def sentence(text: str, obj_id: object, kind: object) -> dict[str, object]:
    return {"exp": text, "obj_id": obj_id, "type": kind}


def write_release(root: Path, split: str = "valid", *, masks: bool = True) -> Path:
    """Two videos. The masks are speckles, which have the hardest runs; no sentence means object 10."""
    generator = np.random.default_rng(5)
    expressions = {
        "0": sentence("a white dog", "1", "static"),
        "1": sentence("the dog that comes back", "1", "dynamic"),
        "2": sentence("the man in black who walks away", "2", "hybrid"),
    }
    meta = {video: {"frames": list(FRAMES), "expressions": expressions} for video in (CLIP, "v2")}
    for video in meta:
        pictures = root / split / "JPEGImages" / video
        pictures.mkdir(parents=True)
        for stem in FRAMES:
            Image.fromarray(generator.integers(0, 256, (*SIZE, 3), np.uint8)).save(pictures / f"{stem}.jpg")
        for name, frames in SEEN.items() if masks else ():
            folder = root / split / "Annotations" / video / name
            folder.mkdir(parents=True)
            for frame in frames:
                pixels = generator.choice(np.array([0, 255], np.uint8), SIZE)
                Image.fromarray(pixels).save(folder / f"{FRAMES[frame]}.png")
    write_meta(root, {"videos": meta}, split)
    return root


def write_meta(root: Path, content: object, split: str = "valid") -> None:
    (root / split / "meta_expressions.json").write_text(json.dumps(content), encoding="utf-8")


def edit_meta(root: Path, change: Callable[[Meta], object], split: str = "valid") -> None:
    """Changes the entry of the first video."""
    path = root / split / "meta_expressions.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["videos"][CLIP])
    write_meta(root, content, split)


def mask_folder(root: Path, name: str = "1") -> Path:
    return root / "valid" / "Annotations" / CLIP / name


def mask_file(root: Path, name: str = "1", frame: int = 0) -> Path:
    return mask_folder(root, name) / f"{FRAMES[frame]}.png"


def save(path: Path, pixels: Any, mode: str | None = None) -> None:
    image = Image.fromarray(np.asarray(pixels, np.uint8))
    (image if mode is None else image.convert(mode)).save(path)


def converted(root: Path, split: str = "valid", **options: Any) -> tuple[Conversion, Split]:
    done = convert(LONG_RVOS, root, split, data=root / "home", **options)
    return done, open_folder(done.folder)


def warnings(done: Conversion) -> list[tuple[str, str]]:
    """Except that the release is smaller than the published one."""
    found = [(problem["code"], problem["found"]) for problem in done.manifest.problems]
    return [problem for problem in found if problem[0] != Code.COUNTS_DIFFER]


def refused(root: Path, split: str = "valid", **options: Any) -> list[tuple[Code, str, str, int]]:
    """All that is said, with places relative to the release; nothing was written."""
    with pytest.raises(DatasetError) as caught:
        converted(root, split, **options)
    assert not (root / "home" / "long-rvos" / split).exists()
    return [
        (problem.code, problem.path.removeprefix(f"{root}/"), problem.found, problem.count)
        for problem in caught.value.problems
    ]
