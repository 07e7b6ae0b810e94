"""JHMDB-Sentences, from a release built here just as its authors lay it out, and lists of scored frames."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from rvosbench.datasets.base import Options
from rvosbench.datasets.jhmdb_sentences import JHMDB_SENTENCES
from rvosbench.errors import Code, Problem, ProblemLog
from rvosbench.io.frames import open_frames
from rvosbench.schema import Role, VideoRecord
from rvosbench.splits.convert import convert

HEIGHT, WIDTH = 12, 16
Masks = NDArray[np.uint8]  # [height, width, frame]
Sample = list[object]


def random_masks(seed: int, frames: int) -> Masks:
    return np.random.default_rng(seed).integers(0, 2, (HEIGHT, WIDTH, frames), np.uint8)


@dataclass(frozen=True)
class Release:
    root: Path

    def masks(self, action: str, video: str) -> Path:
        return self.root / "puppet_mask" / action / video / "puppet_mask.mat"

    def pictures(self, action: str, video: str) -> Path:
        return self.root / "Rename_Images" / action / video

    def list_sentences(self, rows: Iterable[Sequence[object]]) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "jhmdb_annotation.txt").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("video_id", "query"), *rows])

    def add(self, action: str, video: str, masks: Masks, pictures: int | None = None) -> None:
        """`pictures` is the number of frames, by default as many as masks."""
        self.masks(action, video).parent.mkdir(parents=True)
        scipy.io.savemat(self.masks(action, video), {"part_mask": masks}, do_compression=True)
        self.pictures(action, video).mkdir(parents=True)
        for number in range(1, (masks.shape[-1] if pictures is None else pictures) + 1):
            image = Image.new("RGB", (WIDTH, HEIGHT), (10 * number, 0, 0))
            image.save(self.pictures(action, video) / f"{number:05d}.png")

    def list_samples(self, samples: Iterable[object]) -> Path:
        path = self.root / "samples.json"
        path.write_text(json.dumps(list(samples)), encoding="utf-8")
        return path


def sample(video: str, number: int, total: int) -> Sample:
    """As the lists that go about have it, paths of another machine included."""
    frame, masks = f"./jhmdb/Rename_Images/x/{video}/{number:05d}.png", f"./jhmdb/puppet_mask/x/{video}/p.mat"
    return [video, frame, masks, total, "a sentence"]


RUN, WAVE = random_masks(1, 5), random_masks(2, 4)
SAMPLES = [sample("first_run", n, 5) for n in (4, 1, 2)] + [sample("wave, 2", n, 4) for n in (1, 3, 4)]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    made = Release(tmp_path / "jhmdb")
    made.list_sentences([["first_run", "a man, running"], ["wave, 2", 'she "waves"']])
    made.add("run", "first_run", RUN)
    made.add("wave", "wave, 2", WAVE)
    return made


@dataclass(frozen=True)
class Reading:
    videos: Mapping[str, VideoRecord]
    problems: Sequence[Problem]
    notes: Mapping[str, Any]

    def codes(self) -> set[Code]:
        return {problem.code for problem in self.problems}

    def one(self, code: Code) -> Problem:
        (problem,) = [problem for problem in self.problems if problem.code is code]
        return problem


def read(release: Release, listed: Iterable[object] | None = SAMPLES, **options: Any) -> Reading:
    log = ProblemLog()
    asked = replace(Options(scratch=release.root, frames="none", target=release.root / "out"), **options)
    if listed is not None:
        asked = replace(asked, samples=release.list_samples(listed))
    opened = JHMDB_SENTENCES.open(release.root, "test", asked, log)
    if opened is None:
        return Reading({}, list(log), {})
    videos = {name: opened.read(name, log) for name in opened.videos}
    kept = {name: video for name, video in videos.items() if video is not None}
    return Reading(kept, list(log), opened.notes)


def decoded(video: VideoRecord) -> Masks:
    """By another program than the one that encoded."""
    pixels = np.zeros((HEIGHT, WIDTH, len(video.frames)), np.uint8)
    for mask in video.objects[0].masks:
        pixels[:, :, mask.frame] = coco.decode({"size": [HEIGHT, WIDTH], "counts": mask.counts})
    return pixels


def test_a_video_has_one_person_one_sentence_and_a_frame_for_each_mask(release: Release) -> None:
    video = read(release).videos["wave, 2"]
    assert (video.height, video.width, video.frames) == (HEIGHT, WIDTH, ("00001", "00002", "00003", "00004"))
    (person,), (sentence,) = video.objects, video.expressions
    assert (person.object, person.category, person.role) == ("1", "wave", Role.TARGET)
    assert (sentence.expression, sentence.text, sentence.objects) == ("0", 'she "waves"', ("1",))
    np.testing.assert_array_equal(decoded(video), WAVE)


def test_a_file_of_version_7_3_gives_the_same_masks(release: Release) -> None:
    path = release.masks("run", "first_run")
    path.unlink()
    with h5py.File(path, "w") as file:
        file["part_mask"] = RUN.transpose()
    np.testing.assert_array_equal(decoded(read(release).videos["first_run"]), RUN)


def test_a_single_mask_is_a_video_of_one_frame(release: Release) -> None:
    shutil.rmtree(release.masks("run", "first_run").parent)
    shutil.rmtree(release.pictures("run", "first_run"))
    release.add("run", "first_run", RUN[:, :, 0], pictures=1)
    video = read(release, None, frames="link").videos["first_run"]
    assert video.frames == ("00001",)
    np.testing.assert_array_equal(decoded(video), RUN[:, :, :1])


def test_frames_without_the_person_have_no_mask(release: Release) -> None:
    masks = RUN.copy()
    masks[:, :, 2] = 0
    scipy.io.savemat(release.masks("run", "first_run"), {"part_mask": masks})
    video = read(release).videos["first_run"]
    assert [mask.frame for mask in video.objects[0].masks] == [0, 1, 3, 4]
    assert len(video.frames) == 5


def test_the_frames_of_the_list_are_scored(release: Release) -> None:
    reading = read(release)
    scored = {name: video.expressions[0].frames for name, video in reading.videos.items()}
    assert scored == {"first_run": (0, 1, 3), "wave, 2": (0, 2, 3)}
    assert reading.codes() == set()


def test_the_manifest_knows_the_list_by_its_checksum(release: Release, tmp_path: Path) -> None:
    path = release.list_samples(SAMPLES)
    made = convert(JHMDB_SENTENCES, release.root, "test", data=tmp_path, frames="none", samples=path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert made.manifest.notes["samples"] == {"file": "samples.json", "sha256": digest, "samples": 6}
    assert made.manifest.counts["samples"] == 6


def test_without_a_list_no_frame_is_chosen_and_that_is_said(release: Release, tmp_path: Path) -> None:
    reading = read(release, None)
    assert [video.expressions[0].frames for video in reading.videos.values()] == [None, None]
    assert reading.notes["samples"] is None
    problem = reading.one(Code.MISSING_FILE)
    assert problem.severity == "warning" and "--samples" in problem.fix


def test_samples_are_compared_with_the_published_number_only_where_there_is_a_list(
    release: Release, tmp_path: Path
) -> None:
    path = release.list_samples(SAMPLES)
    listed = convert(JHMDB_SENTENCES, release.root, "test", data=tmp_path / "1", frames="none", samples=path)
    free = convert(JHMDB_SENTENCES, release.root, "test", data=tmp_path / "2", frames="none")
    everything = {"videos": 928, "frames": 31_838, "expressions": 928, "samples": 2_784}
    assert listed.manifest.published_counts == everything
    assert free.manifest.published_counts == {k: v for k, v in everything.items() if k != "samples"}
    assert any("2784 samples" in problem["expected"] for problem in listed.manifest.problems)
    assert not any("samples, as" in problem["expected"] for problem in free.manifest.problems)


def test_another_list_makes_another_split(release: Release, tmp_path: Path) -> None:
    other = [sample("first_run", n, 5) for n in (1, 2, 3)] + SAMPLES[3:]
    prints = set()
    for number, samples in enumerate([SAMPLES, SAMPLES[::-1], other]):
        made = convert(
            JHMDB_SENTENCES,
            release.root,
            "test",
            data=tmp_path / str(number),
            frames="none",
            samples=release.list_samples(samples),
        )
        prints.add(made.manifest.fingerprint)
    assert len(prints) == 2  # the order of the list does not matter


def test_frames_are_linked_and_those_after_the_last_mask_left_out(release: Release) -> None:
    shutil.rmtree(release.pictures("wave", "wave, 2"))
    shutil.rmtree(release.masks("wave", "wave, 2").parent)
    release.add("wave", "wave, 2", WAVE, pictures=6)
    reading = read(release, frames="link")
    video = reading.videos["wave, 2"]
    assert video.frames_uri == "file:../Rename_Images/wave/wave, 2"
    (release.root / "out").mkdir()
    pictures = open_frames(video.frames_uri, release.root / "out", video.frames)
    assert len(pictures) == 4 and pictures.read(2)[0, 0].tolist() == [30, 0, 0]
    problem = reading.one(Code.LEFT_OUT)
    assert (problem.path, problem.found) == ("wave, 2", "2 frames after the last mask")


def test_frames_that_are_missing_or_of_another_size_are_errors(release: Release) -> None:
    (release.pictures("wave", "wave, 2") / "00003.png").unlink()
    for path in release.pictures("run", "first_run").iterdir():
        Image.new("RGB", (WIDTH + 1, HEIGHT)).save(path)
    assert read(release, frames="link").codes() == {Code.MISSING_FRAME, Code.WRONG_SIZE}
    assert read(release).codes() == set()


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        ([*SAMPLES, sample("nowhere", 1, 5)], Code.UNKNOWN_VIDEO),
        ([*SAMPLES[:5], sample("wave, 2", 5, 4)], Code.MISSING_FRAME),
        ([*SAMPLES[:5], SAMPLES[3]], Code.DUPLICATE_ID),
        ([*SAMPLES[:5], sample("wave, 2", 0, 4)], Code.BAD_NAME),
        ([*SAMPLES[:5], ["wave, 2", "cover.png", "", 4, ""]], Code.BAD_NAME),
        ([*SAMPLES[:5], SAMPLES[5][:4]], Code.BAD_STRUCTURE),
        ([*SAMPLES[:5], {"video": "wave, 2"}], Code.BAD_STRUCTURE),
        ([*SAMPLES[:5], [*SAMPLES[5][:3], "4", "x"]], Code.BAD_STRUCTURE),
        ([], Code.NOTHING_FOUND),
    ],
    ids=[
        "unknown video",
        "no mask",
        "twice",
        "frame 0",
        "no number",
        "short",
        "no list",
        "wrong type",
        "empty",
    ],
)
def test_a_sample_that_does_not_fit_is_an_error(release: Release, samples: list[object], code: Code) -> None:
    errors = {problem.code for problem in read(release, samples).problems if problem.severity == "error"}
    assert errors == {code}


def test_all_that_is_wrong_with_a_list_is_said_at_once(release: Release) -> None:
    reading = read(release, [sample("nowhere", 1, 5), sample("wave, 2", 9, 4), 7, SAMPLES[0], SAMPLES[0]])
    errors = {problem.code for problem in reading.problems if problem.severity == "error"}
    assert errors == {Code.UNKNOWN_VIDEO, Code.MISSING_FRAME, Code.BAD_STRUCTURE, Code.DUPLICATE_ID}


def test_another_number_of_samples_than_three_is_said(release: Release) -> None:
    reading = read(release, SAMPLES[:5])
    problem = reading.one(Code.COUNTS_DIFFER)
    assert (problem.path, problem.found, problem.severity) == ("wave, 2", "2", "warning")
    assert reading.videos["wave, 2"].expressions[0].frames == (0, 2)


def test_a_video_without_samples_is_left_out_and_said(release: Release) -> None:
    reading = read(release, SAMPLES[:3])
    assert list(reading.videos) == ["first_run"]
    assert reading.one(Code.LEFT_OUT).path == "wave, 2"


def test_a_list_made_from_other_masks_is_noticed_by_the_number_of_frames(release: Release) -> None:
    problem = read(release, [*SAMPLES[:3], *[sample("wave, 2", n, 40) for n in (1, 3, 4)]]).one(
        Code.WRONG_LENGTH
    )
    assert (problem.path, problem.found) == ("wave, 2", "4 instead of 40")


@pytest.mark.parametrize("content", [b"[[", b"\xff\xfe", b"{}"], ids=["cut", "not text", "no list"])
def test_a_damaged_list_is_an_error(release: Release, content: bytes) -> None:
    path = release.list_samples([])
    path.write_bytes(content)
    (problem,) = read(release, None, samples=path).problems
    assert problem.path == str(path) and problem.severity == "error"


def test_everything_that_is_wrong_with_masks_is_said_in_one_run(release: Release) -> None:
    names = ["cut", "keyless", "flat", "text", "nowhere", "twice"]
    release.list_sentences([[name, "x"] for name in names])
    for name in set(names) - {"nowhere"}:
        release.add("clap", name, RUN)
    cut = release.masks("clap", "cut")
    cut.write_bytes(cut.read_bytes()[:150])
    scipy.io.savemat(release.masks("clap", "keyless"), {"other": RUN})
    scipy.io.savemat(release.masks("clap", "flat"), {"part_mask": np.zeros((2, 3, 4, 5))})
    scipy.io.savemat(release.masks("clap", "text"), {"part_mask": "mask"})
    release.add("walk", "twice", RUN)
    found = {example.split(": ")[0]: p.code for p in read(release, None).problems for example in p.examples}
    del found[str(release.root)]  # that there is no list of samples
    assert found == {
        str(cut): Code.UNREADABLE_FILE,
        str(release.masks("clap", "keyless")): Code.BAD_STRUCTURE,
        str(release.masks("clap", "flat")): Code.BAD_STRUCTURE,
        str(release.masks("clap", "text")): Code.BAD_STRUCTURE,
        str(release.masks("*", "nowhere")): Code.MISSING_FILE,
        str(release.masks("walk", "twice")): Code.DUPLICATE_ID,
    }


@pytest.mark.parametrize(
    ("second", "code"), [("a man, running", Code.REPAIRED), ("a horse", Code.DUPLICATE_ID)]
)
def test_a_video_has_one_sentence(release: Release, second: str, code: Code) -> None:
    rows = [["first_run", "a man, running"], ["wave, 2", "she waves"], ["first_run", second]]
    release.list_sentences(rows)
    assert read(release).one(code).path == "jhmdb_annotation.txt:4"


def test_a_missing_list_of_sentences_is_an_error_and_no_split(tmp_path: Path) -> None:
    assert JHMDB_SENTENCES.splits_in(tmp_path) == ()
    problem = read(Release(tmp_path), None).one(Code.MISSING_FILE)
    assert problem.path == str(tmp_path / "jhmdb_annotation.txt")


def test_converting_in_worker_processes_changes_nothing(tmp_path: Path) -> None:
    release = Release(tmp_path / "jhmdb")
    names = [f"v{number}" for number in range(18)]
    release.list_sentences([[name, f"sentence of {name}"] for name in names])
    for seed, name in enumerate(names):
        release.add("run" if seed % 2 else "walk", name, random_masks(seed, 3 + seed % 4))
    path = release.list_samples(
        sample(name, n, 3 + seed % 4) for seed, name in enumerate(names) for n in (1, 2, 3)
    )
    alone, shared = (
        convert(JHMDB_SENTENCES, release.root, "test", data=tmp_path / str(n), samples=path, workers=n)
        for n in (1, 2)
    )
    assert alone.manifest.fingerprint == shared.manifest.fingerprint
    assert alone.manifest.problems == shared.manifest.problems
    assert alone.manifest.counts["samples"] == 54
