"""Does a record hold? Its predictions are scored again, and everything it says is compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, ProblemLog, Severity, UsageError
from rvosbench.report.tables.numbers import shown
from rvosbench_leaderboard.records.model import Group, Record
from rvosbench_leaderboard.records.scored import Scored, scored

if TYPE_CHECKING:
    from rvosbench.progress import Progress

_FIX = "find out which of record, predictions and converted split was changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is a metric or a part of the record."""

    what: str
    said: str
    found: str


def score_again(predictions: Path, name: str, data: Path | None, protocol: str, progress: Progress) -> Scored:
    """`name` is DATASET:SPLIT. The result is thrown away; what a record takes from it stays."""
    from rvosbench.analysis.opened import open_result
    from rvosbench.evaluate.run import Options, evaluate
    from rvosbench.splits.locate import locate, open_located

    split = open_located(locate(name, data))
    with tempfile.TemporaryDirectory(prefix="rvosbench-verify-") as scratch:
        out = Path(scratch) / "result"
        evaluate(predictions, split, Options(protocol=protocol, out=out, masks=False, progress=progress))
        return scored(open_result(str(out), protocol), split)


def require_board(record: Record) -> None:
    """A record that states facts alone has no figures to score again."""
    if record.board is None:
        raise UsageError(
            Problem(
                Code.NOT_REPRODUCIBLE,
                record.id,
                expected="a record with figures on a dataset",
                found="facts of a method alone",
                fix="choose a record that stands on a board",
            )
        )


def differences(record: Record, found: Scored) -> Iterator[Difference]:
    """All of them. What the record does not say is not compared."""
    for metric, text in record.printed.items():
        exact = found.exact.get(metric)
        again = "nothing" if exact is None else shown(metric, exact, _decimals(text))
        if exact is None or Decimal(again) != Decimal(text):
            yield Difference(metric, text, again)
    source = record.source
    for what, said, hash_found in (
        ("data", source.data, found.data),
        ("fingerprint", source.fingerprint, found.fingerprint),
        ("predictions", source.predictions, found.predictions),
    ):
        if said is not None and said != hash_found:
            yield Difference(what, said, hash_found)
    for metric, ends in record.intervals.items():
        if found.intervals.get(metric) != ends:
            yield Difference(f"interval of {metric}", _ends(ends), _ends(found.intervals.get(metric)))
    for what, mine, theirs in (
        ("videos", record.videos, found.videos),
        ("weights of videos", record.weights, found.weights),
        ("stability", record.stability, found.stability),
        ("attributes", record.attributes, found.attributes),
    ):
        if mine is not None and mine != theirs:
            yield Difference(what, _first_unlike(mine, theirs), _first_unlike(theirs, mine))


def add_differences(record: Record, found: Iterable[Difference], log: ProblemLog) -> None:
    """Masks that are packed otherwise have another hash and the same scores: that alone is a warning."""
    every = list(found)
    repacked = [one.what for one in every] == ["predictions"] and record.source.fingerprint is not None
    for one in every:
        log.add(
            Code.RECORD_REFUTED,
            f"{record.id}: {one.what}",
            expected="what the record says",
            found=f"{one.found}, where the record says {one.said}",
            fix="nothing: the scores are the same to the last bit, only the files are packed otherwise"
            if repacked
            else _FIX,
            severity=Severity.WARNING if repacked else Severity.ERROR,
        )


