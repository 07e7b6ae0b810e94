"""Trees of masks: which files are taken for what, and what is said of the others."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rvosbench.errors import Code, PredictionsRefused
from rvosbench.masks.png import read_labels
from rvosbench.predictions.base import Picture, Png, WrongKind
from rvosbench.predictions.recognise import recognise
from rvosbench.splits.split import Split

FRAMES = ("00000", "00005", "00010")


@pytest.fixture
def tree(written: Callable[[str], Path]) -> Path:
    return written("model")


def content(picture: Picture | None) -> bytes:
    assert isinstance(picture, Png)
    return picture.content


def test_the_folder_is_recognised_and_every_file_found(tree: Path, split: Split) -> None:
    predictions = recognise(tree, split)
    assert (predictions.form, predictions.kind) == ("PNG files in folders", "masks")
    assert predictions.videos() == {"bear", "zoo/owl"}
    assert predictions.notes == ()
    assert predictions.of_video("zoo/owl").absent("0", ["00001", "00002"]) == []


def test_pictures_come_in_the_order_of_the_stems(
    tree: Path, split: Split, masks: dict[tuple[str, str], np.ndarray]
) -> None:
    pictures = recognise(tree, split).of_video("bear").pictures("0", ["00010", "nowhere", "00000"])
    assert pictures[1] is None
    for place, frame in ((0, 2), (2, 0)):
        assert np.array_equal(read_labels(content(pictures[place])) != 0, masks["bear", "0"][frame])


def test_a_missing_frame_is_known_from_its_name(tree: Path, split: Split) -> None:
    (tree / "bear" / "0" / "00005.png").unlink()
    shutil.rmtree(tree / "zoo")
    predictions = recognise(tree, split)
    bear, owl = predictions.of_video("bear"), predictions.of_video("zoo/owl")
    assert predictions.videos() == {"bear"}
    assert bear.absent("0", FRAMES) == ["00005"]
    assert bear.pictures("0", FRAMES)[1] is None
    assert owl.absent("0", ["00001", "00002"]) == ["00001", "00002"]
    assert owl.pictures("0", ["00001"]) == [None]


def test_one_video_travels_to_another_process(tree: Path, split: Split) -> None:
    bear = recognise(tree, split).of_video("bear")
    travelled = pickle.loads(pickle.dumps(bear))
    assert travelled.pictures("0", FRAMES) == bear.pictures("0", FRAMES)


def test_a_mask_tree_has_neither_labels_nor_queries(tree: Path, split: Split) -> None:
    bear = recognise(tree, split).of_video("bear")
    for ask in (bear.labels, bear.absent_labels):
        with pytest.raises(WrongKind):
            ask(0, FRAMES)
    with pytest.raises(WrongKind):
        bear.queries("0", FRAMES)


@pytest.mark.parametrize("around", ["my-model", "Annotations", "my-model/Annotations"])
def test_folders_around_the_predictions_are_a_warning(
    tree: Path, split: Split, tmp_path: Path, around: str
) -> None:
    plain = recognise(tree, split)
    (tmp_path / around).parent.mkdir(exist_ok=True)
    tree.rename(tmp_path / around)
    wrapped = recognise(tmp_path, split)
    (note,) = wrapped.notes
    assert (note.code, note.found) == (Code.WRAPPING_FOLDER, f"they begin in {around}/")
    assert wrapped.videos() == plain.videos()
    assert wrapped.of_video("bear").absent("0", FRAMES) == []


def test_what_the_split_does_not_score_is_ignored_with_a_warning(tree: Path, split: Split) -> None:
    before = recognise(tree, split).sha256()
    shutil.copytree(tree / "bear", tree / "wolf")
    shutil.copytree(tree / "bear" / "0", tree / "bear" / "7")
    shutil.copy(tree / "bear" / "0" / "00000.png", tree / "bear" / "1" / "00000.png")
    (tree / "bear" / "0" / "00005.jpg").write_bytes(b"jpeg")
    (tree / "readme.txt").write_text("of my model")
    predictions = recognise(tree, split)
    (note,) = predictions.notes
    assert (note.code, note.count) == (Code.EXTRA_PREDICTIONS, 6)
    said = "\n".join(note.examples)
    assert "model: bear/0/00005.jpg: a .jpg file instead of .png" in said
    assert "model: bear/1/00000.png: none of the scored frames, such as 00005.png" in said
    assert "model: bear/7: none of the videos and expressions of the split" in said
    assert "model: wolf/0: " in said
    assert "model: readme.txt: " in said
    assert predictions.sha256() == before


def test_what_operating_systems_leave_behind_is_ignored_with_a_warning(tree: Path, split: Split) -> None:
    (tree / "bear" / ".DS_Store").write_bytes(b"")
    (tree / "__MACOSX").mkdir()
    (tree / "__MACOSX" / "x.png").write_bytes(b"")
    (note,) = recognise(tree, split).notes
    assert (note.code, note.count) == (Code.FOREIGN_FILES, 2)


def test_a_pipe_is_refused_and_does_not_hang(tree: Path, split: Split) -> None:
    path = tree / "bear" / "0" / "00005.png"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(PredictionsRefused) as refused:
        recognise(tree, split).of_video("bear").pictures("0", FRAMES)
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == (Code.UNREADABLE_FILE, str(path))


def test_every_file_that_is_too_large_is_named(tree: Path, split: Split) -> None:
    for stem in ("00000", "00010"):
        (tree / "bear" / "0" / f"{stem}.png").write_bytes(b"x" * 100_000)
    with pytest.raises(PredictionsRefused) as refused:
        recognise(tree, split).of_video("bear").pictures("0", FRAMES)
    (problem,) = refused.value.problems
    assert (problem.code, problem.count, problem.found) == (Code.FILE_TOO_LARGE, 2, "100,000 bytes")


def test_links_are_followed_and_circles_end(tree: Path, split: Split) -> None:
    folder = tree / "bear" / "0"
    moved = folder.rename(tree.parent / "elsewhere")
    folder.symlink_to(moved)
    (tree / "circle").symlink_to(tree)
    predictions = recognise(tree, split)
    assert predictions.of_video("bear").absent("0", FRAMES) == []


def test_the_digest_is_that_of_sha256sum(
    tree: Path, split: Split, require_command: Callable[[str], str]
) -> None:
    require_command("sha256sum")
    listing = "find . -name '*.png' | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum"
    by_hand = subprocess.run(listing, shell=True, cwd=tree, capture_output=True, text=True, check=True)
    assert by_hand.stdout.split()[0] == recognise(tree, split).sha256()
