"""The form of exported records, as JSON Schema (draft 2020-12)."""

from __future__ import annotations

from typing import Any, get_args

from rvosbench_leaderboard.records.exporting import VERSION
from rvosbench_leaderboard.records.model import Kind, Setting, Status

_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_MAYBE_COUNT: dict[str, Any] = {"type": ["integer", "null"], "minimum": 0}
_MAYBE_NUMBER: dict[str, Any] = {"type": ["number", "null"], "minimum": 0}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}
_HASH: dict[str, Any] = {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _map(values: dict[str, Any], *, optional: bool = False) -> dict[str, Any]:
    return {"type": ["object", "null"] if optional else "object", "additionalProperties": values}


def _one_of(literal: Any) -> dict[str, Any]:
    return {"enum": list(get_args(literal))}


_METHOD = _object(
    id=_TEXT,
    name=_TEXT,
    venue=_TEXT,
    year=_MAYBE_COUNT,
    paper=_MAYBE_TEXT,
    code=_MAYBE_TEXT,
    bibtex=_MAYBE_TEXT,
    kind=_one_of(Kind),
    same_as=_MAYBE_TEXT,
    backbone=_TEXT,
    text_encoder=_TEXT,
    training=_TEXT,
    training_data=_TEXTS,
    stages={"type": ["array", "null"], "items": _TEXTS},
    setting=_one_of(Setting),
    parameters=_MAYBE_COUNT,
    trainable=_MAYBE_COUNT,
    fps=_MAYBE_NUMBER,
    device=_MAYBE_TEXT,
)
_SOURCE = _object(
    paper=_TEXT,
    table=_MAYBE_TEXT,
    row=_MAYBE_COUNT,
    url=_MAYBE_TEXT,
    fingerprint=_HASH,
    predictions=_HASH,
    data=_HASH,
    result=_MAYBE_TEXT,
)
_GROUP = _object(
    attribute=_TEXT, value=_TEXT, videos={"type": "integer", "minimum": 0}, metrics=_map({"type": "number"})
)
_RECORD = _object(
    id=_TEXT,
    method=_METHOD,
    dataset=_TEXT,
    split=_TEXT,
    protocol=_TEXT,
    metrics=_map({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}),
    status=_one_of(Status),
    source=_SOURCE,
    intervals=_map({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
    date=_MAYBE_TEXT,
    note=_TEXT,
    flags={"type": "array", "items": _object(code=_TEXT, text=_TEXT)},
    contradictions=_TEXTS,
    videos=_map({"type": "number"}, optional=True),
    weights=_map({"type": "integer", "minimum": 1}, optional=True),
    stability=_map({"type": "number"}, optional=True),
    attributes={"type": ["array", "null"], "items": _GROUP},
    steps=_TEXTS,
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Results of referring video object segmentation",
    **_object(version={"const": VERSION}, records={"type": "array", "items": _RECORD}),
}
