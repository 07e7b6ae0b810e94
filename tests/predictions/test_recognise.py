"""What is handed in is recognised without being told; what is not is refused with what is there instead."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rvosbench.errors import Code, PredictionsRefused, Problem, UsageError
from rvosbench.predictions.recognise import FORMS, recognise
from rvosbench.splits.split import Split


def refusal(source: Path, split: Split, form: str | None = None) -> Problem:
    with pytest.raises(PredictionsRefused) as refused:
        recognise(source, split, form)
    (problem,) = refused.value.problems
    return problem


@pytest.mark.parametrize(
    ("name", "form", "key"),
    [
        ("model", "PNG files in folders", "masks"),
        ("model.zip", "PNG files in a zip", "masks"),
        ("results.json", "COCO results", "coco"),
        ("predictions.parquet", "Parquet", "parquet"),
    ],
)
def test_every_form_is_recognised_and_may_be_named(
    written: Callable[[str], Path], split: Split, name: str, form: str, key: str
) -> None:
    target = written(name)
    assert recognise(target, split).form == form
    assert recognise(target, split, key).form == form
    for other in set(FORMS) - {key}:
        assert refusal(target, split, other).code == Code.NOT_PREDICTIONS


def test_a_file_is_recognised_by_its_content_and_not_by_its_name(
    written: Callable[[str], Path], split: Split, tmp_path: Path
) -> None:
    for name in ("model.zip", "results.json", "predictions.parquet"):
        form = recognise(written(name), split).form
        assert recognise(written(name).rename(tmp_path / "submission"), split).form == form


def test_a_form_that_there_is_not_is_a_mistake_of_the_caller(split: Split, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        recognise(tmp_path, split, "tar")
    assert raised.value.problems[0].expected == "one of masks, labels, coco, parquet"


def gzipped(path: Path) -> None:
    path.write_bytes(gzip.compress(b"x"))


def tarred(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("bear/0/00000.png"), io.BytesIO())


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda path: None, "nothing is there"),
        (os.mkfifo, "it is something else"),
        (lambda path: path.write_bytes(b""), "an empty file"),
        (gzipped, "a gzip file"),
        (tarred, "a file of another kind"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "a single PNG"),
        (lambda path: path.mkdir(), "no files"),
    ],
)
def test_what_is_no_form_of_predictions_is_named(
    split: Split, tmp_path: Path, make: Callable[[Path], object], found: str
) -> None:
    path = tmp_path / "submission"
    make(path)
    problem = refusal(path, split)
    assert (problem.code, problem.found) == (Code.NOT_PREDICTIONS, found)
    assert "toy:valid, whose first video is bear" in problem.expected


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["wolf/0/00000.png", "cat/0/00000.png"], "none of its videos: cat/0/, wolf/0/"),
        (
            ["bear/the bear/00000.png"],
            "folders of 1 of its videos, but none of its expressions in them, which are named like '0': "
            "bear/the bear/",
        ),
        (["bear/00000.png"], "folders of 1 of its videos, but none of its expressions in them"),
        (["model.zip", "notes.txt"], "model.zip, which may be what is meant"),
        (["a.png", "b.png"], "none of its videos: a.png, b.png"),
        (["a/b/c/bear/0/00000.png"], "folders of 1 of its videos"),
    ],
)
def test_a_folder_without_predictions_for_the_split_is_described(
    split: Split, tmp_path: Path, names: list[str], found: str
) -> None:
    assert refusal(touch(tmp_path, *names), split).found.startswith(found)


def test_several_sets_of_predictions_in_one_folder_are_too_many_files(split: Split, tmp_path: Path) -> None:
    touch(tmp_path, *(f"model-{model}/bear/0/00000.png" for model in range(100)))
    problem = refusal(tmp_path, split)
    assert (problem.code, problem.path) == (Code.TOO_MANY_FILES, str(tmp_path))


def test_the_set_with_the_most_matching_folders_is_taken(split: Split, tmp_path: Path) -> None:
    touch(tmp_path, "old/bear/0/00000.png", "new/bear/0/00000.png", "new/bear/1/00005.png")
    predictions = recognise(tmp_path, split)
    assert [(note.code, note.path.rpartition(": ")[2]) for note in predictions.notes] == [
        (Code.WRAPPING_FOLDER, str(tmp_path)),
        (Code.EXTRA_PREDICTIONS, "old/bear/0"),
    ]
    assert predictions.of_video("bear").absent("1", ["00005"]) == []


def test_a_folder_that_cannot_be_read_is_refused(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a user without the right to read it sees it; the tests may run as one who has all rights."""
    touch(tmp_path, "bear/0/00000.png", "zoo/owl/0/00001.png")
    scan = os.scandir

    def deny(path: str) -> object:
        if path.endswith("owl"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", deny)
    problem = refusal(tmp_path, split)
    assert (problem.code, problem.found) == (Code.UNREADABLE_FILE, "Permission denied")
    assert problem.path == str(tmp_path / "zoo/owl")
