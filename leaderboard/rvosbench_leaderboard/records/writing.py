"""Records as TOML, in one fixed form, so that a change of a figure is a change of one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rvosbench_leaderboard.records.model import Method, Record, Source, Status
from rvosbench_leaderboard.records.training import Stages

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def method_text(method: Method) -> str:
    """A file about a method; only what is the same in all of its records."""
    lines = ["[method]", *_texts(("id", method.id), ("name", method.name), ("venue", method.venue))]
    if method.year is not None:
        lines.append(f"year = {method.year}")
    lines += _texts(("paper", method.paper), ("code", method.code))
    if method.bibtex:
        lines.append(f"bibtex = {_lines(method.bibtex)}")
    if method.kind != "method":
        lines.append(f"kind = {quoted(method.kind)}")
    lines += _texts(("same-as", method.same_as))
    return "\n".join(lines) + "\n"


def source_text(
    source: Source, status: Status, records: Iterable[Record], *, second_hand: bool = False
) -> str:
    """A file about a source with all its records."""
    lines = ["[source]", *_texts(("paper", source.paper), ("table", source.table), ("url", source.url))]
    lines.append(f"status = {quoted(status)}")
    if second_hand:
        lines.append("second-hand = true")
    bodies = ("\n".join(_record(one, source.table)) for one in records)
    return "\n\n".join(["\n".join(lines), *bodies]) + "\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _record(record: Record, table: str | None) -> Iterator[str]:
    method, source = record.method, record.source
    yield "[[record]]"
    yield from _texts(("id", record.id), ("method", method.id))
    if source.table != table:
        yield from _texts(("table", source.table))
    if source.row is not None:
        yield f"row = {source.row}"
    yield from _texts(
        ("dataset", record.dataset),
        ("split", record.split),
        ("protocol", record.protocol),
        ("backbone", method.backbone),
        ("text_encoder", method.text_encoder),
        ("training", method.training),
    )
    if method.stages is not None:
        yield f"stages = {_stages(method.stages)}"
    for key, count in (("parameters", method.parameters), ("trainable", method.trainable)):
        if count is not None:
            yield f"{key} = {count:_}"
    if method.fps is not None:
        yield f"fps = {method.fps!r}"
    yield from _texts(("device", method.device))
    if record.printed:
        yield f"metrics = {_table(record.printed.items())}"
    if record.intervals:
        ends = ((key, f"[{low!r}, {high!r}]") for key, (low, high) in record.intervals.items())
        yield f"intervals = {_table(ends)}"
    yield from _provenance(record)
    yield from _blocks(record)


def _provenance(record: Record) -> Iterator[str]:
    source = record.source
    yield from _texts(
        ("fingerprint", source.fingerprint),
        ("predictions", source.predictions),
        ("data", source.data),
        ("result", source.result),
        ("date", record.date),
        ("note", record.note),
    )
    if record.contradictions:
        yield f"contradictions = {_list(record.contradictions)}"
    if record.steps:
        yield "steps = ["
        yield from (f"  {quoted(step)}," for step in record.steps)
        yield "]"
    if record.stability:
        yield f"stability = {_table((key, repr(value)) for key, value in record.stability.items())}"


def _blocks(record: Record) -> Iterator[str]:
    """Tables of their own must come last."""
    if record.videos:
        yield "[record.videos]"
        for video, score in record.videos.items():
            weight = record.weights[video] if record.weights else None
            pair = repr(score) if weight is None else f"[{score!r}, {weight}]"
            yield f"{_key(video)} = {pair}"
    attribute = None
    for group in record.attributes or ():
        if group.attribute != attribute:
            attribute = group.attribute
            yield f"[record.attributes.{_key(attribute)}]"
        figures = ((key, repr(value)) for key, value in group.metrics.items())
        yield f"{_key(group.value)} = {_table((('videos', str(group.videos)), *figures))}"


def quoted(text: str) -> str:
    """A basic string: nothing in it can end it."""
    return (
        '"' + "".join(_ESCAPES.get(one) or (one if one.isprintable() else _code(one)) for one in text) + '"'
    )


def _lines(text: str) -> str:
    """A long text as it stands, over several lines."""
    return '"""\n' + "\n".join(quoted(line)[1:-1] for line in text.strip().split("\n")) + '\n"""'


def _code(letter: str) -> str:
    return f"\\u{ord(letter):04X}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08X}"


def _texts(*pairs: tuple[str, str | None]) -> list[str]:
    """Those that say anything."""
    return [f"{key} = {quoted(value)}" for key, value in pairs if value]


def _key(name: str) -> str:
    return name if name and set(name) <= _BARE else quoted(name)


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {value}" for key, value in pairs) + " }"


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(quoted, texts)) + "]"


def _stages(stages: Stages) -> str:
    return "[" + ", ".join(map(_list, stages)) + "]"
