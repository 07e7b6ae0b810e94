"""Ref-YouTube-VOS: the videos of each split, and its masks in each of their forms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ref_youtube_vos_release import (
    FRAMES,
    KNOWN,
    TALL,
    WIDE,
    Frames,
    clean,
    codes,
    entry,
    open_split,
    read,
    train,
    write_frames,
    write_json,
    write_meta,
)

from rvosbench.datasets.ref_youtube_vos import REF_YOUTUBE_VOS
from rvosbench.datasets.ref_youtube_vos_videos import shipped_valid
from rvosbench.errors import Code, DatasetError, ProblemLog
from rvosbench.io.frames import open_frames
from rvosbench.masks import png
from rvosbench.schema import Role
from rvosbench.splits.convert import convert


def videos(source: Path, split: str = "valid") -> tuple[list[str], str]:
    """The videos of a split, and how they were chosen."""
    log = ProblemLog()
    release = open_split(source, split, log)
    assert release is not None
    assert list(log) == []
    return sorted(release.videos), release.notes["videos"]


def test_train_has_the_objects_of_its_label_maps(tmp_path: Path) -> None:
    records = clean(train(tmp_path), "train")
    bear, dog = records["v1"], records["v2"]
    assert [(thing.object, thing.category, thing.role) for thing in bear.objects] == [
        ("1", "bear", Role.TARGET),
        ("2", "fish", Role.DISTRACTOR),
        ("3", "fish", Role.TARGET),
    ]
    assert [(one.expression, one.text, one.objects) for one in bear.expressions] == [
        ("0", "a bear", ("1",)),
        ("1", "a fish on the left", ("3",)),
    ]
    assert (bear.height, bear.width) == TALL
    assert [mask.bbox for mask in bear.objects[2].masks] == [(0, 2, 8, 1), (1, 2, 7, 1), (2, 2, 6, 1)]
    assert [mask.frame for mask in dog.objects[0].masks] == [0, 1], "masks of listed frames only"


def test_train_links_its_frames(tmp_path: Path) -> None:
    record = clean(train(tmp_path / "source"), "train", "link")["v1"]
    assert record.frames_uri is not None
    frames = open_frames(record.frames_uri, tmp_path / "home" / "train", record.frames)
    assert frames.read(2).shape == (*TALL, 3)


def test_train_without_meta_json_has_no_categories(tmp_path: Path) -> None:
    (train(tmp_path) / "train" / "meta.json").unlink()
    assert {thing.category for thing in clean(tmp_path, "train")["v1"].objects} == {None}


def test_all_problems_of_train_are_found_in_one_run(tmp_path: Path) -> None:
    root = train(tmp_path)
    write_meta(
        root,
        "train",
        {"v1": entry(("a bear", "1"), ("a cat", "cat")), "v2": entry(("a dog", "4")), "v3": entry("nobody")},
    )
    masks = root / "train" / "Annotations"
    (masks / "v1" / "00005.png").unlink()
    png.write_labels(masks / "v2" / "00010.png", np.ones(WIDE, np.uint8))
    log = ProblemLog()
    read(root, "train", log)
    assert {problem.code: problem.count for problem in log.errors} == {
        Code.BAD_STRUCTURE: 2,  # obj_id "cat", and none at all
        Code.MISSING_FRAME: 1,
        Code.WRONG_SIZE: 1,
        Code.MISSING_FILE: 1,  # the masks of v3
    }
    assert [problem.found for problem in log.warnings] == ["it is in none", "none"], (
        "object 4: no mask, no category"
    )


def test_a_train_split_without_masks_is_refused_before_any_video_is_read(tmp_path: Path) -> None:
    write_meta(tmp_path, "train", {"v1": entry(("a bear", "1"))})
    log = ProblemLog()
    open_split(tmp_path, "train", log)
    assert [(problem.code, problem.path) for problem in log.errors] == [
        (Code.MISSING_FILE, str(tmp_path / "train" / "Annotations"))
    ]


def valid_and_test(root: Path) -> Path:
    """A valid file that lists two videos of valid and one of test, like the released one."""
    write_meta(root, "valid", {KNOWN[0]: entry("a bear"), "tested": entry("a dog"), KNOWN[1]: entry("a cat")})
    return root


def test_the_test_file_tells_valid_from_test(tmp_path: Path) -> None:
    write_meta(tmp_path, "valid", {"a": entry("x"), "b": entry("y"), "c": entry("z")})
    write_meta(tmp_path, "test", {"b": entry("y")})
    (tmp_path / "valid" / "JPEGImages" / "b").mkdir(parents=True)  # is not asked
    assert videos(tmp_path) == (["a", "c"], "2 of the 3 in the file: those that the test file does not list")
    assert videos_of_test(tmp_path) == ["b"]


def videos_of_test(source: Path) -> list[str]:
    return sorted(videos(source, "test")[0])


def test_without_a_test_file_the_folders_of_frames_tell(tmp_path: Path) -> None:
    write_meta(tmp_path, "valid", {"a": entry("x"), "b": entry("y"), "c": entry("z")})
    for name in ("a", "c", "not listed"):
        (tmp_path / "valid" / "JPEGImages" / name).mkdir(parents=True)
    assert videos(tmp_path) == (["a", "c"], "2 of the 3 in the file: those with a folder in valid/JPEGImages")


def test_without_both_the_shipped_list_tells(tmp_path: Path) -> None:
    valid_and_test(tmp_path)
    assert videos(tmp_path) == (KNOWN, "2 of the 3 in the file: those in the list of rvosbench")
    assert videos_of_test(tmp_path) == ["tested"]


def test_frames_of_all_listed_videos_tell_nothing_and_the_shipped_list_decides(tmp_path: Path) -> None:
    """So it is where the frames come from the archive of YouTube-VOS."""
    valid_and_test(tmp_path)
    for name in (*KNOWN, "tested"):
        (tmp_path / "valid" / "JPEGImages" / name).mkdir(parents=True)
    assert videos(tmp_path)[0] == KNOWN


def test_a_valid_file_without_test_videos_is_fine(tmp_path: Path) -> None:
    write_meta(tmp_path, "valid", {name: entry("a bear") for name in KNOWN})
    assert videos(tmp_path) == (KNOWN, "all 2 in the file: it lists no others")


def test_a_test_file_that_leaves_nothing_for_valid_is_a_problem(tmp_path: Path) -> None:
    for split in ("valid", "test"):
        write_meta(tmp_path, split, {"a": entry("x")})
    log = ProblemLog()
    assert open_split(tmp_path, "valid", log) is None
    assert [(problem.code, Path(problem.path).parent.name) for problem in log.errors] == [
        (Code.NOTHING_FOUND, "test")
    ]


def test_the_shipped_list_has_202_videos() -> None:
    assert len(shipped_valid()) == 202


@pytest.mark.parametrize("way", ["test file", "folders", "list"])
def test_the_real_valid_file_has_202_videos_in_each_way(tmp_path: Path, real_data: Path, way: str) -> None:
    file = real_data / "ref_youtube_vos" / "valid_meta_expressions.json"
    listed = json.loads(file.read_text())["videos"]
    root = tmp_path / "source"
    write_meta(root, "valid", listed)
    if way == "test file":
        write_meta(root, "test", {name: listed[name] for name in listed if name not in shipped_valid()})
    elif way == "folders":
        for name in shipped_valid():
            (root / "valid" / "JPEGImages" / name).mkdir(parents=True)
    done = convert(REF_YOUTUBE_VOS, root, "valid", data=tmp_path / "home", frames="none", check=True)
    assert {
        "videos": 202,
        "expressions": 834,
        "frames": 5486,
        "samples": 22046,
    }.items() <= done.manifest.counts.items()
    assert way.split()[-1].rstrip("s") in done.manifest.notes["videos"]
    assert done.manifest.problems == []


def test_the_real_valid_file_is_enough_alone(tmp_path: Path, real_data: Path) -> None:
    file = real_data / "ref_youtube_vos" / "valid_meta_expressions.json"
    for split, counts in (("valid", (202, 834)), ("test", (305, 1262))):
        done = convert(REF_YOUTUBE_VOS, file, split, data=tmp_path, frames="none", check=True)
        assert (done.manifest.counts["videos"], done.manifest.counts["expressions"]) == counts


def test_valid_without_masks_has_no_objects_and_no_size(tmp_path: Path) -> None:
    record = clean(valid_and_test(tmp_path), "valid")[KNOWN[0]]
    assert (record.height, record.width, record.frames_uri, record.objects) == (None, None, None, ())
    assert [one.objects for one in record.expressions] == [None]


def test_valid_without_masks_has_the_size_of_its_frames(tmp_path: Path) -> None:
    valid_and_test(tmp_path)
    for name in KNOWN:
        write_frames(tmp_path, "valid", name, WIDE)
    record = clean(tmp_path, "valid", "link")[KNOWN[0]]
    assert (record.height, record.width) == WIDE


@pytest.mark.parametrize("place", ["test", "valid"])
def test_frames_of_test_may_lie_among_those_of_valid(tmp_path: Path, place: str) -> None:
    write_meta(tmp_path, "test", {"tested": entry("a dog")})
    write_frames(tmp_path, place, "tested", WIDE)
    record = clean(tmp_path, "test", "link")["tested"]
    assert (record.height, record.width) == WIDE


def test_a_hidden_split_becomes_tables_without_masks(tmp_path: Path) -> None:
    source = valid_and_test(tmp_path / "source")
    done = convert(REF_YOUTUBE_VOS, source, "valid", data=tmp_path / "home", frames="none")
    assert sorted(done.manifest.tables) == ["expressions", "objects", "videos"]
    assert not done.manifest.ground_truth


def test_the_splits_of_a_release_are_those_it_has_files_for(tmp_path: Path) -> None:
    assert REF_YOUTUBE_VOS.splits_in(tmp_path) == ()
    write_meta(tmp_path, "valid", {"a": entry("x")})
    assert REF_YOUTUBE_VOS.splits_in(tmp_path) == ("valid",)
    (tmp_path / "test" / "JPEGImages").mkdir(parents=True)
    assert REF_YOUTUBE_VOS.splits_in(tmp_path) == ("valid", "test")
    write_meta(tmp_path, "train", {"a": entry("x")})
    assert REF_YOUTUBE_VOS.splits_in(tmp_path) == ("train", "valid", "test")


def test_a_file_alone_is_one_split(tmp_path: Path) -> None:
    test = write_meta(tmp_path, "test", {"a": entry("x")})
    assert REF_YOUTUBE_VOS.splits_in(test) == ("test",)
    named = test.rename(tmp_path / "valid_meta_expressions.json")
    assert REF_YOUTUBE_VOS.splits_in(named) == ("valid",)
    assert list(clean(named, "valid")) == ["a"]


@pytest.mark.parametrize(("split", "frames"), [("valid", "link"), ("train", "none")])
def test_a_file_alone_has_neither_frames_nor_masks(tmp_path: Path, split: str, frames: Frames) -> None:
    file = write_json(tmp_path / "meta.json", {"videos": {"a": entry(("x", "1"))}})
    log = ProblemLog()
    assert open_split(file, split, log, frames) is None
    assert codes(log) == {Code.BAD_OPTION: 1}


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_an_empty_folder_is_a_problem_that_names_the_file(tmp_path: Path, split: str) -> None:
    log = ProblemLog()
    assert open_split(tmp_path, split, log) is None
    assert [(problem.code, problem.path) for problem in log.errors] == [
        (Code.MISSING_FILE, str(tmp_path / "meta_expressions" / split / "meta_expressions.json"))
    ]


def test_test_cannot_be_guessed_from_a_valid_file_of_unknown_videos(tmp_path: Path) -> None:
    write_meta(tmp_path, "valid", {"a": entry("x")})
    log = ProblemLog()
    assert open_split(tmp_path, "test", log) is None
    assert codes(log) == {Code.NOTHING_FOUND: 1}


@pytest.mark.parametrize(
    ("video", "expression"),
    [(name, "0") for name in ("../../etc", "no\0name", "x" * 300, "")]
    + [("v1", name) for name in ("../..", "no\0name", "x" * 300)],
)
def test_names_that_no_file_can_have_are_refused_without_a_traceback(
    tmp_path: Path, video: str, expression: str
) -> None:
    source = tmp_path / "source"
    meta = {"frames": list(FRAMES), "expressions": {expression: {"exp": "a bear", "obj_id": "1"}}}
    for split in ("train", "valid"):
        write_meta(source, split, {video: meta})
        (source / split / "Annotations").mkdir(parents=True)
        with pytest.raises(DatasetError):
            convert(REF_YOUTUBE_VOS, source, split, data=tmp_path / "home", frames="link")
