"""Any bytes as a zip of predictions: refused, or read as another reader reads it."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import campaign

if __name__ == "__main__":
    campaign.instrument("rvosbench.predictions.recognise")

import hostile_splits

from rvosbench.conformance import png_files, zip_files
from rvosbench.conformance.zip_files import Entry
from rvosbench.errors import PredictionsRefused
from rvosbench.predictions.base import Png
from rvosbench.predictions.recognise import recognise
from rvosbench.splits.split import Split


@cache
def place() -> tuple[Path, Split]:
    folder = campaign.working_folder()
    return folder / "model.zip", hostile_splits.masks_split(folder)


def seeds() -> Mapping[str, bytes]:
    mask = hostile_splits.target()[0].astype("uint8")
    content = {name: png_files.png(mask) for name in hostile_splits.mask_names()}
    stored = [Entry(name.encode(), b"png") for name in content]
    folders = [
        Entry(b"a/", external=0o40755 << 16),
        Entry(b"a/bear/0/00000.png", b"x"),
        Entry(b"a/.DS_Store"),
    ]
    return {
        "stored": zip_files.archive(stored),
        "piped": zip_files.piped(dict.fromkeys(content, b"png" * 9)),
        "zip64": zip_files.zip64(dict.fromkeys(content, b"png" * 9)),
        "wrapped": zip_files.archive(folders, comment=b"made by hand"),
        "accents": zip_files.archive([Entry("b\u00e9ar/0/00000.png".encode(), b"x", zip_files.UTF8)]),
        "whole": zip_files.archive([Entry(name.encode(), one) for name, one in content.items()][:2]),
    }


def check(data: bytes) -> None:
    path, split = place()
    path.write_bytes(data)
    try:
        predictions = recognise(path, split, "masks")
        predictions.sha256()
    except PredictionsRefused:
        return
    found = predictions.of_video("bear")
    for expression in ("0", "1"):
        pictures = found.pictures(expression, hostile_splits.STEMS)
        absent = found.absent(expression, hostile_splits.STEMS)
        for stem, picture in zip(hostile_splits.STEMS, pictures, strict=True):
            if (picture is None) != (stem in absent):
                raise campaign.Finding(f"{stem}: its name says one thing, its contents another")
            if isinstance(picture, Png):
                _compare(data, f"bear/{expression}/{stem}.png", picture.content)


def _compare(data: bytes, name: str, content: bytes) -> None:
    """With the standard library. What it refuses we may read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as other:
            named = [one for one in other.namelist() if one.endswith(name)]
            read = [other.read(one) for one in named]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return
    except Exception:  # of a decompressor, or a name that is no UTF-8: not ours to judge
        return
    if content not in read:
        raise campaign.Finding(f"{name}: other contents than zipfile reads")


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    campaign.main("zip", seeds, check)
