"""What looks like predictions and is called otherwise: said as what it is, and how to call it right."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from verdicts import codes, problem

from rvosbench.errors import Code, PredictionsRefused, Severity
from rvosbench.evaluate.run import evaluate
from rvosbench.splits.split import Split
from rvosbench.validate.run import validate

Zipped = Callable[..., Path]
ERROR, WARNING = Severity.ERROR, Severity.WARNING


def rename_frames(tree: Path, name: Callable[[int], str]) -> None:
    for path in sorted(tree.rglob("*.png"), reverse=True):
        path.rename(path.with_name(name(int(path.stem))))


def test_right_names_are_nothing_to_speak_of(tree: Path, split: Split, train: Split) -> None:
    assert codes(tree, split, deep=True) == {}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (lambda frame: f"{frame}.png", "zeros before the number are missing"),
        (lambda frame: f"{frame:07d}.png", "more zeros before the number"),
        (lambda frame: f"{frame + 1:05d}.png", "counted from 1"),
        (lambda frame: f"frame_{frame:05d}.png", "more in the name"),
        (lambda frame: f"{frame:05d}.jpg", "a JPEG"),
        (lambda frame: f"{frame:05d}.PNG", "ends in .PNG"),
        (lambda frame: f"{'abcde'[frame]}.png", "another name"),
    ],
)
def test_frames_that_are_called_otherwise(
    name: Callable[[int], str], found: str, tree: Path, split: Split
) -> None:
    rename_frames(tree, name)
    one = problem(tree, split, Code.FRAME_NAMES)
    assert (one.severity, one.count) == (ERROR, 4)
    assert found in one.found
    assert "00000.png" in one.found
    assert codes(tree, split)[Code.MISSING_PREDICTION] == ERROR
    assert Code.EXTRA_PREDICTIONS not in codes(tree, split), "it is said what these are"


def test_frames_beside_the_right_ones_are_merely_extra(tree: Path, split: Split) -> None:
    shutil.copy(tree / "bear" / "0" / "00000.png", tree / "bear" / "0" / "0.png")
    assert codes(tree, split) == {Code.EXTRA_PREDICTIONS: WARNING}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("the bear", "the other bear"), "named by their text"),
        (("The_Bear", "the_other_bear"), "named by their text"),
        (("7", "9"), "the numbers of objects"),
        (("1", "2"), "counted from 1"),
        (("a", "b"), "a, b, and no 0, 1"),
    ],
)
def test_expressions_that_are_called_otherwise(
    names: tuple[str, str], found: str, tree: Path, split: Split
) -> None:
    for video in ("bear", "owl"):
        for old, new in (("1", names[1]), ("0", names[0])):
            (tree / video / old).rename(tree / video / new)
    one = problem(tree, split, Code.EXPRESSION_NAMES)
    assert (one.severity, one.count) == (ERROR, 2)
    assert found in one.found


def test_another_folder_beside_all_expressions_is_merely_extra(tree: Path, split: Split) -> None:
    shutil.copytree(tree / "bear" / "0", tree / "bear" / "overlay")
    assert codes(tree, split) == {Code.EXTRA_PREDICTIONS: WARNING}


def test_videos_of_another_split_are_told_by_its_name(tree: Path, split: Split, train: Split) -> None:
    one = problem(tree, train, Code.OTHER_SPLIT)
    assert (one.severity, one.found) == (ERROR, "2 of the 2 videos of mevis-v1:valid_u")
    assert "--dataset mevis-v1:valid_u" in one.fix
    (tree / "bear").rename(tree / "cow")
    shutil.copytree(tree / "owl", tree / "dog")
    assert codes(tree, train)[Code.OTHER_SPLIT] == WARNING, "predictions for this split are there too"


def test_a_folder_far_above_is_told_where_to_look(tree: Path, split: Split, zipped: Zipped) -> None:
    one = problem(zipped(tree, "home/me/out/"), split, Code.PREDICTIONS_BELOW)
    assert "home/me/out/" in one.found
    assert codes(zipped(tree, "out/"), split) == {Code.WRAPPING_FOLDER: WARNING}
    above = tree.parent / "runs"
    shutil.move(tree, above / "today" / "best" / "model")
    one = problem(above, split, Code.PREDICTIONS_BELOW)
    assert one.fix == f"give {above / 'today' / 'best' / 'model'}"
    assert "but too far down: today/best/model/" in problem(above, split, Code.NOT_PREDICTIONS).found


def test_where_there_is_too_much_to_list_it_is_looked_for_too(tree: Path, split: Split) -> None:
    for number in range(3 * 18 + 200):
        (tree / f"{number}.txt").touch()
    found = codes(tree.parent, split)
    assert found == {Code.TOO_MANY_FILES: ERROR, Code.PREDICTIONS_BELOW: ERROR}
    assert codes(tree, split) == {Code.TOO_MANY_FILES: ERROR}, "they lie where they should"


def test_an_archive_in_an_archive(tree: Path, split: Split, zipped: Zipped) -> None:
    inner = zipped(tree).read_bytes()
    empty = tree.parent / "empty"
    empty.mkdir()
    found = codes(zipped(empty, more={"model.zip": inner}), split)
    assert found == {Code.NESTED_ARCHIVE: ERROR, Code.NOT_PREDICTIONS: ERROR}


def test_every_missing_thing_is_counted_and_what_mevis_makes_of_it(tree: Path, split: Split) -> None:
    shutil.rmtree(tree / "bear")
    (tree / "owl" / "1" / "00002.png").unlink()
    first, second = [
        one for one in validate(tree, split, "mevis").problems if one.code == Code.MISSING_PREDICTION
    ]
    assert first.found.endswith(
        "would score 2 expressions as 0 and silently drop 1 expressions from its mean"
    )
    assert second.path == "owl/1/00002"


def test_eval_refuses_with_the_same_explanation(tree: Path, split: Split, train: Split) -> None:
    rename_frames(tree, lambda frame: f"{frame}.png")
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(tree, split)
    assert [one.code for one in refused.value.problems] == [Code.FRAME_NAMES, Code.MISSING_PREDICTION]
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(tree, train)
    assert [one.code for one in refused.value.problems] == [Code.OTHER_SPLIT, Code.NOT_PREDICTIONS]


def test_what_operating_systems_leave_behind_is_a_warning(tree: Path, split: Split, zipped: Zipped) -> None:
    more = {"__MACOSX/._bear": b"x", ".DS_Store": b"x"}
    assert codes(zipped(tree, more=more), split) == {Code.FOREIGN_FILES: WARNING}


def test_names_that_differ_by_case_alone(tree: Path, split: Split, zipped: Zipped) -> None:
    found = codes(zipped(tree, more={"BEAR/0/00000.png": b"x"}), split)
    assert found[Code.DUPLICATE_PREDICTION] == ERROR


def test_a_hostile_zip_is_refused_and_what_is_missing_is_said_all_the_same(
    tree: Path, split: Split, zipped: Zipped
) -> None:
    shutil.rmtree(tree / "owl")
    found = codes(zipped(tree, more={"../evil": b"x"}), split)
    assert found[Code.UNSAFE_PATH] == found[Code.MISSING_PREDICTION] == ERROR


def test_a_file_that_is_none_is_refused(tmp_path: Path, split: Split) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\3\4 and no more")
    assert codes(tmp_path / "x.zip", split) == {Code.ARCHIVE_DAMAGED: ERROR}
    assert codes(tmp_path / "nothing", split) == {Code.NOT_PREDICTIONS: ERROR}
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    (tmp_path / "x.zip").write_bytes(content.getvalue())
    assert codes(tmp_path / "x.zip", split) == {Code.NOT_PREDICTIONS: ERROR}


def test_a_name_with_a_zero_byte_in_it_does_not_shift_the_others(
    tree: Path, split: Split, zipped: Zipped
) -> None:
    source = zipped(tree)
    source.write_bytes(source.read_bytes().replace(b"bear/0/00001.png", b"bear/0/\0" + b"0001.png"))
    assert codes(source, split, deep=True) == {Code.UNSAFE_PATH: ERROR, Code.MISSING_PREDICTION: ERROR}
