"""Floors and ceilings as records: each is made by its step, as `reproduce` would make it, and scored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.analysis.floors import FLOORS, Floor
from rvosbench.protocols.base import SCORING_VERSION
from rvosbench_leaderboard.records.adding import HARNESS, id_of
from rvosbench_leaderboard.records.model import Method, Record, Records, Source
from rvosbench_leaderboard.records.reproducing import PREDICTIONS, reproduce
from rvosbench_leaderboard.records.training import setting_of

if TYPE_CHECKING:
    from rvosbench.progress import Progress


def measures(dataset: str, split: str, protocol: str, there: Records) -> Iterator[Record]:
    """A record without figures for each floor and ceiling."""
    for floor in FLOORS:
        method = _method(floor, dataset, there)
        yield Record(
            id=id_of(method, (dataset, split, protocol)),
            method=method,
            dataset=dataset,
            split=split,
            protocol=protocol,
            metrics={},
            printed={},
            status="reproduced",
            source=Source(f"{HARNESS}, scoring version {SCORING_VERSION}"),
            steps=(f"floor {floor.name} --dataset {dataset}:{split} --out {PREDICTIONS}.parquet",),
        )


def _method(floor: Floor, dataset: str, there: Records) -> Method:
    known = there.methods.get(floor.name) or Method(floor.name, floor.title, kind=floor.side)
    return replace(known, stages=(), setting=setting_of(dataset, ()))


def made(record: Record, data: Path | None, progress: Progress) -> Record:
    return reproduce(record, data, progress).into(record)
