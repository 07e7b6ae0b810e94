"""Shards of one evaluation, put together: the same result as without shards, in every bit but the time it
took."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rvosbench.errors import Code, ProblemLog, RvosbenchError
from rvosbench.evaluate import tables
from rvosbench.evaluate.assemble import Setting, results_of
from rvosbench.evaluate.folder import SHARD, Contents, check_target, write_folder
from rvosbench.evaluate.outcome import VideoOutcome
from rvosbench.evaluate.result import Result, load, not_a_result
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.progress import Progress, Silent
from rvosbench.protocols.base import SCORING_VERSION
from rvosbench.protocols.catalogue import find
from rvosbench.splits.staging import locked

if TYPE_CHECKING:
    from rvosbench.protocols.units import Unit


@dataclass(frozen=True, slots=True)
class Part:
    """A folder that `eval --shard` wrote. `outcomes` have no units yet."""

    folder: Path
    index: int
    count: int
    setting: Setting
    expressions: int
    outcomes: tuple[VideoOutcome, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """`several` says that the shards were evaluated by all protocols."""

    results: tuple[Result, ...]
    several: bool


def merge(folders: Sequence[Path], out: Path, progress: Progress | None = None) -> Merged:
    """Raises RvosbenchError with everything that keeps the shards from being one evaluation."""
    progress = progress or Silent()
    out = out.absolute()
    with locked(out, progress):
        check_target(out)
        found = _read_all(folders)
        _check(found)
        return _merge(sorted(found, key=lambda part: part.index), out, progress)


def _merge(found: Sequence[Part], out: Path, progress: Progress) -> Merged:
    setting = found[0].setting
    units: dict[str, list[Unit]] = {}
    for part in found:
        for unit in tables.read_units(part.folder, setting.metrics):
            units.setdefault(unit.video, []).append(unit)
    outcomes = sorted((one for part in found for one in part.outcomes), key=lambda one: one.place)
    whole = [replace(one, units=tuple(units.get(one.video, ()))) for one in outcomes]
    expressions = sum(part.expressions for part in found)
    results = results_of(
        setting, [find(name) for name in setting.metrics], whole, expressions, timing=_timing(found)
    )
    progress.start("merging", len(whole), "video")
    contents = Contents(setting, results, whole, expressions)
    write_folder(out, contents, _tables(found, whole, progress))
    progress.finish()
    return Merged(results, setting.several)


def _tables(
    found: Sequence[Part], outcomes: Sequence[VideoOutcome], progress: Progress
) -> Iterator[dict[str, pa.Table]]:
    """Video by video, never more than a row group of each shard in memory."""
    schemas = {"expressions": tables.EXPRESSION_COLUMNS, "frames": tables.FRAME_COLUMNS}
    if found[0].setting.masks:
        schemas["predictions"] = COLUMNS
    streams = {name: _Stream([part.folder / f"{name}.parquet" for part in found]) for name in schemas}
    for outcome in outcomes:
        yield {name: streams[name].take(outcome.video, schema) for name, schema in schemas.items()}
        progress.advance()


class _Stream:
    """One table of all shards, whose videos are sorted by name in each of them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._rows = heapq.merge(*map(tables.video_tables, paths), key=lambda one: one[0])
        self._next = next(self._rows, None)

    def take(self, video: str, schema: pa.Schema) -> pa.Table:
        """No rows if the table has none of this video, as one without expressions."""
        if self._next is None or self._next[0] != video:
            return schema.empty_table()
        rows = self._next[1]
        self._next = next(self._rows, None)
        return rows


def _timing(found: Sequence[Part]) -> dict[str, Any]:
    """Of all shards together, as if they had run one after the other."""
    each = [part.results[0].timing for part in found]
    return {
        "seconds": round(sum(one["seconds"] for one in each), 3),
        "workers": max(one["workers"] for one in each),
        "kernel": "+".join(sorted({one["kernel"] for one in each})),
        "shards": len(found),
    }


def _read_all(folders: Sequence[Path]) -> list[Part]:
    found: list[Part] = []
    refused: list[RvosbenchError] = []
    for folder in folders:
        try:
            found.append(_read(folder))
        except RvosbenchError as error:
            refused.append(error)
    if refused:  # all of them, under the exit code of the first
        raise type(refused[0])(*(problem for error in refused for problem in error.problems))
    return found


def _read(folder: Path) -> Part:
    path = folder / SHARD
    results = load(folder)
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return Part(
            folder,
            about["index"],
            about["count"],
            Setting.from_json(about["setting"]),
            about["expressions"],
            tuple(VideoOutcome.from_json(video) for video in about["videos"]),
            results,
        )
    except FileNotFoundError:
        raise not_a_result(path, "a result, but none of a shard") from None
    except OSError as error:
        raise not_a_result(path, str(error.strerror)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_a_result(path, f"{type(error).__name__}: {error}") from error


def _check(found: Sequence[Part]) -> None:
    log = ProblemLog()
    first = found[0]
    for part in found[1:]:
        for name, here, there in _differences(first, part):
            log.add(
                Code.PARTS_DIFFER,
                part.folder,
                expected="shards of one evaluation, with everything but their videos the same",
                found=f"{name} is {here}; in {first.folder} it is {there}",
                fix="evaluate all shards with the same data, predictions, options and version",
            )
    if first.setting.scoring_version != SCORING_VERSION:
        log.add(
            Code.PARTS_DIFFER,
            first.folder,
            expected=f"scoring version {SCORING_VERSION}, that of this program",
            found=str(first.setting.scoring_version),
            fix="merge with the version that made the shards, or evaluate again",
        )
    if not log.has_errors:
        _check_all_there(found, log)
    if log.has_errors:
        raise RvosbenchError(*log)


def _check_all_there(found: Sequence[Part], log: ProblemLog) -> None:
    count = found[0].count
    given = [part.index for part in found]
    missing = sorted(set(range(1, count + 1)) - set(given))
    twice = sorted({index for index in given if given.count(index) > 1})
    for indices, state in ((missing, "missing"), (twice, "given more than once")):
        if indices:
            log.add(
                Code.PARTS_DIFFER,
                ", ".join(f"{index}/{count}" for index in indices),
                expected="every shard once",
                found=state,
                fix=f"give the folders of all {count} shards, each once",
            )


def _differences(first: Part, other: Part) -> Iterator[tuple[str, object, object]]:
    ours, theirs = _compared(first), _compared(other)
    for name, value in theirs.items():
        if value != ours[name]:
            yield name, _short(value), _short(ours[name])


def _compared(part: Part) -> Mapping[str, Any]:
    return {"the number of shards": part.count} | part.setting.as_json()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
