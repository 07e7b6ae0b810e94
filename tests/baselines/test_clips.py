"""A clip decodes what is asked for, from a folder, a tar or a film, and keeps little of it."""

from __future__ import annotations

import gc
import json
import tracemalloc
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import frame_files
import many_videos
import numpy as np
import pytest
from numpy.typing import NDArray
from program import Outcome
from rvosbench_baselines.base import Clip, Sentence
from rvosbench_baselines.inference.blind import clip_of, open_blind

from rvosbench.errors import Code, DatasetError

Pixels = NDArray[np.uint8]
Program = Callable[..., Outcome]


class Counted:
    """Frames that know how often each was decoded and how many are alive."""

    def __init__(self, count: int, size: tuple[int, int] = (24, 40)) -> None:
        self._count, self._size = count, size
        self.read_ones: list[int] = []
        self._alive: list[weakref.ref[Pixels]] = []
        self.most = 0

    def __len__(self) -> int:
        return self._count

    def read(self, index: int) -> Pixels:
        self.read_ones.append(index)
        picture = np.full((*self._size, 3), index % 256, np.uint8)
        self._alive = [one for one in self._alive if one() is not None] + [weakref.ref(picture)]
        self.most = max(self.most, len(self._alive))
        return picture

    def read_many(self, indices: Sequence[int]) -> list[Pixels]:
        return [self.read(index) for index in indices]

    def size(self) -> tuple[int, int]:
        return self._size

    def missing(self) -> list[str]:
        return []


def clip(frames: Counted, room: int, size: tuple[int, int] = (24, 40)) -> Clip:
    stems = [f"{number:05d}" for number in range(len(frames))]
    sentence = Sentence("0", "the thing", tuple(range(len(frames))))
    return Clip("clip", size, stems, [sentence], frames, cache_bytes=room * 24 * 40 * 3)


def test_frames_are_decoded_when_asked_for_and_the_last_ones_are_kept() -> None:
    frames = Counted(10)
    one = clip(frames, room=3)
    assert frames.read_ones == []
    for index in (0, 1, 2, 0, 1, 2, 3, 0):
        assert one.frame(index)[0, 0, 0] == index
    assert frames.read_ones == [0, 1, 2, 3, 0]


def test_of_a_long_clip_no_more_frames_are_alive_than_there_is_room_for() -> None:
    frames = Counted(3000)
    one = clip(frames, room=5)
    for index in range(len(one)):
        one.frame(index)
    assert frames.most <= 5 + 1
    assert len(frames.read_ones) == 3000


def test_several_frames_come_in_the_order_asked_for_and_are_read_in_their_own() -> None:
    frames = Counted(10)
    found = clip(frames, room=2).frames([7, 2, 7, 5])
    assert [int(one[0, 0, 0]) for one in found] == [7, 2, 7, 5]
    assert frames.read_ones == [2, 5, 7]


def test_a_frame_cannot_be_changed_for_the_next_sentence() -> None:
    with pytest.raises(ValueError, match="read-only"):
        clip(Counted(1), room=1).frame(0)[:] = 0


def test_a_frame_of_another_size_than_its_masks_is_refused() -> None:
    with pytest.raises(DatasetError) as caught:
        clip(Counted(2, size=(24, 41)), room=1).frame(1)
    problem = caught.value.problems[0]
    assert (problem.code, problem.found) == (Code.WRONG_SIZE, "24 x 41")
    assert "frame 00001" in problem.path


@pytest.mark.parametrize("kind", ["folder", "tar", "video"])
def test_the_same_frames_come_from_a_folder_a_tar_and_a_film(kind: str, tmp_path: Path) -> None:
    split = many_videos.make(tmp_path, videos=1, frames=30, kind=kind)
    one = clip_of(open_blind(split.folder).videos["video-0"], every_frame=True)
    if kind == "video":
        expected = frame_files.decoded_in_one_go(tmp_path / "frames.mp4")
    else:
        expected = [frame_files.picture(number) for number in range(30)]
    for index in (29, 3, 17, 4, 0, 28):
        assert np.array_equal(one.frame(index), expected[index])
    for found, wanted in zip(one.frames(range(30)), expected, strict=True):
        assert np.array_equal(found, wanted)


@pytest.mark.usefixtures("plug_in")
@pytest.mark.parametrize("kind", ["tar", "video"])
def test_a_run_reads_tars_and_films(kind: str, tmp_path: Path, rvosbench: Program) -> None:
    many_videos.make(tmp_path / "home", videos=1, frames=12, kind=kind)
    done = rvosbench(
        *("baseline", "run", "bright", "--dataset", "sample", "--data", tmp_path / "home"),
        *("--out", tmp_path / "out", "--json"),
    )
    assert (done.code, json.loads(done.out)["computed"]) == (0, 1)
    assert len(list((tmp_path / "out" / "video-0" / "0").iterdir())) == 12


@pytest.mark.usefixtures("plug_in")
@pytest.mark.parametrize("form", ["png", "davis"])
def test_the_memory_of_a_run_does_not_grow_with_the_length_of_the_video(
    form: str, tmp_path: Path, rvosbench: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = "ref-davis17" if form == "davis" else "sample"
    monkeypatch.setattr(Clip.__init__, "__defaults__", (4 * 24 * 40 * 3,))
    peaks = {}
    for frames in (20, 20, 400):  # the first to warm up
        home = tmp_path / f"{frames}-{len(list(tmp_path.iterdir()))}"
        many_videos.make(home, dataset, videos=1, frames=frames)
        gc.collect()
        tracemalloc.start()
        arguments = ("--dataset", dataset, "--data", home, "--out", home / "out", "--form", form)
        assert rvosbench("baseline", "run", "bright", *arguments).code == 0
        peaks[frames] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    pictures = 400 * 24 * 40 * 3
    assert peaks[400] - peaks[20] < pictures / 2, peaks
