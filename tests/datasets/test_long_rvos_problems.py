"""What is wrong with a release of Long-RVOS is said, all of it at once, and nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
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
    warnings,
    write_meta,
    write_release,
)
from PIL import Image

from rvosbench.errors import Code


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path)


def no_video_folder(root: Path) -> None:
    shutil.rmtree(root / "valid" / "Annotations" / CLIP)


def no_object_folder(root: Path) -> None:
    shutil.rmtree(mask_folder(root, "2"))


def object_that_is_a_file(root: Path) -> None:
    no_object_folder(root)
    mask_folder(root, "2").write_bytes(b"")


def other_frame_names(root: Path) -> None:
    for path in mask_folder(root).iterdir():
        path.rename(path.with_stem(path.stem[1:]))


def empty_object_folder(root: Path) -> None:
    for path in mask_folder(root).iterdir():
        path.unlink()


def truncated_mask(root: Path) -> None:
    mask_file(root).write_bytes(mask_file(root).read_bytes()[:50])


def coloured_mask(root: Path) -> None:
    save(mask_file(root), np.zeros(SIZE), "RGB")


def deep_mask(root: Path) -> None:
    Image.fromarray(np.zeros(SIZE, np.uint16)).save(mask_file(root))


def mask_of_another_size(root: Path) -> None:
    save(mask_file(root, "2", 3), np.ones((9, 7)))


def object_of_another_size(root: Path) -> None:
    save(mask_file(root, "10", 2), np.ones((9, 7)))


def truncated_only_mask(root: Path) -> None:
    path = mask_file(root, "10", 2)
    path.write_bytes(path.read_bytes()[:50])


def soft_mask(root: Path) -> None:
    save(mask_file(root), np.full(SIZE, 128))


def frames_of_another_size(root: Path) -> None:
    for path in (root / "valid" / "JPEGImages" / CLIP).iterdir():
        save(path, np.zeros((14, 18, 3)))


def missing_frame(root: Path) -> None:
    (root / "valid" / "JPEGImages" / CLIP / f"{FRAMES[1]}.jpg").unlink()


def unsorted_frames(root: Path) -> None:
    edit_meta(root, lambda video: video["frames"].reverse())


def sentence_that_is_no_text(root: Path) -> None:
    edit_meta(root, lambda video: video["expressions"]["0"].update(exp=["a", "dog"]))


def unknown_type(root: Path) -> None:
    edit_meta(root, lambda video: video["expressions"]["0"].update(type="Static"))


def no_type(root: Path) -> None:
    edit_meta(root, lambda video: video["expressions"]["0"].pop("type"))


def cut_off_sentences(root: Path) -> None:
    path = root / "valid" / "meta_expressions.json"
    path.write_text(path.read_text(encoding="utf-8")[:-3], encoding="utf-8")


def sentences_in_latin_1(root: Path) -> None:
    (root / "valid" / "meta_expressions.json").write_bytes(b'{"videos": {"caf\xe9": {}}}')


def no_sentences(root: Path) -> None:
    (root / "valid" / "meta_expressions.json").unlink()


def no_video(root: Path) -> None:
    write_meta(root, {"videos": {}})


MASKS = f"valid/Annotations/{CLIP}"
PICTURES = f"valid/JPEGImages/{CLIP}"
META = "valid/meta_expressions.json"
FIRST = f"meta_expressions.json: {CLIP}, expression 0"
DEFECTS: list[tuple[Callable[[Path], None], Code, str, str]] = [
    (no_video_folder, Code.MISSING_FILE, MASKS, "none"),
    (no_object_folder, Code.MISSING_FILE, f"{MASKS}/2", "none"),
    (object_that_is_a_file, Code.MISSING_FILE, f"{MASKS}/2", "none"),
    (other_frame_names, Code.NOTHING_FOUND, f"{MASKS}/1", "3 others, such as 0000.png"),
    (empty_object_folder, Code.NOTHING_FOUND, f"{MASKS}/1", "none"),
    (truncated_mask, Code.UNREADABLE_FILE, f"{MASKS}/1/00000.png", "truncated"),
    (coloured_mask, Code.WRONG_MODE, f"{MASKS}/1/00000.png", "an image of mode RGB"),
    (deep_mask, Code.WRONG_MODE, f"{MASKS}/1/00000.png", "an image of mode I;16"),
    (mask_of_another_size, Code.WRONG_SIZE, f"{MASKS}/2/00018.png", "7x9 after 9x7"),
    (object_of_another_size, Code.WRONG_SIZE, f"{MASKS}/10/00012.png", "7x9 after 9x7"),
    (truncated_only_mask, Code.UNREADABLE_FILE, f"{MASKS}/10/00012.png", "truncated"),
    (soft_mask, Code.WRONG_MODE, f"{MASKS}/1", "the values 128, 255"),
    (frames_of_another_size, Code.WRONG_SIZE, PICTURES, "frames of 18x14, masks of 9x7"),
    (missing_frame, Code.MISSING_FRAME, PICTURES, "1 of 4 are missing: 00006"),
    (unsorted_frames, Code.FRAMES_NOT_SORTED, CLIP, "00012 after 00018"),
    (sentence_that_is_no_text, Code.BAD_STRUCTURE, f"{FIRST}: exp", "a list"),
    (unknown_type, Code.BAD_STRUCTURE, FIRST, "'Static'"),
    (no_type, Code.BAD_STRUCTURE, FIRST, "none"),
    (cut_off_sentences, Code.INVALID_JSON, META, "the file ends too early"),
    (sentences_in_latin_1, Code.NOT_UTF8, META, "byte 0xe9"),
    (no_sentences, Code.MISSING_FILE, META, "it is not there"),
    (no_video, Code.NOTHING_FOUND, META, "none"),
]


@pytest.mark.parametrize(
    ("spoil", "code", "path", "found"), DEFECTS, ids=[defect[0].__name__ for defect in DEFECTS]
)
def test_a_defect_is_said_once_with_its_place_and_nothing_is_written(
    release: Path, spoil: Callable[[Path], None], code: Code, path: str, found: str
) -> None:
    spoil(release)
    ((said, where, what, count),) = refused(release)
    assert (said, where, count) == (code, path, 1)
    assert found in what


@pytest.mark.parametrize("obj_id", [None, "", "01", "1 ", "-1", "../2", 1.0, True, ["1"], "\ud800", 10**12])
def test_an_object_that_is_no_plain_number_is_a_defect(release: Path, obj_id: object) -> None:
    """The official evaluator and loader would look for different folders, or none."""
    edit_meta(release, lambda video: video["expressions"]["0"].update(obj_id=obj_id))
    assert refused(release) == [(Code.BAD_STRUCTURE, FIRST, repr(obj_id), 1)]


def test_all_defects_are_said_together(release: Path) -> None:
    """Those of the sentences and those of the masks, in one run."""
    for spoil in (truncated_mask, no_object_folder, missing_frame, sentence_that_is_no_text):
        spoil(release)
    edit_meta(release, lambda video: video["expressions"]["1"].update(obj_id="7", type=None))
    found = {(code, path) for code, path, _, _ in refused(release)}
    assert found == {
        (Code.BAD_STRUCTURE, f"{FIRST}: exp"),
        (Code.BAD_STRUCTURE, f"meta_expressions.json: {CLIP}, expression 1"),
        (Code.MISSING_FILE, f"{MASKS}/2"),
        (Code.MISSING_FRAME, PICTURES),
        (Code.UNREADABLE_FILE, f"{MASKS}/1/00000.png"),
    }


def test_equal_defects_are_one_problem_with_a_count(release: Path) -> None:
    for frame in SEEN["1"]:
        save(mask_file(release, frame=frame), np.zeros(SIZE), "RGB")
    ((code, _, _, count),) = refused(release)
    assert (code, count) == (Code.WRONG_MODE, 3)


def extra_mask(root: Path) -> None:
    save(mask_folder(root) / "00001.png", np.zeros(SIZE))


def another_folder(root: Path) -> None:
    (root / "valid" / "Annotations" / CLIP / "motions").mkdir()


def object_without_pixels(root: Path) -> None:
    for frame in SEEN["10"]:
        save(mask_file(root, "10", frame), np.zeros(SIZE))


ODDITIES: list[tuple[Callable[[Path], None], Code, str]] = [
    (extra_mask, Code.LEFT_OUT, "1 others, such as 00001.png"),
    (another_folder, Code.LEFT_OUT, "another name"),
    (object_without_pixels, Code.UNKNOWN_OBJECT, "masks without any pixel"),
]


@pytest.mark.parametrize(("add", "code", "found"), ODDITIES, ids=[oddity[0].__name__ for oddity in ODDITIES])
def test_an_oddity_that_harms_no_score_is_a_warning(
    release: Path, add: Callable[[Path], None], code: Code, found: str
) -> None:
    add(release)
    done, split = converted(release)
    assert warnings(done) == [(code, found)]
    assert set(split.videos[CLIP].objects) == set(SEEN)


def test_files_that_file_managers_leave_behind_do_not_matter(release: Path) -> None:
    for folder in (mask_folder(release), mask_folder(release).parent):
        (folder / ".DS_Store").write_bytes(b"")
        (folder / "._00000.png").write_bytes(b"")
    done, _ = converted(release)
    assert warnings(done) == []