def check_scored(records: Iterable[Record], folder: Path, log: ProblemLog) -> None:
    """What can be checked of scored records without their predictions: that the scores of videos make up the
    figure, that figures lie within their intervals, that kept units have this fingerprint."""
    for record in records:
        where = f"{record.file}: {record.id}"
        if record.videos and record.weights and record.printed:
            total = sum(record.weights[video] for video in record.videos)
            mean = sum(score * record.weights[video] for video, score in record.videos.items()) / total
            metric, text = next(iter(record.printed.items()))
            half = Decimal(5).scaleb(-_decimals(text) - 1)
            if abs(Decimal(text) - Decimal(mean)) > half + Decimal("0.000001"):
                _contradict(log, where, f"{metric} {text}, but the scores of videos make {mean:.6f}")
        for metric, (low, high) in record.intervals.items():
            value = record.metrics.get(metric)
            if value is None or not low <= value <= high:
                _contradict(log, where, f"{metric} {value} outside its interval {_ends((low, high))}")
        if record.source.result:
            _check_kept(record, folder, where, log)


def _check_kept(record: Record, folder: Path, where: str, log: ProblemLog) -> None:
    from rvosbench.analysis.opened import open_result
    from rvosbench.errors import RvosbenchError
    from rvosbench.evaluate.fingerprint import fingerprint

    kept = (folder / record.file).parent / (record.source.result or "")
    if not kept.resolve().is_relative_to(folder.resolve()):
        _contradict(log, where, f"a result outside the records: {record.source.result}")
        return
    try:
        opened = open_result(str(kept), record.protocol)
        found = fingerprint(opened.result.dataset_fingerprint, record.protocol, opened.units)
    except RvosbenchError as error:
        log.include(error.problems)
        return
    of = (opened.result.dataset, opened.result.split, opened.result.protocol)
    if of != record.board:
        _contradict(log, where, f"a result of {':'.join(of)}, on the board {':'.join(record.board or ())}")
        return
    if found != record.source.fingerprint:
        _contradict(log, where, f"fingerprint {record.source.fingerprint}, and of the kept units {found}")
    add_differences(record, differences_of_kept(record, scored(opened)), log)


def differences_of_kept(record: Record, found: Scored) -> Iterator[Difference]:
    """Without what needs the converted split."""
    return (one for one in differences(record, found) if one.what != "attributes")


def _contradict(log: ProblemLog, where: str, found: str) -> None:
    log.add(
        Code.RECORD_CONTRADICTORY,
        where,
        expected="a scored record that agrees with itself",
        found=found,
        fix="score it again with `rvosbench leaderboard add`, and find out who changed it",
    )


def unknown(name: str, known: Iterable[str], what: str = "record") -> UsageError:
    from difflib import get_close_matches

    known = list(dict.fromkeys(known))
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    return UsageError(
        Problem(
            Code.UNKNOWN_RECORD,
            name,
            expected=f"a {what} of the records",
            found="none of this name",
            fix=f"did you mean {' or '.join(near)}?" if near else _where_to_look(what, known),
        )
    )


def _where_to_look(what: str, known: Sequence[str]) -> str:
    if what == "record":
        return "take an id of the first column of `rvosbench leaderboard export --to csv`"
    return f"name one of {', '.join(known)}" if known else f"add records first: there is no {what} yet"


def _decimals(text: str) -> int:
    exponent = Decimal(text).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _ends(ends: tuple[float, float] | None) -> str:
    return "none" if ends is None else f"[{ends[0]}, {ends[1]}]"


def _group(one: Group) -> str:
    figures = ", ".join(f"{key} {value}" for key, value in one.metrics.items())
    return f"{one.attribute} {one.value}: {figures} of {one.videos} videos"


def _first_unlike(mine: object, theirs: object) -> str:
    """Enough to see where two differ."""
    if mine is None:
        return "none"
    if isinstance(mine, dict) and isinstance(theirs, dict):
        unlike = next((key for key in (*mine, *theirs) if mine.get(key) != theirs.get(key)), None)
        return f"{unlike}: {mine.get(unlike, 'none')}"
    if isinstance(mine, tuple) and isinstance(theirs, tuple):
        pairs = ((one, other) for one, other in zip(mine, theirs, strict=False) if one != other)
        one, _ = next(pairs, (f"{len(mine)} of them", None))
        return _group(one) if isinstance(one, Group) else str(one)
    return str(mine)[:80]
