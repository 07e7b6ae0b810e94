"""Results, opened: the figures, units, frames, sentences and predictions of one protocol.

A result folder and the converted dataset are all that any analysis needs. Tables are read when they are asked
for, and predictions video by video.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from rvosbench.analysis.agreement import check_figures, check_finite, check_finite_frames, check_frames
from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench.evaluate import result as result_file
from rvosbench.evaluate import tables
from rvosbench.evaluate.result import Result
from rvosbench.masks.planes import Plane
from rvosbench.metrics.catalogue import ALL
from rvosbench.metrics.precision import best_detection
from rvosbench.predictions.parquet_labels import annotators_in
from rvosbench.predictions.parquet_labels import name as label_name
from rvosbench.protocols.merging import one_map
from rvosbench.protocols.units import Unit

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

Key = tuple[str, str]
"""A video and the name of a unit in it."""


class Sentence(NamedTuple):
    video: str
    expression: str
    text: str
    objects: tuple[str, ...]
    annotator: int | None
    kind: str | None


@dataclass(frozen=True, slots=True, eq=False)
class UnitFrames:
    """One unit, frame by frame. Of a protocol of samples `f`, `present` and `predicted` are None."""

    stems: tuple[str, ...]
    j: NDArray[np.float64]
    f: NDArray[np.float64] | None
    present: NDArray[np.bool_] | None
    predicted: NDArray[np.bool_] | None
    missing: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class VideoMasks:
    """The predictions for one video as they were kept: (name, stem) -> (score, counts) of each query."""

    height: int
    width: int
    rows: Mapping[tuple[str, str], Sequence[tuple[float, bytes]]]

    def best(self, name: str, stem: str) -> bytes | None:
        """The counts of the query with the highest score, of equal ones the last; None if nothing was
        predicted."""
        queries = self.rows.get((name, stem))
        return queries[best_detection(np.array([score for score, _ in queries]))][1] if queries else None

    def of_sample(self, unit: Unit) -> Mapping[str, bytes]:
        """The mask that P@K and IoU look at. The table of masks keeps scores in single precision, in which
        two queries may be equal that are not; the detections of the unit have them as they were."""
        queries = self.rows.get((unit.expression or "", unit.frame or ""))
        if not queries or not unit.detections:
            return {}
        place = best_detection(np.array([one.score for one in unit.detections]))
        return {unit.frame or "": queries[place][1]}


@dataclass(frozen=True, eq=False)
class Opened:
    """One protocol of a result. `name` is what tables call it."""

    name: str
    result: Result
    folder: Path

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """In the order of the plan. Cells that are empty are units that do not count. Units that do not make
        up the figures of the result are refused."""
        path = self._table(tables.UNITS)
        with _readable(path):
            rows = self._read(tables.UNITS)
            names = set(rows.schema.names)
            measured = [info.key for info in ALL if info.key in names]
            keys = dict.fromkeys(dict.fromkeys(rows["protocol"].to_pylist()), measured)
            every = tables.read_units(self.folder, keys)
            found = tuple(unit for unit in every if unit.protocol == self.result.protocol)
            check_finite(path, found)
            check_figures(path, self.result, found)
        return found

    def check(self) -> None:
        """Raises a RvosbenchError unless units are there that make up the figures."""
        _ = self.units

    @cached_property
    def sentences(self) -> Mapping[Key, Sentence]:
        """By video and expression, in the order of the release."""
        with _readable(self._table(tables.EXPRESSIONS)):
            rows = self._read(tables.EXPRESSIONS).to_pylist()
            return {
                (row["video"], row["expression"]): Sentence(
                    row["video"],
                    row["expression"],
                    row["text"],
                    tuple(row["objects"]),
                    row["annotator"],
                    row["kind"],
                )
                for row in rows
            }

    @cached_property
    def frames(self) -> Mapping[Key, UnitFrames]:
        """Of every unit of this protocol."""
        with _readable(self._table(tables.FRAMES)):
            found = _frames_by_unit(self._read(tables.FRAMES), self.result.protocol)
        lengths = {key: len(frames.stems) for key, frames in found.items()}
        check_frames(self._table(tables.FRAMES), lengths, self.units)
        for (video, unit), frames in found.items():
            columns = {"J": frames.j} | ({} if frames.f is None else {"F": frames.f})
            check_finite_frames(self._table(tables.FRAMES), f"{video}/{unit}", frames.stems, **columns)
        return found

    @property
    def has_masks(self) -> bool:
        return (self.folder / tables.PREDICTIONS).is_file()

    def require_masks(self) -> None:
        """Raises a RvosbenchError where the predictions were not kept."""
        if not self.has_masks:
            raise RvosbenchError(
                Problem(
                    Code.NO_KEPT_MASKS,
                    str(self.folder),
                    expected="a result that holds its predictions",
                    found="no predictions.parquet: it was made with --no-masks",
                    fix="evaluate again without --no-masks",
                )
            )

    def masks(self, video: str) -> VideoMasks:
        """Everything that was predicted for a video."""
        file, groups = self._groups
        height, width = 0, 0
        rows: dict[tuple[str, str], list[tuple[float, bytes]]] = {}
        chosen = [place for place, (first, last) in enumerate(groups) if first <= video <= last]
        if chosen:
            with _readable(self._table(tables.PREDICTIONS)):
                every = file.read_row_groups(chosen).to_pylist()
            for row in every:
                if row["video"] == video:
                    height, width = row["height"], row["width"]
                    rows.setdefault((row["expression"], row["frame"]), []).append(
                        (row["score"], row["counts"])
                    )
        return VideoMasks(height, width, rows)

    def masks_by_unit(self, video: str) -> Iterator[tuple[Unit, Mapping[str, bytes]]]:
        """What each unit of a video was scored with: stem -> counts. A frame that is not in it was missing
        or, of an object that was left without a proposal, taken for empty."""
        masks = self.masks(video)
        units = [unit for unit in self.units if unit.video == video]
        maps = _LabelMaps(self, video, masks) if any(unit.object is not None for unit in units) else None
        for unit in units:
            if maps is not None and unit.object is not None:
                yield unit, maps.of(unit)
            elif unit.frame is not None:
                yield unit, masks.of_sample(unit)
            else:
                stems = self.frames[video, unit.unit].stems
                found = ((stem, masks.best(unit.expression or "", stem)) for stem in stems)
                yield unit, {stem: counts for stem, counts in found if counts is not None}

    @cached_property
    def _groups(self) -> tuple[pq.ParquetFile, list[tuple[str, str]]]:
        self.require_masks()
        file = self._open(tables.PREDICTIONS)
        with _readable(self._table(tables.PREDICTIONS)):
            column = file.schema_arrow.names.index("video")
            bounds = []
            for group in range(file.num_row_groups):
                statistics = file.metadata.row_group(group).column(column).statistics
                if statistics is None:
                    raise ValueError("nothing tells which videos a row group holds")
                bounds.append((statistics.min, statistics.max))
        return file, bounds

    def _read(self, name: str) -> pa.Table:
        with _readable(self._table(name)):
            return self._open(name).read()

    def _open(self, name: str) -> pq.ParquetFile:
        path = self._table(name)
        with _readable(path):
            return pq.ParquetFile(path)

    def _table(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise result_file.not_a_result(path, "the file is not there")
        return path


def _frames_by_unit(rows: pa.Table, protocol: str) -> dict[Key, UnitFrames]:
    own = np.array(rows["protocol"].to_pylist(), object) == protocol
    # By lists: pyarrow's own way to NumPy would import pandas wherever it is installed.
    arrays = {name: np.array(rows[name].to_pylist(), object)[own] for name in rows.column_names}
    columns = {name: arrays[name] for name in ("video", "unit", "frame")}
    values = {name: arrays[name] for name in ("J", "F", "present", "predicted", "missing")}
    starts = [
        place
        for place in range(len(columns["unit"]))
        if not place
        or columns["unit"][place] != columns["unit"][place - 1]
        or columns["video"][place] != columns["video"][place - 1]
    ]
    found: dict[Key, UnitFrames] = {}
    for start, stop in zip(starts, [*starts[1:], len(columns["unit"])], strict=True):
        part = slice(start, stop)
        scored = values["present"][start] is not None
        found[columns["video"][start], columns["unit"][start]] = UnitFrames(
            tuple(columns["frame"][part]),
            values["J"][part].astype(np.float64),
            values["F"][part].astype(np.float64) if scored else None,
            values["present"][part].astype(np.bool_) if scored else None,
            values["predicted"][part].astype(np.bool_) if scored else None,
            values["missing"][part].astype(np.bool_),
        )
    return found


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise result_file.not_a_result(path, f"it cannot be read: {error}") from error


class _LabelMaps:
    """The proposals of Ref-DAVIS17, as they were or as sentences were merged into them."""

    def __init__(self, opened: Opened, video: str, masks: VideoMasks) -> None:
        self._masks = masks
        self._are_labels = bool(annotators_in(name for name, _ in masks.rows)) if masks.rows else False
        self._sentences = [one for one in opened.sentences.values() if one.video == video]
        self._merged: dict[int, dict[str, dict[int, bytes]]] = {}
        self._opened, self._video = opened, video

    def of(self, unit: Unit) -> Mapping[str, bytes]:
        if unit.matched_label is None or unit.annotator is None:
            return {}
        stems = self._opened.frames[self._video, unit.unit].stems
        if self._are_labels:
            name = label_name(unit.annotator, unit.matched_label)
            found = ((stem, self._masks.best(name, stem)) for stem in stems)
            return {stem: counts for stem, counts in found if counts is not None}
        if unit.annotator not in self._merged:
            self._merged[unit.annotator] = {stem: self._merge(unit.annotator, stem) for stem in stems}
        maps = self._merged[unit.annotator]
        label = unit.matched_label
        return {stem: maps[stem][label] for stem in stems if label in maps[stem]}

    def _merge(self, annotator: int, stem: str) -> dict[int, bytes]:
        names = [one.expression for one in self._sentences if one.annotator == annotator]
        counts = [self._masks.best(name, stem) for name in names]
        size = self._masks.height, self._masks.width
        planes = [Plane.from_counts(one, *size) for one in counts if one is not None]
        if len(planes) != len(names):
            return {}  # of a map in which a mask is missing nothing was scored
        return {label: plane.to_counts() for label, plane in one_map(planes).items()}


def open_result(text: str, protocol: str | None = None) -> Opened:
    """`text` is a folder or its result.json, or NAME=FOLDER to call it something. `protocol` chooses among
    several; without it the first is taken, which is that of the dataset."""
    name, path = _named(text)
    results = result_file.load(path)
    chosen = [one for one in results if protocol in (None, one.protocol)]
    if not chosen:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                str(path),
                expected="a protocol it was scored by: " + ", ".join(one.protocol for one in results),
                found=str(protocol),
                fix="choose one of these, or evaluate again with --protocol",
            )
        )
    folder = path if path.is_dir() else path.parent
    if shard := chosen[0].notes.get("shard"):
        raise RvosbenchError(
            Problem(
                Code.NOT_A_RESULT,
                str(path),
                expected="the result of a whole split",
                found=f"shard {shard}",
                fix="join all shards with `rvosbench merge`",
            )
        )
    return Opened(name or folder.resolve().name, chosen[0], folder)


def open_results(texts: Sequence[str], protocol: str | None = None) -> tuple[Opened, ...]:
    """Several, each under a name of its own: where folders have the same name, the path tells them apart."""
    opened: list[Opened] = []
    refused: list[RvosbenchError] = []
    for text in texts:
        try:
            opened.append(open_result(text, protocol))
        except RvosbenchError as error:
            refused.append(error)
    if refused:  # all of them, under the exit code of the first
        raise type(refused[0])(*(problem for error in refused for problem in error.problems))
    names = [one.name for one in opened]
    if len(set(names)) < len(names):
        given = [_named(text)[0] for text in texts]
        names = [own or str(one.folder) for own, one in zip(given, opened, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name} ({place})" for place, name in enumerate(names, 1)]
    return tuple(Opened(name, one.result, one.folder) for name, one in zip(names, opened, strict=True))


def _named(text: str) -> tuple[str | None, Path]:
    if Path(text).exists():
        return None, Path(text)
    name, equals, path = text.partition("=")
    return (name, Path(path)) if equals and name else (None, Path(text))


def check_same_data(results: Sequence[Opened]) -> None:
    """That results are of the same data and protocol, so that their units can be compared one by one."""

    def of(one: Opened) -> tuple[str, str, str, int]:
        result = one.result
        return result.dataset_fingerprint, result.split, result.protocol, result.scoring_version

    first = results[0]
    others = [one for one in results[1:] if of(one) != of(first)]
    if others:
        raise UsageError(
            *(
                Problem(
                    Code.RESULTS_NOT_COMPARABLE,
                    str(one.folder),
                    expected=f"the data, protocol and scoring version of {first.name}: {_about(first)}",
                    found=_about(one),
                    fix="`rvosbench explain` says what differs; score both in the same way",
                )
                for one in others
            )
        )


def _about(one: Opened) -> str:
    result = one.result
    data = f"{result.dataset}:{result.split} (data {result.dataset_fingerprint[:8]})"
    return f"{data}, {result.protocol}, scoring version {result.scoring_version}"
