"""Long-RVOS: folders of binary masks, in which a missing file means a missing object, become a split."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pycocotools.mask
import pytest
from long_rvos_release import (
    CLIP,
    FRAMES,
    SEEN,
    SIZE,
    converted,
    edit_meta,
    mask_file,
    mask_folder,
    refused,
    save,
    sentence,
    warnings,
    write_release,
)
from PIL import Image

from rvosbench.datasets.base import Options
from rvosbench.datasets.long_rvos import LONG_RVOS
from rvosbench.errors import Code, ProblemLog
from rvosbench.schema import Role


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path)


def test_masks_are_the_pixels_of_the_files_bit_for_bit(release: Path) -> None:
    """The files are read by PIL and the masks by pycocotools, not by the code under test."""
    done, split = converted(release)
    assert warnings(done) == []
    for video in split.videos.values():
        assert {name: thing.present for name, thing in video.objects.items()} == SEEN
        for name, frames in SEEN.items():
            for frame in frames:
                path = release / "valid" / "Annotations" / video.name / name / f"{FRAMES[frame]}.png"
                with Image.open(path) as image:
                    pixels = np.asarray(image) == 255
                decoded = pycocotools.mask.decode(
                    {"size": list(SIZE), "counts": video.objects[name].rle(frame)}
                )
                assert np.array_equal(decoded == 1, pixels)


def test_an_object_is_absent_from_a_frame_without_a_file(release: Path) -> None:
    _, split = converted(release)
    sentence = split.videos[CLIP].expressions["1"]
    assert not mask_file(release, "1", 2).exists()
    assert not sentence.mask(2).any()
    assert sentence.mask(3).any()


def test_a_sentence_means_one_object_and_its_type_is_its_kind(release: Path) -> None:
    _, split = converted(release)
    told = [(one.text, one.objects, one.kind, one.scored) for one in split.videos[CLIP].expressions.values()]
    every = (0, 1, 2, 3)
    assert told == [
        ("a white dog", ("1",), "static", every),
        ("the dog that comes back", ("1",), "dynamic", every),
        ("the man in black who walks away", ("2",), "hybrid", every),
    ]


def test_an_object_that_no_sentence_means_is_a_distractor(release: Path) -> None:
    _, split = converted(release)
    roles = {name: thing.role for name, thing in split.videos[CLIP].objects.items()}
    assert roles == {"1": Role.TARGET, "2": Role.TARGET, "10": Role.DISTRACTOR}


def test_objects_that_cover_each_other_keep_all_their_pixels(release: Path) -> None:
    """Every object has a file of its own, so masks may overlap."""
    for name in ("1", "2"):
        save(mask_file(release, name), np.full(SIZE, 255))
    _, split = converted(release)
    things = split.videos[CLIP].objects
    assert things["1"].mask(0).all() and things["2"].mask(0).all()


def test_an_object_may_be_named_by_a_number_and_by_0(release: Path) -> None:
    mask_folder(release, "1").rename(mask_folder(release, "0"))
    edit_meta(release, lambda video: video["expressions"].update({"0": sentence("a dog", 0, "static")}))
    edit_meta(release, lambda video: video["expressions"].pop("1"))
    _, split = converted(release)
    assert split.videos[CLIP].expressions["0"].objects == ("0",)
    assert split.videos[CLIP].objects["0"].present == SEEN["1"]


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_binary_masks_are_read_in_every_form(release: Path, mode: str) -> None:
    square = np.zeros(SIZE)
    square[2:5, 3:6] = 255
    for frame in SEEN["1"]:
        save(mask_file(release, frame=frame), square, mode)
    _, split = converted(release)
    assert np.array_equal(split.videos[CLIP].objects["1"].mask(3), square == 255)


def test_frames_are_read_from_where_the_release_has_them(release: Path) -> None:
    _, split = converted(release)
    with Image.open(release / "valid" / "JPEGImages" / CLIP / f"{FRAMES[2]}.jpg") as image:
        assert np.array_equal(split.videos[CLIP].frame(2), np.asarray(image))


def test_without_frames_the_size_is_that_of_the_masks(release: Path) -> None:
    shutil.rmtree(release / "valid" / "JPEGImages")
    _, split = converted(release, frames="none")
    assert split.videos[CLIP].size == SIZE


def test_the_splits_are_those_that_have_sentences(release: Path) -> None:
    write_release(release, "test")
    (release / "train" / "JPEGImages").mkdir(parents=True)
    assert LONG_RVOS.splits_in(release) == ("valid", "test")


def test_a_test_split_without_masks_hides_its_ground_truth(tmp_path: Path) -> None:
    """Copies of the release differ in whether the masks of test are there, and in what the sentences tell."""
    write_release(tmp_path, "test", masks=False)
    done, split = converted(tmp_path, "test")
    assert (done.manifest.ground_truth, warnings(done)) == (False, [])
    assert split.videos[CLIP].size == SIZE
    assert [(one.objects, one.kind) for one in split.videos[CLIP].expressions.values()] == [
        (None, "static"),
        (None, "dynamic"),
        (None, "hybrid"),
    ]


def test_a_test_split_with_masks_has_ground_truth_even_if_they_came_later(tmp_path: Path) -> None:
    write_release(tmp_path / "whole", "test")
    write_release(tmp_path, "test", masks=False)
    before, _ = converted(tmp_path, "test")
    shutil.copytree(tmp_path / "whole" / "test" / "Annotations", tmp_path / "test" / "Annotations")
    after, split = converted(tmp_path, "test")
    assert (before.manifest.ground_truth, after.manifest.ground_truth) == (False, True)
    assert split.videos[CLIP].expressions["2"].mask(0).any()


@pytest.mark.parametrize("split", ["train", "valid"])
def test_other_splits_without_masks_are_refused(tmp_path: Path, split: str) -> None:
    write_release(tmp_path, split, masks=False)
    assert refused(tmp_path, split) == [(Code.MISSING_FILE, f"{split}/Annotations", "no such folder", 1)]


def test_the_type_may_be_absent_where_it_is_not_scored(tmp_path: Path) -> None:
    """In train, and in a test split without masks."""
    for split, masks in (("train", True), ("test", False)):
        write_release(tmp_path, split, masks=masks)
        edit_meta(tmp_path, lambda video: video["expressions"]["0"].pop("type"), split)
        done, found = converted(tmp_path, split)
        assert warnings(done) == [(Code.BAD_STRUCTURE, "none")]
        assert found.videos[CLIP].expressions["0"].kind is None


def test_published_counts_are_compared(release: Path) -> None:
    published = LONG_RVOS.info.published
    assert {split: counts["videos"] for split, counts in published.items()} == {
        "train": 1855,
        "valid": 112,
        "test": 226,
    }
    assert refused(release, check=True) == [(Code.COUNTS_DIFFER, "long-rvos:valid", "2", 1)]


def test_a_second_conversion_is_a_no_op_until_a_mask_changes(release: Path) -> None:
    first, _ = converted(release)
    again, _ = converted(release)
    save(mask_file(release), np.full(SIZE, 255))
    changed, _ = converted(release)
    assert (first.done, again.done, changed.done) == (True, False, True)
    assert changed.manifest.fingerprint != first.manifest.fingerprint


def test_a_release_travels_to_worker_processes(release: Path) -> None:
    log = ProblemLog()
    opened = LONG_RVOS.open(release, "valid", Options(release / "scratch", target=release / "home"), log)
    assert opened is not None
    copy = pickle.loads(pickle.dumps(opened))
    assert copy.read(CLIP, log) == opened.read(CLIP, log)
    assert not len(log)
