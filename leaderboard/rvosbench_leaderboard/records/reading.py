"""Records from a folder of TOML files. All problems are collected; a record with any is left out.

A file is either about one method (`[method]`) or holds what one source says (`[source]`, then a `[[record]]`
for each row and dataset).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import cast, get_args

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.records.checks import flagged
from rvosbench_leaderboard.records.fields import MOST, Fields, complain, finite, load, said
from rvosbench_leaderboard.records.model import (
    SECOND_HAND,
    Flag,
    Group,
    Kind,
    Method,
    Record,
    Records,
    Source,
    Status,
)
from rvosbench_leaderboard.records.training import Stages, all_data, setting_of

STATUSES: tuple[str, ...] = get_args(Status)
KINDS: tuple[str, ...] = get_args(Kind)
_SCORE = "a score from 0 upwards, or a score and a number of units from 1 upwards"


def read_records(folder: Path) -> Records:
    """All files of a folder and its subfolders, by name."""
    log = ProblemLog()
    if not folder.is_dir():
        log.add(
            Code.MISSING_FILE,
            folder,
            expected="a folder of records",
            found="no such folder",
            fix="name it with --records; docs/leaderboard.md says what is in it",
        )
        return Records((), {}, log)
    methods: dict[str, Method] = {}
    sources: list[tuple[str, Fields]] = []
    for path in sorted(folder.rglob("*.toml")):
        name = path.relative_to(folder).as_posix()
        values = load(path, log)
        if values is None:
            continue
        whole = Fields(values, name, log)
        if "method" in values:
            _add_method(whole, methods, log)
        else:
            sources.append((name, whole))
    methods = dict(_by_one_name(methods, log))
    records = [record for name, whole in sources for record in _records(name, whole, methods, log)]
    return Records(flagged(_unique(records, log)), methods, log)


def _add_method(whole: Fields, methods: dict[str, Method], log: ProblemLog) -> None:
    fields = whole.table("method")
    whole.finish()
    before = _errors(log)
    method = Method(
        id=fields.id("id"),
        name=fields.text("name", required=True),
        venue=fields.text("venue"),
        year=fields.whole("year", 1900, 9999),
        paper=fields.address("paper"),
        code=fields.address("code"),
        bibtex=fields.text("bibtex", lines=True).strip() or None,
        kind=cast("Kind", fields.choice("kind", KINDS, "method")),
        same_as=fields.text("same-as") or None,
    )
    fields.finish()
    if method.id in methods:
        _twice(log, fields.where, method.id)
    elif _errors(log) == before:
        methods[method.id] = method


def _by_one_name(methods: Mapping[str, Method], log: ProblemLog) -> Iterator[tuple[str, Method]]:
    """Another name of a method has the facts of that method, as far as its own file is silent."""
    for name, method in methods.items():
        other = methods.get(method.same_as or name)
        if other is None or (method.same_as and other.same_as):
            where, found = f"methods: {name}: same-as", str(method.same_as)
            complain(log, where, "the id of another method, which has no same-as of its own", found)
            yield name, replace(method, same_as=None)
        else:
            yield (
                name,
                replace(
                    method,
                    venue=method.venue or other.venue,
                    year=method.year or other.year,
                    paper=method.paper or other.paper,
                    code=method.code or other.code,
                    bibtex=method.bibtex or other.bibtex,
                ),
            )


def _records(name: str, whole: Fields, methods: Mapping[str, Method], log: ProblemLog) -> Iterator[Record]:
    if "source" not in whole.values:
        complain(log, name, "a table [source] or [method]", "neither")
        return
    about = whole.table("source")
    source = Source(about.text("paper", required=True), about.text("table") or None, url=about.address("url"))
    status = cast("Status", about.choice("status", STATUSES))
    second_hand = bool(about.take(SECOND_HAND, bool, "true or false"))
    about.finish()
    for fields in whole.tables("record"):
        errors = _errors(log)
        record = _record(name, fields, source, status, methods)
        if second_hand:
            record = replace(record, flags=(Flag(SECOND_HAND, f"From {source.paper}, not from the paper."),))
        if _errors(log) == errors:
            yield record
    whole.finish()


def _record(
    name: str, fields: Fields, source: Source, status: Status, methods: Mapping[str, Method]
) -> Record:
    printed = fields.figures("metrics")
    dataset, split = fields.text("dataset"), fields.text("split")
    protocol = fields.text("protocol")
    if printed and not (dataset and split and protocol):
        fields.complain("dataset, split and protocol", "all three beside figures", "less")
    videos, weights = _videos(fields)
    record = Record(
        id=fields.id("id"),
        method=_method(fields, dataset, methods),
        dataset=dataset,
        split=split,
        protocol=protocol,
        metrics={key: float(text) for key, text in printed.items()},
        printed=printed,
        status=status,
        source=replace(
            source,
            table=fields.text("table") or source.table,
            row=fields.whole("row", 1),
            fingerprint=fields.sha256("fingerprint"),
            predictions=fields.sha256("predictions"),
            data=fields.sha256("data"),
            result=fields.text("result") or None,
        ),
        intervals=_intervals(fields),
        date=fields.date("date"),
        note=fields.text("note", lines=True),
        contradictions=fields.texts("contradictions"),
        videos=videos,
        weights=weights,
        stability=_floats(fields.numbers("stability")) or None,
        attributes=tuple(_groups(fields)) or None,
        steps=fields.texts("steps"),
        file=name,
    )
    fields.finish()
    scored = bool(printed) and status in ("re-scored", "reproduced")
    if scored and not (record.source.fingerprint and record.source.predictions):
        fields.complain("", f"fingerprint and predictions, since it is {status}", "less")
    if status == "reproduced" and not record.steps:
        fields.complain("steps", "the commands that make the predictions, since it is reproduced", "none")
    return record


def _method(fields: Fields, dataset: str, methods: Mapping[str, Method]) -> Method:
    name = fields.id("method")
    if name and name not in methods:
        fields.complain("method", f"a file methods/{name}.toml with the id {name}", "no method of this id")
    stages = _stages(fields)
    fps = fields.number("fps")
    parameters, trainable = fields.whole("parameters"), fields.whole("trainable")
    if parameters is not None and trainable is not None and trainable > parameters:
        fields.complain("trainable", f"at most the {parameters} parameters", str(trainable))
    return replace(
        methods.get(name) or Method(name, name),
        backbone=fields.text("backbone"),
        text_encoder=fields.text("text_encoder"),
        training=fields.text("training"),
        training_data=all_data(stages),
        stages=stages,
        setting=setting_of(dataset, stages),
        parameters=parameters,
        trainable=trainable,
        fps=None if fps is None else float(fps),
        device=fields.text("device") or None,
    )


def _stages(fields: Fields) -> Stages | None:
    values = fields.take("stages", list, "a list of lists of datasets")
    if values is None:
        return None
    if not all(
        isinstance(one, list) and one and all(isinstance(name, str) for name in one) for one in values
    ):
        fields.complain("stages", "a list of lists of datasets", said(values))
        return None
    return tuple(map(tuple, values))


def _intervals(fields: Fields) -> dict[str, tuple[float, float]]:
    table, found = fields.table("intervals"), {}
    for key in table.values:
        ends = table.take(key, list, "two numbers")
        if ends is not None:
            low, high = map(finite, ends) if len(ends) == 2 else (None, None)
            if low is not None and high is not None and low <= high:
                found[key] = (low, high)
            else:
                table.complain(key, "two numbers, the lower one first", said(ends))
    table.finish()
    return found


def _videos(fields: Fields) -> tuple[dict[str, float] | None, dict[str, int] | None]:
    """Each video has its score, or a list of its score and how many units it stands for."""
    table = fields.table("videos")
    scores: dict[str, float] = {}
    weights: dict[str, int] = {}
    for video in table.values:
        value = table.take(video, (int, Decimal, list), _SCORE)
        score, *units = value if isinstance(value, list) and value else [value]
        number = finite(score)
        if number is None or number < 0 or len(units) > 1 or not all(map(_is_count, units)):
            if value is not None:
                table.complain(video, _SCORE, said(value))
            continue
        scores[video] = number
        if units:
            weights[video] = units[0]
    table.finish()
    return scores or None, weights if scores and len(weights) == len(scores) else None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST


def _groups(fields: Fields) -> Iterator[Group]:
    """Attribute -> value -> `videos` beside figures."""
    table = fields.table("attributes")
    for attribute in table.values:
        values = table.table(attribute)
        for value in values.values:
            one = values.table(value)
            yield Group(attribute, value, one.whole("videos") or 0, _floats(one.rest()))
        values.finish()
    table.finish()


def _floats(values: Mapping[str, Decimal]) -> dict[str, float]:
    return {key: float(value) for key, value in values.items()}


def _unique(records: list[Record], log: ProblemLog) -> list[Record]:
    found: dict[str, Record] = {}
    for record in records:
        if record.id in found:
            _twice(log, f"{record.file}: {record.id}", f"{record.id}, also in {found[record.id].file}")
        else:
            found[record.id] = record
    return list(found.values())


def _twice(log: ProblemLog, where: str, found: str) -> None:
    log.add(Code.DUPLICATE_ID, where, expected="an id that occurs once", found=found, fix="choose another id")


def _errors(log: ProblemLog) -> int:
    return sum(problem.count for problem in log.errors)
