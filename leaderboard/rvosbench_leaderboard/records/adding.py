"""A result of the harness becomes a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard.records.importing import slug
from rvosbench_leaderboard.records.model import Method, Record, Source, Status
from rvosbench_leaderboard.records.scored import Scored, keep, scored
from rvosbench_leaderboard.records.verifying import add_differences, differences, score_again
from rvosbench_leaderboard.records.writing import method_text, source_text

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.progress import Progress

HARNESS = "rvosbench"


@dataclass(frozen=True, slots=True)
class Added:
    record: Record
    files: Mapping[str, str]


def record_of(
    opened: Opened,
    method: Method,
    status: Status,
    found: Scored,
    *,
    steps: tuple[str, ...] = (),
    note: str = "",
) -> Record:
    result = opened.result
    if not result.complete:
        raise RvosbenchError(
            Problem(
                Code.NOT_A_RESULT,
                str(opened.folder),
                expected="a result of predictions of which nothing is missing",
                found=f"{result.counts.get('missing', 0):,} frames that were missing and scored 0",
                fix="predict them, and evaluate again",
            )
        )
    name = slug(" ".join((method.id, method.backbone, result.dataset, result.split)))
    bare = Record(
        id=f"scored-{name}"[:120],
        method=method,
        dataset=result.dataset,
        split=result.split,
        protocol=result.protocol,
        metrics={},
        printed={},
        status=status,
        source=Source(f"{HARNESS}, scoring version {result.scoring_version}"),
        steps=steps,
        note=note,
    )
    return found.into(bare)


def rescored(opened: Opened, data: Path | None, progress: Progress) -> Scored:
    """The kept predictions, scored again; refused if that gives anything else than the result says."""
    from rvosbench.errors import ProblemLog
    from rvosbench.evaluate import tables

    opened.require_masks()
    result = opened.result
    name = f"{result.dataset}:{result.split}"
    again = score_again(opened.folder / tables.PREDICTIONS, name, data, result.protocol, progress)
    log = ProblemLog()
    # Kept masks are packed otherwise than they came, so their hash is one of its own.
    told = replace(scored(opened), predictions=again.predictions)
    claim = told.into(record_of(opened, Method("result", str(opened.folder)), "re-scored", told))
    add_differences(claim, differences(claim, again), log)
    if log.has_errors:
        raise RvosbenchError(*log.errors)
    return replace(again, predictions=result.predictions_sha256)


def files_of(record: Record, known: Mapping[str, Method]) -> dict[str, str]:
    files = {f"scored/{record.id}.toml": source_text(record.source, record.status, [record])}
    if record.method.id not in known:
        files[f"methods/{record.method.id}.toml"] = method_text(record.method)
    return files


def kept(record: Record, opened: Opened, folder: Path) -> Record:
    """With the units of the result beside the record."""
    name = f"{record.id}.result"
    keep(opened, folder / "scored" / name)
    return replace(record, source=replace(record.source, result=name))
