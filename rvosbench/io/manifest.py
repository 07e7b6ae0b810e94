"""`manifest.json`: what a converted split is, where it came from, and how to recognise it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.schema import SCHEMA_VERSION

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """A file of the release that the conversion read, or a folder of them (`files` > 1).

    `stamp` covers names, sizes and times: equal stamps mean that nothing needs to be read again.
    `sha256` covers names and contents.
    """

    path: str
    files: int
    size: int
    stamp: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    schema_version: int
    dataset: str
    split: str
    title: str
    licence: str
    citation: str
    homepage: str
    converter: str
    source: str
    options: dict[str, Any]
    annotations: list[AnnotationFile]
    ground_truth: bool
    listed_videos: int  # in the release; an adapter may leave some out, and says so in a warning
    counts: dict[str, int]
    published_counts: dict[str, int]
    notes: dict[str, Any]
    problems: list[dict[str, Any]]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    fingerprint: str = ""

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        path = folder / NAME
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            version = values["schema_version"]
            if version > SCHEMA_VERSION:
                raise DatasetError(
                    Problem(
                        Code.NEWER_SCHEMA,
                        str(path),
                        expected=f"schema version {SCHEMA_VERSION} or older",
                        found=str(version),
                        fix="pip install --upgrade rvosbench",
                    )
                )
            values["annotations"] = [AnnotationFile(**entry) for entry in values["annotations"]]
            return cls(**values)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DatasetError(
                Problem(
                    Code.SPLIT_DAMAGED,
                    str(path),
                    expected="the manifest of a converted split",
                    found=f"{type(error).__name__}: {error}",
                    fix="convert the split again",
                )
            ) from error
