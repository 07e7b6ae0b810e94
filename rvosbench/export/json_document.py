"""One JSON document of any size, written item by item."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def write_document(path: Path, members: Mapping[str, Any]) -> None:
    """Members that are iterators become lists, one item per line; none of them is ever held as a whole."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for piece in _pieces(members):
            file.write(piece)


def _pieces(members: Mapping[str, Any]) -> Iterator[str]:
    before = "{\n"
    for key, value in members.items():
        yield f"{before}{_text(key)}: "
        if isinstance(value, Iterator):
            yield from _list(value)
        else:
            yield _text(value)
        before = ",\n"
    yield "\n}\n" if members else "{}\n"


def _list(items: Iterable[Any]) -> Iterator[str]:
    before = "[\n"
    for item in items:
        yield before + _text(item)
        before = ",\n"
    yield "[]" if before == "[\n" else "\n]"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
