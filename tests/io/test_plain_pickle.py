"""Pickles of strangers: data comes out, and nothing is ever run."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.plain_pickle import read_pickle

DATA = [{"ann_id": 12, "sentences": [{"sent": "café", "score": 0.5}], "box": (1, None, True)}]


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def codes(path: Path) -> list[Code]:
    log = ProblemLog()
    assert read_pickle(path, log) is None
    return [problem.code for problem in log]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_is_read_whatever_the_protocol(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "refs.p"
    path.write_bytes(pickle.dumps(DATA, protocol))
    log = ProblemLog()
    assert read_pickle(path, log) == DATA
    assert not len(log)


def test_byte_strings_of_python_2_are_read_as_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "refs.p"
    path.write_bytes(b"(lp0\n(dp1\nS'sent'\np2\nS'caf\\xe9'\np3\nsS'id'\np4\nL7L\nsa.")  # protocol 0
    assert read_pickle(path, ProblemLog()) == [{"sent": "café", "id": 7}]


def test_nothing_is_run(tmp_path: Path) -> None:
    mark, path = tmp_path / "ran", tmp_path / "refs.p"
    path.write_bytes(pickle.dumps([Evil(mark)]))
    assert codes(path) == [Code.BAD_STRUCTURE]
    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pickle.dumps(OrderedDict(a=1)), Code.BAD_STRUCTURE),
        (b"Ppersistent\n.", Code.BAD_STRUCTURE),
        (pickle.dumps(DATA)[:-9], Code.UNREADABLE_FILE),
        (b"<html>not found</html>", Code.UNREADABLE_FILE),
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", Code.UNREADABLE_FILE),
        (b"]" * 9 + b"\x93.", Code.UNREADABLE_FILE),
        (b"", Code.UNREADABLE_FILE),
    ],
    ids=["a class", "something outside", "cut off", "a page", "bytes without end", "nonsense", "empty"],
)
def test_everything_else_is_a_problem(content: bytes, code: Code, tmp_path: Path) -> None:
    path = tmp_path / "refs.p"
    path.write_bytes(content)
    assert codes(path) == [code]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert codes(tmp_path / "refs.p") == [Code.MISSING_FILE]
    assert codes(tmp_path) == [Code.UNREADABLE_FILE]
