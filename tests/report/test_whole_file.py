from __future__ import annotations

from pathlib import Path

import pytest

from rvosbench.errors import RvosbenchError
from rvosbench.report.whole_file import write_file


def test_a_file_replaces_an_earlier_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    write_file(path, b"first")
    write_file(path, "zweite Fassung, größer")
    assert path.read_text(encoding="utf-8") == "zweite Fassung, größer"
    assert [one.name for one in path.parent.iterdir()] == ["table.csv"]


def test_what_cannot_be_written_is_a_problem_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(RvosbenchError) as caught:
        write_file(tmp_path / "taken", b"")
    assert caught.value.problems[0].path == str(tmp_path / "taken")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]
