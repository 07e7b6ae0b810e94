"""A2D-Sentences, from a release built here exactly as its authors lay it out, dirt included."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from a2d_release import DIRT, HEIGHT, WIDTH, Release, frame, listed, read, tiny, write_clip
from numpy.typing import NDArray
from pycocotools import mask as coco

from rvosbench.datasets.a2d_sentences import A2D_SENTENCES
from rvosbench.errors import Code
from rvosbench.io.frames import open_frames
from rvosbench.schema import Role, VideoRecord
from rvosbench.splits.convert import convert


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return tiny(tmp_path / "a2d")


def pixels(video: VideoRecord, instance: int, index: int) -> NDArray[np.uint8] | None:
    """Decoded by another program than the one that encoded."""
    (thing,) = [thing for thing in video.objects if thing.object == str(instance)]
    found = [mask for mask in thing.masks if mask.frame == index]
    if not found:
        return None
    return np.asarray(coco.decode({"size": [video.height, video.width], "counts": found[0].counts}))


def test_masks_are_turned_upright_and_frame_numbers_count_from_one(release: Release) -> None:
    video = read(release).videos["v"]
    assert (video.height, video.width) == (HEIGHT, WIDTH)
    both, second = frame(3, [0, 1]), frame(9, [1])
    np.testing.assert_array_equal(pixels(video, 0, 2), both.masks[0])
    np.testing.assert_array_equal(pixels(video, 1, 2), both.masks[1])
    np.testing.assert_array_equal(pixels(video, 1, 8), second.masks[0])
    assert pixels(video, 0, 8) is None
    assert video.frames[2] == "00003" and video.frames[8] == "00009"


def test_expressions_are_the_instances_in_the_order_of_the_rows(release: Release) -> None:
    sentences = read(release).videos["v"].expressions
    assert [(one.expression, one.text) for one in sentences] == [
        ("1", "a dog, running"),
        ("0", 'the "old" man'),
    ]
    assert [one.objects for one in sentences] == [("1",), ("0",)]


def test_only_annotated_frames_that_list_the_instance_are_scored(release: Release) -> None:
    scored = {one.expression: one.frames for one in read(release).videos["v"].expressions}
    assert scored == {"1": (2, 8), "0": (2,)}


def test_the_last_column_of_the_list_decides_the_split(release: Release) -> None:
    assert list(read(release, "test").videos) == ["v"]
    assert list(read(release, "train").videos) == ["train-video"]


def test_a_release_has_the_splits_of_its_list(release: Release) -> None:
    assert A2D_SENTENCES.splits_in(release.root) == ("train", "test")
    release.list_videos([listed("v")])
    assert A2D_SENTENCES.splits_in(release.root) == ("test",)


def test_an_instance_that_is_listed_with_an_empty_mask_is_scored_all_the_same(release: Release) -> None:
    empty = frame(5, [1])
    release.annotate("v", replace(empty, masks=np.zeros_like(empty.masks)))
    reading = read(release)
    scored = {one.expression: one.frames for one in reading.videos["v"].expressions}
    assert scored["1"] == (2, 4, 8)
    assert pixels(reading.videos["v"], 1, 4) is None
    assert reading.codes() == set()


def test_a_sentence_whose_instance_no_frame_lists_is_left_out(release: Release) -> None:
    release.list_sentences([["v", 0, "a"], ["v", 1, "b"], ["v", 7, "a ghost"]])
    reading = read(release)
    assert [one.expression for one in reading.videos["v"].expressions] == ["0", "1"]
    assert reading.one(Code.LEFT_OUT).path == "v, instance 7"


def test_a_video_whose_sentences_are_all_left_out_is_left_out(release: Release) -> None:
    release.list_sentences([["v", 7, "a ghost"]])
    reading = read(release)
    assert reading.videos == {} and reading.codes() == {Code.LEFT_OUT}


def test_instances_without_a_sentence_are_distractors(release: Release) -> None:
    release.list_sentences([["v", 1, "a dog"]])
    roles = {thing.object: thing.role for thing in read(release).videos["v"].objects}
    assert roles == {"0": Role.DISTRACTOR, "1": Role.TARGET}


def test_the_category_is_the_code_of_actor_and_action(release: Release) -> None:
    categories = {thing.object: thing.category for thing in read(release).videos["v"].objects}
    assert categories == {"0": "11", "1": "78"}


def test_one_instance_may_be_a_single_number(release: Release) -> None:
    with h5py.File(release.file("v", 9), "a") as file:
        del file["instance"]
        file["instance"] = np.float64(1)
    reading = read(release)
    np.testing.assert_array_equal(pixels(reading.videos["v"], 1, 8), frame(9, [1]).masks[0])
    assert reading.codes() == set()


@pytest.mark.parametrize("video", DIRT)
@pytest.mark.parametrize("official", [True, False], ids=["known", "elsewhere"])
def test_of_a_dirty_frame_the_first_masks_are_taken(tmp_path: Path, video: str, official: bool) -> None:
    dirty = DIRT[video]
    name = video if official else "v"
    release = Release(tmp_path)
    release.list_videos([listed(name, frames=40)])
    release.list_sentences([[name, instance, "x"] for instance in sorted(set(dirty.instances))])
    release.list_missed()
    release.annotate(name, dirty)
    reading = read(release)
    for instance in set(dirty.instances):
        first = list(dirty.instances).index(instance)
        found = pixels(reading.videos[name], instance, dirty.number - 1)
        np.testing.assert_array_equal(found, dirty.masks[first])
    problem = reading.one(Code.REPAIRED)
    assert problem.path == str(release.file(name, dirty.number))
    assert ("known of the official release" in problem.fix) == official


@pytest.mark.parametrize(("video", "known"), [("T6bNPuKV-wY", True), ("v", False)])
def test_a_copied_row_is_dropped_and_said(release: Release, video: str, known: bool) -> None:
    release.list_videos([listed(video)])
    release.list_sentences([[video, 1, "a dog"], [video, "1 (copy)", "a dog"]])
    release.annotate(video, frame(3, [1]))
    reading = read(release)
    assert [one.expression for one in reading.videos[video].expressions] == ["1"]
    assert ("known of the official release" in reading.one(Code.REPAIRED).fix) == known


def test_videos_without_sentences_are_left_out_and_recorded(release: Release) -> None:
    """27 of them are listed by the authors; one more has no row."""
    release.list_videos([listed(name) for name in ("v", "missed", "e7Kjy13woXg")])
    release.list_missed("missed")
    release.annotate("e7Kjy13woXg", frame(2, [0]))
    reading = read(release)
    assert list(reading.videos) == ["v"]
    assert reading.notes["videos_without_sentences"] == ["e7Kjy13woXg", "missed"]
    assert reading.one(Code.LEFT_OUT).path == "e7Kjy13woXg"


def test_rows_of_unknown_or_missed_videos_are_left_out_and_said(release: Release) -> None:
    release.list_videos([listed("v"), listed("missed")])
    release.list_missed("missed")
    release.list_sentences([["v", 1, "a"], ["missed", 0, "b"], ["nowhere", 0, "c"]])
    reading = read(release)
    assert list(reading.videos) == ["v"]
    assert "missed" in reading.one(Code.LEFT_OUT).found
    assert "nowhere" in reading.one(Code.UNKNOWN_VIDEO).found


def test_a_row_that_is_there_twice_is_taken_once(release: Release) -> None:
    release.list_sentences([["v", 1, "a dog"], ["v", 1, "a dog"]])
    reading = read(release)
    assert len(reading.videos["v"].expressions) == 1 and reading.codes() == {Code.REPAIRED}


def test_frames_are_those_of_the_clip(release: Release) -> None:
    write_clip(release.clip("v"), 14)
    reading = read(release, frames="link")
    video = reading.videos["v"]
    assert video.frames == tuple(f"{number:05d}" for number in range(1, 15))
    assert video.fps == 10 and reading.codes() == set()
    assert video.frames_uri == "video:../Release/clips320H/v.mp4"
    (release.root / "out").mkdir()
    pictures = open_frames(video.frames_uri, release.root / "out", video.frames)
    assert abs(int(pictures.read(8).mean()) - 16 * 9) < 3


def test_without_clips_the_list_says_how_many_frames_there_are(release: Release) -> None:
    video = read(release).videos["v"]
    assert len(video.frames) == 12 and video.frames_uri is None and video.fps is None


@pytest.mark.parametrize("frames", [8, "", "12.5", "-3", "99999999999999"])
def test_an_annotated_frame_is_never_beyond_the_end(release: Release, frames: object) -> None:
    release.list_videos([listed("v", frames=frames)])
    reading = read(release)
    assert len(reading.videos["v"].frames) == 9
    assert reading.one(Code.REPAIRED).path == "v"


def test_a_clip_that_ends_too_early_is_extended_to_the_last_annotated_frame(release: Release) -> None:
    write_clip(release.clip("v"), 5)
    reading = read(release, frames="link")
    assert len(reading.videos["v"].frames) == 9
    assert reading.one(Code.REPAIRED).found == "frame 9 of 5"


@pytest.mark.parametrize("layout", ["flat", "all in Release", "CLIPS320"])
def test_other_usual_layouts_are_found(release: Release, layout: str) -> None:
    write_clip(release.clip("v"), 12)
    expected = read(release, frames="link").videos["v"]
    if layout == "CLIPS320":
        (release.root / "Release" / "clips320H").rename(release.root / "Release" / "CLIPS320")
    else:
        goal = release.root if layout == "flat" else release.root / "Release"
        for path in [*release.texts.iterdir(), *(release.root / "Release").iterdir()]:
            if path.parent != goal:
                shutil.move(path, goal)
    assert A2D_SENTENCES.splits_in(release.root) == ("train", "test")
    found = read(release, frames="link").videos["v"]
    assert replace(found, frames_uri=None) == replace(expected, frames_uri=None)


def test_hidden_files_beside_the_masks_do_not_matter(release: Release) -> None:
    (release.masks / "v" / "._00003.h5").write_bytes(b"left by another system")
    assert read(release).codes() == set()


def samples_read_plainly(release: Release, split: str) -> dict[str, bytes]:
    """Image id -> RLE, by the shortest way from the files: the oracle."""
    with (release.root / "Release/videoset.csv").open(newline="") as file:
        videos = {row[0] for row in csv.reader(file) if row[-1] == {"train": "0", "test": "1"}[split]}
    videos -= set((release.texts / "a2d_missed_videos.txt").read_text().split())
    samples = {}
    with (release.texts / "a2d_annotation.txt").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["video_id"] in videos]
    for row in rows:
        if "copy" in row["instance_id"]:
            continue
        for path in sorted((release.masks / row["video_id"]).glob("*.h5")):
            with h5py.File(path) as file5:
                instances = list(file5["instance"])
                if int(row["instance_id"]) in instances:
                    masks = file5["reMask"][()].reshape(-1, WIDTH, HEIGHT)
                    mask = masks[instances.index(int(row["instance_id"]))].T
                    name = f"v_{row['video_id']}_f_{int(path.stem)}_i_{row['instance_id']}"
                    samples[name] = coco.encode(np.asfortranarray(mask))["counts"]
    return samples


@pytest.fixture
def larger(tmp_path: Path) -> Release:
    """Twenty videos in either split, of random annotations, with all the dirt there is."""
    random = np.random.default_rng(7)
    made = Release(tmp_path / "a2d")
    names = [f"v{number:02d}-_{number}" for number in range(36)] + list(DIRT)
    made.list_videos([listed(name, int(i % 2), 40) for i, name in enumerate(names)])
    made.list_missed("v03-_3")
    rows: list[list[object]] = []
    for name in names:
        count = len(set(DIRT[name].instances)) if name in DIRT else int(random.integers(1, 4))
        rows += [[name, instance, f"it, number {instance}"] for instance in range(count)]
        frames = [DIRT[name]] if name in DIRT else []
        for number in sorted(random.choice(np.arange(1, 13), 3, replace=False).tolist()):
            shown = random.permutation(count)[: random.integers(1, count + 1)]
            frames.append(frame(number, sorted(shown.tolist())))
        made.annotate(name, *frames)
    made.list_sentences([*rows, ["v05-_5", "1 (copy)", "again"]])
    return made


@pytest.mark.parametrize("split", ["train", "test"])
def test_samples_and_masks_are_those_of_a_plain_reading(larger: Release, split: str) -> None:
    found = {}
    for name, video in read(larger, split).videos.items():
        objects = {thing.object: {mask.frame: mask for mask in thing.masks} for thing in video.objects}
        for sentence in video.expressions:
            for index in sentence.frames or ():
                image = f"v_{name}_f_{int(video.frames[index])}_i_{sentence.expression}"
                found[image] = objects[sentence.expression][index].counts
    expected = samples_read_plainly(larger, split)
    assert len(expected) > 50
    assert found == expected


def test_converting_in_worker_processes_changes_nothing(larger: Release, tmp_path: Path) -> None:
    alone = convert(A2D_SENTENCES, larger.root, "test", data=tmp_path / "1", frames="none", workers=1)
    shared = convert(A2D_SENTENCES, larger.root, "test", data=tmp_path / "2", frames="none", workers=2)
    assert alone.manifest.fingerprint == shared.manifest.fingerprint
    assert alone.manifest.problems == shared.manifest.problems
    assert alone.manifest.counts["samples"] == len(samples_read_plainly(larger, "test"))
    assert alone.manifest.published_counts == {"samples": 3800}
    assert {problem["code"] for problem in alone.manifest.problems} >= {"RVB030", "RVB032"}


def test_an_unchanged_release_is_not_read_again(release: Release, tmp_path: Path) -> None:
    assert convert(A2D_SENTENCES, release.root, "test", data=tmp_path, frames="none").done
    assert not convert(A2D_SENTENCES, release.root, "test", data=tmp_path, frames="none").done
    release.annotate("v", frame(10, [1]))
    assert convert(A2D_SENTENCES, release.root, "test", data=tmp_path, frames="none").done
