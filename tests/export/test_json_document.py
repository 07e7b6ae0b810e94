"""Documents of any size are written item by item and are JSON all the same."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rvosbench.export.json_document import write_document


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"a": 1},
        {"empty": [], "null": None, "text": 'Bär "左" \n \x07'},
        {"one": [{"x": 1}], "many": [1, 2, {"deep": [3, {}]}], "last": "z"},
    ],
)
def test_lists_that_are_streamed_read_like_lists_that_are_not(
    tmp_path: Path, members: dict[str, Any]
) -> None:
    streamed = {key: iter(value) if isinstance(value, list) else value for key, value in members.items()}
    write_document(tmp_path / "x.json", streamed)
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == members


def test_memory_does_not_grow_with_the_document(tmp_path: Path) -> None:
    def items(count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield {"id": number, "counts": "x" * 200}

    def peak(count: int) -> int:
        tracemalloc.start()
        write_document(tmp_path / "x.json", {"annotations": items(count)})
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(20_000) < 2 * peak(200)
    assert (tmp_path / "x.json").stat().st_size < 200 * 300, "the last call wrote the small one"


def test_what_json_cannot_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_document(tmp_path / "x.json", {"fps": float("nan")})
