"""The tables of a split as they are given to others: the same rows, without the paths of this machine."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.io.manifest import Manifest
from rvosbench.io.tables import TABLES, TableWriter, read_rows, table_path
from rvosbench.splits.split import Split
from rvosbench.splits.writer import ROWS_PER_GROUP


def copy_tables(split: Split, folder: Path) -> Manifest:
    """Writes the tables and the manifest into `folder`; gives the manifest, which says what was left out."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {}
    for name, known in split.manifest.tables.items():
        if name == "videos":
            _write_videos(split, folder)
        else:
            shutil.copyfile(table_path(split.folder, name), table_path(folder, name))
        tables[name] = known | _size_and_checksum(table_path(folder, name))
        if name != "videos" and tables[name] != known:
            raise _damaged(table_path(split.folder, name))
    manifest = _for_others(split.manifest, tables)
    manifest.write(folder)
    return manifest


def _write_videos(split: Split, folder: Path) -> None:
    """Links to frames lead nowhere on another machine, and tell how folders are named on this one."""
    writer = TableWriter(table_path(folder, "videos"), TABLES["videos"])
    for row in read_rows(split.folder, "videos"):
        writer.add(row | {"frames_uri": None})
        if writer.waiting >= ROWS_PER_GROUP:
            writer.flush()
    writer.close()


def _size_and_checksum(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _for_others(manifest: Manifest, tables: dict[str, dict[str, Any]]) -> Manifest:
    return replace(
        manifest,
        source="",
        options=manifest.options | {"frames": "none"},
        problems=[_relative(problem, manifest.source) for problem in manifest.problems],
        tables=tables,
    )


def _relative(problem: dict[str, Any], source: str) -> dict[str, Any]:
    """The problem with its paths seen from the release."""
    if not source:
        return problem
    here = source.rstrip("/") + "/"
    return problem | {
        "path": problem["path"].replace(here, ""),
        "found": problem["found"].replace(here, ""),
        "examples": [example.replace(here, "") for example in problem["examples"]],
    }


def _damaged(path: Path) -> DatasetError:
    return DatasetError(
        Problem(
            Code.SPLIT_DAMAGED,
            str(path),
            expected="the table whose checksum the manifest holds",
            found="another one",
            fix="convert the split again",
        )
    )
