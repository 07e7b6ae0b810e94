"""What is wrong with an A2D-Sentences release is said: all of it, with paths, and without a traceback."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from a2d_release import HEIGHT, WIDTH, Release, frame, listed, read, tiny, write_clip, write_frame

from rvosbench.datasets.a2d_sentences import A2D_SENTENCES
from rvosbench.errors import Code, DatasetError
from rvosbench.splits.convert import convert


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return tiny(tmp_path / "a2d")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def remove(path: Path, key: str) -> None:
    with h5py.File(path, "a") as file:
        del file[key]


def test_two_sentences_of_one_instance_are_an_error(release: Release) -> None:
    release.list_sentences([["v", 1, "a dog"], ["v", 1, "a cat"]])
    assert read(release).one(Code.DUPLICATE_ID).path == "a2d_annotation.txt:3: v"


def test_a_clip_of_another_size_than_its_masks_is_an_error(release: Release) -> None:
    write_clip(release.clip("v"), 12, HEIGHT * 2, WIDTH * 2)
    problem = read(release, frames="link").one(Code.WRONG_SIZE)
    assert problem.path == str(release.clip("v"))
    assert problem.found == "96x64 instead of 48x32" and "--frames none" in problem.fix


@pytest.mark.parametrize("content", [b"", b"not a video", None], ids=["empty", "other bytes", "cut"])
def test_a_damaged_clip_is_a_problem(release: Release, content: bytes | None) -> None:
    write_clip(release.clip("v"), 12)
    whole = release.clip("v").read_bytes()
    release.clip("v").write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert read(release, frames="link").one(Code.UNREADABLE_FILE).path == str(release.clip("v"))


def test_a_missing_clip_or_folder_of_clips_is_a_problem(release: Release) -> None:
    folder = release.clip("v").parent
    assert read(release, frames="link").problems[0].path == str(folder)
    folder.mkdir(parents=True)
    assert read(release, frames="link").one(Code.MISSING_FILE).path == str(release.clip("v"))


def test_a_missing_clip_is_one_error_and_not_the_cause_of_others(release: Release, tmp_path: Path) -> None:
    release.clip("other").parent.mkdir(parents=True)
    with pytest.raises(DatasetError) as caught:
        convert(A2D_SENTENCES, release.root, "test", data=tmp_path / "data")
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert [problem.path for problem in errors] == [str(release.clip("v"))]


def test_everything_that_is_wrong_is_said_in_one_run(release: Release) -> None:
    names = ["cut", "keyless", "few", "sizes", "named", "twice", "folder", "number"]
    release.list_videos([listed(name) for name in names])
    release.list_sentences([[name, 0, "x"] for name in names])
    for name in set(names) - {"folder"}:
        release.annotate(name, frame(3, [0, 1]), frame(4, [0]))
    cut(release.file("cut", 3))
    remove(release.file("keyless", 3), "reMask")
    write_frame(release.file("few", 3), frame(3, [0, 1, 2], masks=2))
    write_frame(release.file("sizes", 4), replace(frame(4, [0]), masks=np.ones((1, 5, 7), np.uint8)))
    release.file("named", 3).rename(release.masks / "named" / "00000.h5")
    shutil.copy(release.file("twice", 3), release.masks / "twice" / "3.h5")
    write_frame(release.file("number", 3), replace(frame(3, [0]), instances=[-1]))
    reading = read(release)
    assert {problem.path: problem.code for problem in reading.problems if problem.severity == "error"} == {
        str(release.file("cut", 3)): Code.UNREADABLE_FILE,
        str(release.file("keyless", 3)): Code.BAD_STRUCTURE,
        str(release.file("few", 3)): Code.WRONG_LENGTH,
        str(release.file("sizes", 4)): Code.WRONG_SIZE,
        str(release.masks / "named" / "00000.h5"): Code.BAD_NAME,
        str(release.masks / "twice" / "3.h5"): Code.DUPLICATE_ID,
        str(release.masks / "folder"): Code.MISSING_FILE,
        str(release.file("number", 3)): Code.BAD_STRUCTURE,
    }


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("Release/videoset.csv", b"v,1,2\n", Code.BAD_STRUCTURE),
        ("Release/videoset.csv", b"v,11,0,5,32,48,12,3,2\n", Code.BAD_STRUCTURE),
        ("Release/videoset.csv", b"v,11,0,5,32,48,12,3,1\n" * 2, Code.DUPLICATE_ID),
        ("Release/videoset.csv", b"", Code.NOTHING_FOUND),
        ("text_annotations/a2d_annotation.txt", b"v,0,no header\n", Code.BAD_STRUCTURE),
        ("text_annotations/a2d_annotation.txt", b"video_id,instance_id,query\nv,one,x\n", Code.BAD_STRUCTURE),
        ("text_annotations/a2d_annotation.txt", b"video_id,instance_id,query\nv,0,caf\xe9\n", Code.NOT_UTF8),
        ("text_annotations/a2d_annotation.txt", b"video_id,instance_id,query\nw,0,x\n", Code.NOTHING_FOUND),
        ("text_annotations/a2d_missed_videos.txt", b"\xff\xfe", Code.NOT_UTF8),
    ],
)
def test_a_damaged_list_is_an_error(release: Release, name: str, content: bytes, code: Code) -> None:
    (release.root / name).write_bytes(content)
    errors = [problem for problem in read(release).problems if problem.severity == "error"]
    assert errors[0].code is code and Path(name).name in errors[0].path


def test_all_missing_files_are_named_at_once(tmp_path: Path) -> None:
    reading = read(Release(tmp_path / "nothing"))
    names = {Path(example).name.split(":")[0] for problem in reading.problems for example in problem.examples}
    assert names == {"videoset.csv", "a2d_missed_videos.txt", "a2d_annotation_with_instances"}
    assert A2D_SENTENCES.splits_in(tmp_path / "nothing") == ()


def test_nothing_is_written_when_a_file_is_cut(release: Release, tmp_path: Path) -> None:
    cut(release.file("v", 9))
    with pytest.raises(DatasetError) as caught:
        convert(A2D_SENTENCES, release.root, "test", data=tmp_path / "data", frames="none")
    assert caught.value.problems[0].path == str(release.file("v", 9))
    assert not (tmp_path / "data" / "a2d-sentences" / "test").exists()
