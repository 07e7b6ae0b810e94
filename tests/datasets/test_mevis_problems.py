"""What is wrong with a MeViS release is said, all of it at once, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mevis_release import HEIGHT, WIDTH, MevisFiles, errors_of, jpeg, problems_of, sentence, track

from rvosbench.datasets.mevis import MEVIS_V1
from rvosbench.errors import Code, DatasetError
from rvosbench.splits.convert import convert


@pytest.fixture
def files(tmp_path: Path) -> MevisFiles:
    return MevisFiles(tmp_path / "mevis")


def masks(files: MevisFiles) -> dict[str, Any]:
    assert isinstance(files.masks, dict)
    return files.masks


def no_masks(files: MevisFiles) -> None:
    files.masks = None


def unknown_anno_id(files: MevisFiles) -> None:
    del masks(files)["12"]


def anno_id_in_two_videos(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["1"] = sentence("a stranger", [12], [3])


def too_many_masks(files: MevisFiles) -> None:
    masks(files)["12"].append(None)


def too_few_masks(files: MevisFiles) -> None:
    masks(files)["12"].pop()


def mask_of_another_size(files: MevisFiles) -> None:
    masks(files)["12"][1]["size"] = [WIDTH, HEIGHT]


def broken_mask(files: MevisFiles) -> None:
    masks(files)["12"][1]["counts"] += "11"


def ids_that_are_no_numbers(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["0"]["anno_id"] = ["5"]


def ids_that_are_no_list(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["0"]["anno_id"] = 5


def no_ids(files: MevisFiles) -> None:
    del files.videos["ant"]["expressions"]["0"]["anno_id"]


def kind_that_is_no_text(files: MevisFiles) -> None:
    files.videos["ant"]["expressions"]["0"]["kind"] = 3


def objects_that_are_no_object(files: MevisFiles) -> None:
    files.videos["ant"]["objects"] = ["insect"]


def frames_not_sorted(files: MevisFiles) -> None:
    files.videos["zebra"]["frames"].reverse()


def no_frames(files: MevisFiles) -> None:
    files.frames = "none"


def masks_that_end_too_early(files: MevisFiles) -> None:
    files.write()
    files.masks = (files.folder / "mask_dict.json").read_bytes()[:-30]


CASES: list[tuple[Callable[[MevisFiles], None], Code, str]] = [
    (no_masks, Code.MISSING_FILE, "it is not there"),
    (unknown_anno_id, Code.UNKNOWN_MASK, "no anno_id 12, which video zebra names"),
    (anno_id_in_two_videos, Code.OBJECT_IN_TWO_VIDEOS, "anno_id 12, which zebra names too"),
    (too_many_masks, Code.WRONG_LENGTH, "4 for the 3 frames of zebra"),
    (too_few_masks, Code.WRONG_LENGTH, "2 for the 3 frames of zebra"),
    (mask_of_another_size, Code.WRONG_SIZE, "24x32, others in zebra are 32x24"),
    (broken_mask, Code.BAD_RLE, "runs of"),
    (ids_that_are_no_numbers, Code.BAD_STRUCTURE, "a string"),
    (ids_that_are_no_list, Code.BAD_STRUCTURE, "a whole number"),
    (no_ids, Code.BAD_STRUCTURE, "keys obj_id"),
    (kind_that_is_no_text, Code.BAD_STRUCTURE, "a whole number"),
    (objects_that_are_no_object, Code.BAD_STRUCTURE, "a list"),
    (frames_not_sorted, Code.FRAMES_NOT_SORTED, "00001 after 00002"),
    (no_frames, Code.MISSING_FILE, "neither"),
    (masks_that_end_too_early, Code.INVALID_JSON, "the file ends too early"),
]


@pytest.mark.parametrize(("spoil", "code", "found"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_defect_is_said_with_its_place(
    files: MevisFiles, spoil: Callable[[MevisFiles], None], code: Code, found: str
) -> None:
    spoil(files)
    problems = problems_of(files)
    assert list(problems) == [code], "one defect, one kind of problem"
    assert found in problems[code].found
    assert problems[code].path and problems[code].expected and problems[code].fix


def test_all_defects_of_all_files_are_said_together(files: MevisFiles) -> None:
    for spoil in (ids_that_are_no_numbers, anno_id_in_two_videos, broken_mask, frames_not_sorted, no_frames):
        spoil(files)
    assert set(problems_of(files)) == {
        Code.BAD_STRUCTURE,
        Code.OBJECT_IN_TWO_VIDEOS,
        Code.BAD_RLE,
        Code.FRAMES_NOT_SORTED,
        Code.MISSING_FILE,
    }


def test_missing_frames_are_counted(files: MevisFiles) -> None:
    files.frames = "none"
    files.write()
    for name in ("zebra/00000", "zebra/00002", "ant/00000"):
        path = files.folder / "JPEGImages" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(0))
    problem = problems_of(files)[Code.MISSING_FRAME]
    assert problem.count == 2
    assert "2 of 3 are missing: 00001, 00002" in problem.examples[0]
    assert "1 of 3 are missing: 00001" in problem.examples[1]


def test_frames_of_another_size_than_the_masks_are_refused(files: MevisFiles) -> None:
    files.write()
    files.frames = "none"
    (files.folder / "JPEGImages" / "ant" / "00000.jpg").write_bytes(jpeg(0, HEIGHT, WIDTH + 1))
    assert problems_of(files)[Code.WRONG_SIZE].found == "frames of 33x24, masks of 32x24"


def test_a_damaged_tar_is_said_once_and_not_for_every_video(files: MevisFiles) -> None:
    files.frames = "none"
    files.write()
    (files.folder / "JPEGImages.tar").write_bytes(b"\x1f\x8b no tar")
    problems = problems_of(files)
    assert list(problems) == [Code.UNREADABLE_FILE]
    assert problems[Code.UNREADABLE_FILE].count == 1


def test_an_anno_id_that_has_masks_twice_is_refused(files: MevisFiles) -> None:
    files.masks = json.dumps(masks(files))[:-1] + ', "4": []}'
    assert problems_of(files)[Code.DUPLICATE_ID].found == "4 again"


def test_a_sentence_that_comes_twice_is_refused(files: MevisFiles, tmp_path: Path) -> None:
    files.write()
    meta = files.folder / "meta_expressions.json"
    meta.write_text(meta.read_text(encoding="utf-8").replace('"1": {', '"0": {'), encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        convert(MEVIS_V1, files.root, "valid_u", data=tmp_path / "home")
    assert list(errors_of(caught.value)) == [Code.DUPLICATE_ID]


def test_a_split_that_is_not_there_is_named_with_what_belongs_there(files: MevisFiles) -> None:
    files.write()
    (files.root / "train").mkdir()
    with pytest.raises(DatasetError) as caught:
        convert(MEVIS_V1, files.root, "train", data=files.root.parent / "home")
    (problem,) = caught.value.problems
    assert problem.path == str(files.root / "train")
    assert "meta_expressions.json" in problem.expected


def test_masks_that_all_fail_to_be_read_do_not_hide_each_other(files: MevisFiles) -> None:
    masks(files)["12"] = track(12)
    for entry in masks(files)["12"]:
        entry["counts"] = "!"
    assert problems_of(files)[Code.BAD_RLE].count == 3
