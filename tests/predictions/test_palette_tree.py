"""Trees of label maps, one for each annotator."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from rvosbench.errors import Code
from rvosbench.masks.png import read_labels
from rvosbench.predictions.recognise import recognise
from rvosbench.predictions.writer import open_label_writer, open_writer
from rvosbench.splits.split import Split

FRAMES = ("00000", "00001")


def write_labels(target: Path, split: Split) -> Path:
    labels = np.zeros((2, 9, 12), np.uint8)
    with open_label_writer(target) as writer:
        for annotator in range(4):
            labels[1, annotator] = annotator + 1
            writer.add_labels(annotator, "judo", split.videos["judo"].frames, labels)
    return target


@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_label_maps_are_recognised_in_folders_and_in_a_zip(tmp_path: Path, davis: Split, name: str) -> None:
    predictions = recognise(write_labels(tmp_path / name, davis), davis)
    assert predictions.form == ("label maps in a zip" if name == "model.zip" else "label maps in folders")
    assert (predictions.kind, predictions.annotators()) == ("labels", (0, 1, 2, 3))
    assert predictions.videos() == {"judo"}
    judo = pickle.loads(pickle.dumps(predictions.of_video("judo")))
    _, second = judo.labels(2, FRAMES)
    assert read_labels(second.content)[:4, 0].tolist() == [1, 2, 3, 0]


def test_missing_label_maps_are_known_from_their_names(tmp_path: Path, davis: Split) -> None:
    tree = write_labels(tmp_path / "model", davis)
    (tree / "anno_1" / "judo" / "00001.png").unlink()
    shutil.rmtree(tree / "anno_3")
    predictions = recognise(tree, davis)
    judo = predictions.of_video("judo")
    assert predictions.annotators() == (0, 1, 2)
    assert judo.absent_labels(1, FRAMES) == ["00001"]
    assert judo.absent_labels(3, FRAMES) == list(FRAMES)
    assert judo.labels(3, FRAMES) == [None, None]
    assert judo.absent("0", FRAMES) == list(FRAMES), "a label map is no mask of an expression"


def test_a_folder_around_them_and_files_beside_them_are_warnings(tmp_path: Path, davis: Split) -> None:
    tree = write_labels(tmp_path / "model", davis)
    shutil.copy(tree / "anno_0" / "judo" / "00000.png", tree / "anno_0" / "judo" / "00077.png")
    notes = recognise(tmp_path, davis).notes
    assert [note.code for note in notes] == [Code.WRAPPING_FOLDER, Code.EXTRA_PREDICTIONS]


def test_the_digest_is_the_same_for_folder_and_zip(tmp_path: Path, davis: Split) -> None:
    packed = recognise(write_labels(tmp_path / "model.zip", davis), davis)
    tree = write_labels(tmp_path / "model", davis)
    assert recognise(tree, davis).sha256() == packed.sha256()
    changed = tree / "anno_2" / "judo" / "00000.png"
    shutil.copy(tree / "anno_2" / "judo" / "00001.png", changed)
    assert recognise(tree, davis).sha256() != packed.sha256()


def test_masks_of_expressions_are_recognised_for_the_same_split(tmp_path: Path, davis: Split) -> None:
    with open_writer(tmp_path / "model", davis) as writer:
        for expression in davis.expressions:
            writer.add("judo", expression.name, FRAMES, np.ones((2, 9, 12), np.bool_))
    assert recognise(tmp_path / "model", davis).kind == "masks"
