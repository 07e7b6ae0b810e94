"""The four text files of Ref-DAVIS17: read as the field reads them, with every fault of a line named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ref_davis_release import TEXTS, clean, open_split, read, write_raw, write_texts, write_video

from rvosbench.errors import Code, ProblemLog

FIRST, FULL = "first_frame", "full_video"


def with_line(root: Path, line: bytes, file: str = "Davis17_annot1.txt") -> Path:
    """The release with one more line in one text file."""
    write_texts(root / "davis_text_annotations", TEXTS | {file: TEXTS[file] + line})
    return root


def test_the_kth_object_of_a_video_has_the_expressions_4k_to_4k_plus_3(tmp_path: Path) -> None:
    """Spaces are single, quotes gone, objects sorted, latin-1 read, names of videos mended."""
    records = clean(write_raw(tmp_path), "train")
    rows = [
        (one.expression, one.text, one.objects, one.annotator, one.kind)
        for one in records["dogs-scale"].expressions
    ]
    assert rows == [
        ("0", "a black dog", ("1",), 0, FIRST),
        ("1", "a dog sitting", ("1",), 1, FULL),
        ("2", "a dog", ("1",), 2, FIRST),
        ("3", "dog", ("1",), 3, FULL),
        ("4", "a scale", ("3",), 0, FIRST),
        ("5", "the scale", ("3",), 1, FULL),
        ("6", "a café scale", ("3",), 2, FIRST),
        ("7", "scale", ("3",), 3, FULL),
    ]
    assert [one.text for one in records["classic-car"].expressions] == [
        "a car",
        "a car",
        "a blue car",
        "an old car",
    ]


def test_objects_are_sorted_as_text_and_equal_ones_stay_in_order(tmp_path: Path) -> None:
    """As the field's converter does it: 10 comes before 2."""
    root = write_raw(tmp_path)
    lines = 'bear 2 "two"\nbear 10 "ten"\nbear 2 "two again"\n'
    write_texts(root / "davis_text_annotations", {name: lines.encode() for name in TEXTS})
    shutil.rmtree(root / "DAVIS" / "Annotations_unsupervised" / "480p" / "bear")
    write_video(root / "DAVIS" / "Annotations_unsupervised" / "480p" / "bear", None, (2, 10))
    log = ProblemLog()
    bear = read(root, "val", log)["bear"]
    assert [one.text for one in bear.expressions[::4]] == ["ten", "two", "two again"]
    assert not log.has_errors


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"bear\n", Code.BAD_STRUCTURE),
        (b"bear 1\n", Code.BAD_STRUCTURE),
        (b'bear one "a bear"\n', Code.BAD_STRUCTURE),
        (b'bear 0 "a bear"\n', Code.BAD_STRUCTURE),
        (b'bear 255 "a bear"\n', Code.BAD_STRUCTURE),
        (b'bear 1 "a b\xe9ar"\n', Code.NOT_UTF8),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path: Path, line: bytes, code: Code) -> None:
    root = with_line(write_raw(tmp_path), line)
    log = ProblemLog()
    open_split(root, "val", log)
    (problem,) = log.errors
    assert problem.code is code
    where = str(root / "davis_text_annotations" / "Davis17_annot1.txt")
    assert problem.path == (where if code is Code.NOT_UTF8 else f"{where}: line 5")


def test_all_bad_lines_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    for name in TEXTS:
        write_texts(root / "davis_text_annotations", {name: TEXTS[name] + b"bear\nbear 1\n"})
    log = ProblemLog()
    open_split(root, "val", log)
    assert [problem.count for problem in log.errors] == [8]


def test_a_sentence_about_a_video_of_no_split_is_left_out_with_a_warning(tmp_path: Path) -> None:
    root = with_line(write_raw(tmp_path), b'giraffe 1 "a giraffe"\n')
    log = ProblemLog()
    assert set(read(root, "val", log)) == {"bear"}
    assert [(problem.code, problem.found) for problem in log] == [(Code.UNKNOWN_VIDEO, "the video 'giraffe'")]
    assert not log.has_errors


@pytest.mark.parametrize("text", ["a bear", '"a bear', 'a bear"'])
def test_a_sentence_without_its_quotes_is_kept_whole_with_a_warning(tmp_path: Path, text: str) -> None:
    root = write_raw(tmp_path)
    write_texts(root / "davis_text_annotations", {name: f"bear 1 {text}\n".encode() for name in TEXTS})
    log = ProblemLog()
    assert {one.text for one in read(root, "val", log)["bear"].expressions} == {"a bear"}
    assert [(problem.code, problem.count) for problem in log.warnings] == [(Code.REPAIRED, 4)]
    assert not log.has_errors


@pytest.mark.parametrize("quotes", ['""', "''", "\u201c\u201d"])
def test_any_quotes_are_taken_off(tmp_path: Path, quotes: str) -> None:
    root = write_raw(tmp_path)
    line = f"bear 1 {quotes[0]}a girl's bear{quotes[1]}\n"
    utf8 = {name: line.encode() for name in list(TEXTS)[:2]}
    windows = {name: line.encode("cp1252") for name in list(TEXTS)[2:]}
    write_texts(root / "davis_text_annotations", utf8 | windows)
    assert {one.text for one in clean(root, "val")["bear"].expressions} == {"a girl's bear"}


def test_a_line_ends_at_a_newline_only(tmp_path: Path) -> None:
    """Latin-1 has a character, 0x85, at which Python would split a text into lines."""
    root = write_raw(tmp_path)
    line = 'bear 1 "a bear\x85 walking"\r\n\r\n'
    write_texts(root / "davis_text_annotations", {name: line.encode("latin-1") for name in list(TEXTS)[2:]})
    assert [one.text for one in clean(root, "val")["bear"].expressions][2:] == ["a bear walking"] * 2


def test_sentences_that_not_all_four_files_have_are_left_out_with_a_warning(tmp_path: Path) -> None:
    root = with_line(write_raw(tmp_path), b'bear 2 "another bear"\n', "Davis17_annot2.txt")
    log = ProblemLog()
    bear = read(root, "val", log)["bear"]
    assert len(bear.expressions) == 4
    (warning,) = log
    assert (warning.code, warning.path) == (Code.LEFT_OUT, "bear")
    assert warning.found == "1, 1, 2, 1 sentences: only 1 of each file are used, some about object 2 are not"


def test_four_expressions_about_different_objects_are_a_warning(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    write_texts(root / "davis_text_annotations", {"Davis17_annot2.txt": b'bear 2 "a bear"\n'})
    log = ProblemLog()
    assert [one.objects for one in read(root, "val", log)["bear"].expressions] == [
        ("1",),
        ("1",),
        ("2",),
        ("1",),
    ]
    assert "objects 1, 1, 2, 1" in [problem.found for problem in log.warnings]
    assert not log.has_errors


def test_a_video_without_sentences_is_refused(tmp_path: Path) -> None:
    root = write_raw(tmp_path)
    write_texts(root / "davis_text_annotations", {"Davis17_annot2.txt": b""})
    log = ProblemLog()
    open_split(root, "train", log)
    assert [(problem.code, problem.count) for problem in log.errors] == [(Code.NOTHING_FOUND, 2)]


@pytest.mark.parametrize("name", TEXTS)
def test_a_missing_text_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    root = write_raw(tmp_path)
    (root / "davis_text_annotations" / name).unlink()
    log = ProblemLog()
    open_split(root, "val", log)
    assert [(problem.code, Path(problem.path).name) for problem in log.errors] == [(Code.MISSING_FILE, name)]
