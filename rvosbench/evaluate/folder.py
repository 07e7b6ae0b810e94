"""The folder of a result: written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.evaluate import parts, result, tables
from rvosbench.evaluate.tables import VideoTable
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.splits.staging import staged

if TYPE_CHECKING:
    import pyarrow as pa

    from rvosbench.evaluate.assemble import Setting
    from rvosbench.evaluate.outcome import VideoOutcome
    from rvosbench.evaluate.plan import Shard
    from rvosbench.evaluate.result import Result

SHARD = "shard.json"
_OURS = {
    result.NAME,
    tables.UNITS,
    tables.EXPRESSIONS,
    tables.FRAMES,
    tables.DETECTIONS,
    tables.PREDICTIONS,
    SHARD,
    parts.FOLDER,
}


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything but the rows that are as many as frames."""

    setting: Setting
    results: tuple[Result, ...]
    outcomes: Sequence[VideoOutcome]
    expressions: int
    shard: Shard | None = None


def check_target(out: Path) -> None:
    """Only a new folder is written, or one with nothing but an earlier result in it."""
    if not out.exists():
        return
    found = "it is a file"
    if out.is_dir():
        others = sorted(path.name for path in out.iterdir() if path.name not in _OURS)
        if not others:
            return
        found = "something else is in it: " + ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
    raise UsageError(
        Problem(
            Code.CANNOT_WRITE,
            str(out),
            expected="a new folder, or one of an earlier result",
            found=found,
            fix="choose another folder",
        )
    )


def write_folder(out: Path, contents: Contents, videos: Iterable[Mapping[str, pa.Table]]) -> None:
    """`videos` gives the tables `expressions`, `frames` and, if masks are kept, `predictions` of each
    video, in the order of the outcomes. Call it under `locked`."""
    keys = [key for metrics in contents.setting.metrics.values() for key in metrics]
    columns = tables.unit_columns(keys)
    with staged(out) as folder, ExitStack() as stack:
        schemas = {
            tables.UNITS: columns,
            tables.EXPRESSIONS: tables.EXPRESSION_COLUMNS,
            tables.FRAMES: tables.FRAME_COLUMNS,
        }
        if contents.setting.masks:
            schemas[tables.PREDICTIONS] = COLUMNS
        if any(unit.detections for outcome in contents.outcomes for unit in outcome.units):
            schemas[tables.DETECTIONS] = tables.DETECTION_COLUMNS
        files = {name: VideoTable(folder / name, schema) for name, schema in schemas.items()}
        for file in files.values():
            stack.callback(file.close)
        for outcome, of_video in zip(contents.outcomes, videos, strict=True):
            files[tables.UNITS].add(tables.unit_rows(outcome.units, columns))
            if tables.DETECTIONS in files:
                files[tables.DETECTIONS].add(tables.detection_rows(outcome.units))
            for name, rows in of_video.items():
                files[f"{name}.parquet"].add(rows)
        stack.close()
        document = result.document(contents.results, several=contents.setting.several)
        _write_json(folder / result.NAME, document)
        if contents.shard is not None:
            _write_json(folder / SHARD, _about_shard(contents, contents.shard))


def _about_shard(contents: Contents, shard: Shard) -> dict[str, object]:
    """What merging needs beside the tables."""
    return {
        "index": shard.index,
        "count": shard.count,
        "setting": contents.setting.as_json(),
        "expressions": contents.expressions,
        "videos": [outcome.without_units().as_json() for outcome in contents.outcomes],
    }


def _write_json(path: Path, document: Mapping[str, object]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
