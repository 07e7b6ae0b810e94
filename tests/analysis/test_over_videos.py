"""Work on videos in several processes: in order, and with errors that say as much as in one."""

from __future__ import annotations

import os

import pytest

from rvosbench.analysis.over_videos import over_videos
from rvosbench.errors import Code, DatasetError, Problem, RvosbenchError
from rvosbench.masks.rle import decode

VIDEOS = ("alley", "beach", "cave")


def shout(video: str) -> str:
    return video.upper()


def refuse(video: str) -> str:
    if video == "beach":
        raise DatasetError(Problem(Code.SPLIT_DAMAGED, video, "a", "b", "c"))
    return video


def decode_nonsense(video: str) -> str:
    return str(decode(b"nonsense!", 2, 2))


def die(video: str) -> str:
    os._exit(9)


@pytest.mark.parametrize("workers", [1, 2])
def test_videos_come_in_their_order(workers: int) -> None:
    assert list(over_videos(shout, VIDEOS, workers)) == ["ALLEY", "BEACH", "CAVE"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_arrives_with_its_problems(workers: int) -> None:
    with pytest.raises(DatasetError) as caught:
        list(over_videos(refuse, VIDEOS, workers))
    assert [problem.path for problem in caught.value.problems] == ["beach"]


def test_masks_that_are_none_are_no_defect_of_ours() -> None:
    with pytest.raises(RvosbenchError) as caught:
        list(over_videos(decode_nonsense, VIDEOS, 1))
    assert caught.value.problems[0].code is Code.BAD_RLE
    assert caught.value.problems[0].path == "alley"


def test_a_worker_that_is_killed_ends_the_work_with_a_message() -> None:
    with pytest.raises(RvosbenchError) as caught:
        list(over_videos(die, VIDEOS, 2))
    assert caught.value.problems[0].code is Code.WORKER_DIED
