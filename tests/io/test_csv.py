"""CSV rows come with the line they stand on; every crooked row is reported, and all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.csv import Row, read_rows


def read(
    path: Path, content: bytes, header: tuple[str, ...] | None = ("video_id", "query")
) -> list[Row] | None:
    path.write_bytes(content)
    return read_rows(path, ProblemLog(), columns=2, header=header)


def problems(path: Path, content: bytes) -> list[tuple[Code, int]]:
    log = ProblemLog()
    path.write_bytes(content)
    read_rows(path, log, columns=2, header=("video_id", "query"))
    return [(problem.code, problem.count) for problem in log]


def test_commas_quotes_and_other_alphabets_stay_as_they_are(tmp_path: Path) -> None:
    content = 'video_id,query\nv1,"a man, ""Joe"", runs"\nv2,a 6" ball\nv3,un garçon 走る \n'.encode()
    rows = read(tmp_path / "x.csv", content)
    assert rows is not None
    assert [fields for _, fields in rows] == [
        ["v1", 'a man, "Joe", runs'],
        ["v2", 'a 6" ball'],
        ["v3", "un garçon 走る "],
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"video_id,query\nv1,a\n\nv2,b",
        b"video_id,query\r\nv1,a\r\nv2,b\r\n",
        b"\xef\xbb\xbfvideo_id,query\nv1,a\nv2,b\n",
    ],
    ids=["empty lines", "line ends of Windows", "byte order mark"],
)
def test_harmless_differences_between_files_do_not_matter(tmp_path: Path, content: bytes) -> None:
    rows = read(tmp_path / "x.csv", content)
    assert rows is not None and [fields for _, fields in rows] == [["v1", "a"], ["v2", "b"]]


def test_a_file_without_a_header_is_read_from_its_first_line(tmp_path: Path) -> None:
    assert read(tmp_path / "x.csv", b"v1,a\n", header=None) == [("x.csv:1", ["v1", "a"])]


def test_a_missing_header_is_not_taken_for_a_row(tmp_path: Path) -> None:
    assert read(tmp_path / "x.csv", b"v1,a\nv2,b\n") is None
    assert problems(tmp_path / "x.csv", b"v1,a\nv2,b\n") == [(Code.BAD_STRUCTURE, 1)]


def test_all_crooked_rows_are_reported_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"video_id,query\nv1,a\nv2\nv3,b,c\nv4,d\n")
    log = ProblemLog()
    rows = read_rows(path, log, columns=2, header=("video_id", "query"))
    assert rows == [("x.csv:2", ["v1", "a"]), ("x.csv:5", ["v4", "d"])]
    (problem,) = log
    assert (problem.code, problem.count) == (Code.BAD_STRUCTURE, 2)
    assert [example.split(" ")[0] for example in problem.examples] == ["x.csv:3:", "x.csv:4:"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.BAD_STRUCTURE),
        (b"video_id,query\n", Code.NOTHING_FOUND),
        (b"video_id,query\nv1,caf\xe9\n", Code.NOT_UTF8),
        (b'video_id,query\nv1,"never closed\nv2,b\n', Code.BAD_STRUCTURE),
        (b'video_id,query\nv1,"' + b"x" * 200_000, Code.BAD_STRUCTURE),
    ],
    ids=["empty", "no rows", "latin-1", "open quote", "endless field"],
)
def test_a_damaged_file_is_a_problem(tmp_path: Path, content: bytes, code: Code) -> None:
    assert code in [found for found, _ in problems(tmp_path / "x.csv", content)]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    log = ProblemLog()
    assert read_rows(tmp_path / "x.csv", log, columns=2) is None
    assert [problem.code for problem in log] == [Code.MISSING_FILE]
