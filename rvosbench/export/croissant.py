"""Croissant 1.0: a machine-readable description of the tables, which stand beside it.

Written by hand rather than through `mlcroissant`, which is heavy and is the oracle of the tests instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rvosbench.export.base import Options
from rvosbench.export.tables import copy_tables
from rvosbench.io.manifest import Manifest
from rvosbench.io.tables import TABLES
from rvosbench.splits import card
from rvosbench.splits.split import Split

FILE = "croissant.json"
PARQUET = "application/x-parquet"

_TYPES = {"string": "sc:Text", "binary": "sc:Text", "double": "sc:Float"}
_KEYS = {
    "videos": ("video",),
    "objects": ("video", "object"),
    "masks": ("video", "object", "frame"),
    "expressions": ("video", "expression"),
}
_COLUMNS = {
    "videos": {
        "video": "Name of the video, unique in the split.",
        "height": "Height of frames and masks in pixels; null if unknown.",
        "width": "Width of frames and masks in pixels; null if unknown.",
        "frames": "Names of the frames without suffix, in order.",
        "frames_uri": "Where the frames lie, relative to the table; null where they are not linked.",
        "fps": "Frames per second; null if the release does not say.",
    },
    "objects": {
        "video": "The video the object is in.",
        "object": "Name of the object, unique in the video.",
        "source_id": "What the release calls the object.",
        "category": "Category of the object; null if the release has none.",
        "role": "target (some sentence names it), distractor, or void (left out of scoring).",
    },
    "masks": {
        "video": "The video the mask is in.",
        "object": "The object the mask is of.",
        "frame": "Index into the frames of the video, from 0.",
        "counts": "COCO compressed run-length encoding, in ASCII.",
        "area": "Number of pixels of the mask.",
        "bbox": "Bounding box: x, y, width, height.",
    },
    "expressions": {
        "video": "The video the sentence is about.",
        "expression": "Identifier of the sentence, unique in the video.",
        "text": "The sentence.",
        "objects": "The objects it means; empty: none of them, null: the release hides it.",
        "annotator": "Who wrote it, where several people did; else null.",
        "kind": "Kind of the sentence, where the release tells; else null.",
        "frames": "Indices of the frames that are scored; null: all frames of the video.",
    },
}
# The terms of version 1.0 of the format, whose names its `@context` must declare.
_TERMS = (
    "citeAs column equivalentProperty extract field fileObject fileProperty fileSet format includes "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _TERMS.split()},
}


def write(split: Split, folder: Path, options: Options) -> None:
    """The tables of one split with their description, manifest and card."""
    options.progress.start("tables", None, "table")
    manifest = copy_tables(split, folder)
    write_description([manifest], {manifest.split: ""}, folder)
    (folder / card.NAME).write_text(card.of_split(manifest), encoding="utf-8")
    options.progress.finish()


def write_description(manifests: Sequence[Manifest], folders: dict[str, str], folder: Path) -> None:
    """`folders` says where in `folder` the tables of each split lie; it is empty or ends with a slash."""
    text = json.dumps(describe(manifests, folders), indent=2, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def describe(manifests: Sequence[Manifest], folders: dict[str, str]) -> dict[str, Any]:
    first = manifests[0]
    splits = ", ".join(one.split for one in manifests)
    fingerprints = "; ".join(f"{one.split} {one.fingerprint}" for one in manifests)
    tables = [(one, name, folders[one.split]) for one in manifests for name in one.tables]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": first.dataset,
        "description": (
            f"{first.title}: videos, objects, masks and referring expressions of {splits}, as tables. "
            f"Dataset fingerprints: {fingerprints}."
        ),
        "license": _licence(first.licence),
        "version": f"{first.schema_version}.0.0",
        **({"url": first.homepage} if first.homepage else {}),
        **({"citeAs": first.citation.strip()} if first.citation.strip() else {}),
        "keywords": ["referring video object segmentation", "video", "segmentation"],
        "isLiveDataset": False,
        "distribution": [_file(one, name, folder) for one, name, folder in tables],
        "recordSet": [_records(one, name) for one, name, _ in tables],
    }


def _licence(licence: str) -> str:
    """The address of a Creative Commons licence; any other as the release words it."""
    known = card.hub_licence(licence) or ""
    kind, _, version = known.removeprefix("cc-").rpartition("-")
    if known.startswith("cc-by"):
        return f"https://creativecommons.org/licenses/{kind}/{version}/"
    return licence


def _file(manifest: Manifest, table: str, folder: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _file_id(manifest, table),
        "name": f"{table} of {manifest.split}",
        "contentUrl": f"{folder}{table}.parquet",
        "contentSize": f"{manifest.tables[table]['size']} B",
        "encodingFormat": PARQUET,
        "sha256": manifest.tables[table]["sha256"],
    }


def _records(manifest: Manifest, table: str) -> dict[str, Any]:
    records = f"{manifest.split}/{table}"
    return {
        "@type": "cr:RecordSet",
        "@id": records,
        "name": records,
        "description": f"{card.TABLE_ROWS[table].capitalize()}.",
        "key": [{"@id": f"{records}/{column}"} for column in _KEYS[table]],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{records}/{field.name}",
                "name": field.name,
                "description": _COLUMNS[table][field.name],
                "source": {
                    "fileObject": {"@id": _file_id(manifest, table)},
                    "extract": {"column": field.name},
                },
                **_type(field.type),
            }
            for field in TABLES[table]
        ],
    }


def _type(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"repeated": True, **_type(kind.value_type)}
    return {"dataType": _TYPES.get(str(kind), "sc:Integer")}


def _file_id(manifest: Manifest, table: str) -> str:
    return f"{manifest.split}/{table}.parquet"
