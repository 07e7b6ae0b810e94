"""A result of the harness becomes a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, ProblemLog, RvosbenchError
from rvosbench.evaluate import tables
from rvosbench.protocols.catalogue import default
from rvosbench_leaderboard.records.importing import METHODS, SCORED, slug
from rvosbench_leaderboard.records.model import BoardKey, Method, Record, Source, Status
from rvosbench_leaderboard.records.reproducing import reproduce
from rvosbench_leaderboard.records.scored import Scored, keep, scored
from rvosbench_leaderboard.records.training import setting_of
from rvosbench_leaderboard.records.verifying import Difference, add_differences, differences, score_again
from rvosbench_leaderboard.records.writing import method_text, source_text

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.progress import Progress

HARNESS = "rvosbench"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a result becomes a record. `predictions`: without them the kept masks are scored."""

    self_reported: bool = False
    steps: tuple[str, ...] = ()
    note: str = ""
    predictions: Path | None = None
    data: Path | None = None

    @property
    def status(self) -> Status:
        return "self-reported" if self.self_reported else "reproduced" if self.steps else "re-scored"


def make_record(opened: Opened, method: Method, wanted: Wanted, progress: Progress) -> Record:
    """Refused if anything that is done again does not give the same."""
    if wanted.self_reported:
        return record_of(opened, method, wanted, scored(opened))
    found = rescored(opened, wanted.predictions, wanted.data, progress)
    record = record_of(opened, method, wanted, found)
    if wanted.steps:
        again = reproduce(record, wanted.data, progress)
        _refuse(record, differences(record, again))
    return record


def record_of(opened: Opened, method: Method, wanted: Wanted, found: Scored) -> Record:
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
    bare = Record(
        id=id_of(method, (result.dataset, result.split, result.protocol)),
        method=replace(method, setting=setting_of(result.dataset, method.stages)),
        dataset=result.dataset,
        split=result.split,
        protocol=result.protocol,
        metrics={},
        printed={},
        status=wanted.status,
        source=Source(f"{HARNESS}, scoring version {result.scoring_version}"),
        steps=wanted.steps,
        note=wanted.note,
    )
    return found.into(bare)


def id_of(method: Method, board: BoardKey) -> str:
    dataset, split, protocol = board
    parts = [method.id, method.backbone, dataset, split]
    if protocol != default(dataset).info.name:
        parts.append(protocol)
    return f"scored-{slug(' '.join(parts))}"[:120]


def rescored(opened: Opened, predictions: Path | None, data: Path | None, progress: Progress) -> Scored:
    """The predictions or, without them, the masks that the result kept, scored again; refused if that gives
    anything else than the result says."""
    result = opened.result
    name = f"{result.dataset}:{result.split}"
    told = scored(opened)
    if predictions is None:
        opened.require_masks()
        kept_masks = opened.folder / tables.PREDICTIONS
        again = score_again(kept_masks, name, data, result.protocol, progress)
        # They are packed otherwise than they came, so their hash is one of its own.
        again = replace(again, predictions=told.predictions)
    else:
        again = score_again(predictions, name, data, result.protocol, progress)
    claim = record_of(opened, Method("result", str(opened.folder)), Wanted(), told)
    found = list(differences(claim, again))
    if predictions is None and [one.what for one in found] == ["fingerprint"] and _has_queries(opened):
        raise RvosbenchError(
            Problem(
                Code.NO_KEPT_MASKS,
                str(opened.folder),
                expected="predictions that can be scored to the last bit",
                found="kept masks, whose scores have single precision",
                fix="give the predictions, too: rvosbench leaderboard add RESULT PREDS",
            )
        )
    _refuse(claim, found)
    return replace(again, predictions=told.predictions)


def _refuse(record: Record, found: Iterable[Difference]) -> None:
    log = ProblemLog()
    add_differences(record, found, log)
    if log.has_errors:
        raise RvosbenchError(*log.errors)


def _has_queries(opened: Opened) -> bool:
    return any(unit.detections for unit in opened.units)


def files_of(record: Record, known: Mapping[str, Method]) -> dict[str, str]:
    files = {f"{SCORED}/{record.id}.toml": source_text(record.source, record.status, [record])}
    if record.method.id not in known:
        files[f"{METHODS}/{record.method.id}.toml"] = method_text(record.method)
    return files


def facts_of(method: Method, wanted: Wanted) -> Record:
    """What is said of the method alone, before anything is scored."""
    source = Source(HARNESS)
    return Record(
        f"scored-{method.id}"[:120], method, "", "", "", {}, {}, "self-reported", source, note=wanted.note
    )


def kept(record: Record, opened: Opened, folder: Path) -> Record:
    """With the units of the result beside the record."""
    name = f"{record.id}.result"
    keep(opened, folder / SCORED / name)
    return replace(record, source=replace(record.source, result=name))
