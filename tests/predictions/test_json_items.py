"""A long JSON list, taken item by item."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.predictions import json_items
from rvosbench.predictions.json_items import items

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Drop(io.StringIO):
    """A file that never gives more than a few characters at a time."""

    def read(self, size: int | None = -1) -> str:
        return super().read(min(3, 3 if size is None else size))


@given(document=st.lists(VALUES, max_size=6), indent=st.sampled_from([None, 0, 3]))
def test_the_items_are_those_of_the_standard_library(document: list[Any], indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    assert list(items(io.StringIO(text))) == document
    assert list(items(Drop(f" {text}\n"))) == document


@given(text=st.text(alphabet='[]{},:" 01e-.tfnul\\'))
def test_whatever_the_standard_library_refuses_is_refused(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    if isinstance(expected, list):
        assert list(items(Drop(text))) == expected
    else:
        with pytest.raises(ValueError):
            list(items(Drop(text)))


@pytest.mark.parametrize("text", ["[NaN]", "[-Infinity]", '[{"score": Infinity}]'])
def test_numbers_that_are_no_json_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="which is no JSON"):
        list(items(io.StringIO(text)))


def test_a_broken_item_does_not_bring_the_whole_file_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "_PIECE", 10)
    file = io.StringIO('[{"a": 1}, {"a" 1}' + ', {"a": 1}' * 10_000 + "]")
    with pytest.raises(ValueError, match="more than 100 characters"):
        list(items(file, longest=100))
    assert file.tell() < 1000


def test_a_key_that_stands_twice_is_told() -> None:
    told: list[str] = []
    text = '[{"a": 1, "b": {"c": 1, "c": 2, "c": 3}, "a": 2}, {"a": 1}]'
    assert list(items(io.StringIO(text), twice=told.append)) == json.loads(text)
    assert told == ["c", "a"]
