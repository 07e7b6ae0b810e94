"""Frames of a video file are exact to the frame, in whatever order and process they are read."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from av.container import InputContainer
from av.video.stream import VideoStream
from frame_files import Pixels, decoded_in_one_go, write_video

from rvosbench.errors import Code
from rvosbench.io import video_frames
from rvosbench.io.frames import FramesError, VideoFrames, video_facts

LENGTH = 40


def stems(count: int) -> list[str]:
    return [f"{number:05d}" for number in range(1, count + 1)]


def same(found: Pixels, expected: Pixels) -> bool:
    return np.array_equal(found, expected)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "clip.mp4", LENGTH)


@pytest.fixture(scope="module")
def expected(clip: Path) -> list[Pixels]:
    """An independent reading: everything decoded from the start."""
    frames = decoded_in_one_go(clip)
    assert len(frames) == LENGTH
    assert all(not same(one, other) for one, other in pairwise(frames))
    return frames


def test_any_order_of_reading_gives_the_same_frames(clip: Path, expected: list[Pixels]) -> None:
    order = [*range(LENGTH), *reversed(range(LENGTH))]
    random.Random(3).shuffle(order)
    frames = VideoFrames(clip, stems(LENGTH))
    for index in order:
        assert same(frames.read(index), expected[index]), index


def test_stems_are_numbers_of_frames_from_one_on(clip: Path, expected: list[Pixels]) -> None:
    frames = VideoFrames(clip, ["00013", "00002"])
    assert same(frames.read(0), expected[12])
    assert same(frames.read(1), expected[1])


def test_many_frames_are_read_in_one_pass_and_given_in_the_order_asked_for(
    clip: Path, expected: list[Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = counted_openings(monkeypatch)
    order = [30, 2, 17, 2, 39, 0]
    found = VideoFrames(clip, stems(LENGTH)).read_many(order)
    assert all(same(one, expected[index]) for one, index in zip(found, order, strict=True))
    assert len(opened) <= 2 + 4, "at most once for the packets, and once per key frame"


def test_reading_forward_decodes_every_frame_once(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = VideoFrames(clip, stems(LENGTH))
    frames.missing()
    opened = counted_openings(monkeypatch)
    for index in range(LENGTH):
        frames.read(index)
    assert len(opened) == 1


def counted_openings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    opened: list[Path] = []
    original = video_frames._open_stream

    def counting(path: Path) -> tuple[InputContainer, VideoStream]:
        opened.append(path)
        return original(path)

    monkeypatch.setattr(video_frames, "_open_stream", counting)
    return opened


def test_what_is_done_to_a_frame_does_not_change_the_next_reading(clip: Path, expected: list[Pixels]) -> None:
    frames = VideoFrames(clip, stems(LENGTH))
    frames.read(5)[:] = 0
    assert same(frames.read(5), expected[5])


@pytest.mark.parametrize(
    ("name", "codec"),
    [("clip.mp4", "libx264"), ("clip.avi", "mpeg4"), ("clip.mkv", "libx264"), ("clip.h264", "libx264")],
)
def test_containers_with_and_without_times_agree_with_decoding(tmp_path: Path, name: str, codec: str) -> None:
    """AVI and a bare stream do not say when a frame is shown; then frames are counted."""
    path = write_video(tmp_path / name, 30, codec=codec)
    expected = decoded_in_one_go(path)
    assert video_facts(path).frames == len(expected)
    frames = VideoFrames(path, stems(len(expected)))
    for index in [len(expected) - 1, 3, 4, 20, 0]:
        assert same(frames.read(index), expected[index]), index


def test_facts_are_those_of_the_stream(clip: Path) -> None:
    facts = video_facts(clip)
    assert (facts.frames, facts.height, facts.width, facts.fps) == (LENGTH, 64, 64, 25.0)
    assert VideoFrames(clip, stems(LENGTH)).size() == (64, 64)


def test_frames_are_counted_without_decoding(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_frames, "_decoded", lambda _: pytest.fail("decoded"))
    assert video_facts(clip).frames == LENGTH


def test_stems_that_the_video_does_not_have_are_missing(clip: Path) -> None:
    frames = VideoFrames(clip, ["00001", "00000", "00041", "frame", "00040", "²"])
    assert frames.missing() == ["00000", "00041", "frame", "²"]
    with pytest.raises(FramesError) as caught:
        frames.read(2)
    assert caught.value.problems[0].code is Code.MISSING_FRAME
    with pytest.raises(FramesError):
        frames.read_many([0, 3])
    with pytest.raises(IndexError):
        frames.read(-1)


def test_frames_can_be_pickled_while_they_are_read(clip: Path, expected: list[Pixels]) -> None:
    frames = VideoFrames(clip, stems(LENGTH))
    frames.read(20)
    assert same(pickle.loads(pickle.dumps(frames)).read(21), expected[21])


def test_forked_processes_do_not_disturb_each_other(clip: Path, expected: list[Pixels]) -> None:
    """A fork shares the open file; both sides go on reading from where the parent was."""
    frames = VideoFrames(clip, stems(LENGTH))
    frames.read(10)
    context = multiprocessing.get_context("fork")
    for _ in range(2):
        child = context.Process(target=read_on_or_die, args=(frames, expected))
        child.start()
        for index in range(11, LENGTH):
            assert same(frames.read(index), expected[index]), index
        child.join(60)
        assert child.exitcode == 0


def read_on_or_die(frames: VideoFrames, expected: list[Pixels]) -> None:
    right = all(same(frames.read(index), expected[index]) for index in range(11, LENGTH))
    os._exit(0 if right else 1)


def test_of_thousands_of_videos_only_a_few_stay_open(clip: Path, expected: list[Pixels]) -> None:
    """Files and decoders are the process's to run out of."""
    videos = [VideoFrames(clip, stems(LENGTH)) for _ in range(30)]
    for index in (3, 4):
        for video in videos:
            assert same(video.read(index), expected[index])
    assert sum(video._decoder is not None for video in videos) <= 8


def test_a_video_that_ends_too_early_is_refused(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.raises(FramesError, match="a video that can be decoded"):
        video_facts(path)
    with pytest.raises(FramesError):
        VideoFrames(path, stems(3)).missing()


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(FramesError, match=r"text\.mp4"):
        VideoFrames(tmp_path / "text.mp4", stems(1)).size()


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    with pytest.raises(FramesError, match="without a video stream"):
        video_facts(tmp_path / "sound.wav")


def test_a_video_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(FramesError) as caught:
        VideoFrames(tmp_path / "none.mp4", stems(1)).read(0)
    assert caught.value.problems[0].code is Code.MISSING_FILE


@pytest.mark.parametrize("name", ["01_dog.mp4", "05_default_juggle.mp4"])
def test_real_clips_are_exact_to_the_frame(real_data: Path, name: str) -> None:
    path = real_data / "clips" / name
    expected = decoded_in_one_go(path)
    assert video_facts(path).frames == len(expected)
    frames = VideoFrames(path, stems(len(expected)))
    for index in [*random.Random(5).sample(range(len(expected)), 6), len(expected) - 1, 0]:
        assert same(frames.read(index), expected[index]), index
