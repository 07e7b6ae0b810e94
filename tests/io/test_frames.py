"""Frames are named by a URI and read from where the release has them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from frame_files import HEIGHT, WIDTH, encoded, picture, write_folder, write_tar, write_video
from PIL import Image

from rvosbench.errors import Code, DatasetError
from rvosbench.io.frames import (
    FolderFrames,
    FramesError,
    folder_uri,
    open_frames,
    tar_uri,
    video_uri,
)

STEMS = ["00000", "00005", "00010"]


def folder_case(release: Path, target: Path) -> str:
    return folder_uri(write_folder(release / "JPEGImages" / "v", STEMS), target)


def tar_case(release: Path, target: Path) -> str:
    members = {f"JPEG#Images/v/{stem}.png": encoded(number) for number, stem in enumerate(STEMS)}
    return tar_uri(write_tar(release / "frames.tar", members), "JPEG#Images/v", target)


def video_case(release: Path, target: Path) -> str:
    return video_uri(write_video(release / "v.mp4", 12), target)


@pytest.mark.parametrize("name", ["release", "with space", "a#b", "100%23", "Größe 映像", "a:b", "?x=1&y"])
@pytest.mark.parametrize("case", [folder_case, tar_case, video_case])
def test_a_path_may_hold_any_character(tmp_path: Path, name: str, case: Callable[[Path, Path], str]) -> None:
    target = tmp_path / "home" / "mevis-v1" / "train"
    uri = case(tmp_path / name, target)
    frames = open_frames(uri, target, ["00001"] if case is video_case else STEMS)
    assert frames.missing() == []
    assert frames.read(0).shape == (*frames.size(), 3)


def test_uris_are_those_of_the_schema(tmp_path: Path) -> None:
    target = tmp_path / "home" / "mevis-v1" / "train"
    release = tmp_path / "mevis"
    assert folder_uri(release / "JPEGImages" / "v", target) == "file:../../../mevis/JPEGImages/v"
    assert tar_uri(release / "x.tar", "a/b", target) == "tar:../../../mevis/x.tar#a/b"
    assert video_uri(release / "v.mp4", target) == "video:../../../mevis/v.mp4"


def test_a_home_behind_a_link_still_finds_the_frames(tmp_path: Path) -> None:
    """`..` leads up from where the link points to."""
    (tmp_path / "disk" / "deep" / "down").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "disk" / "deep" / "down", target_is_directory=True)
    target = tmp_path / "home" / "mevis-v1" / "train"
    uri = folder_uri(write_folder(tmp_path / "release" / "v", STEMS), target)
    target.mkdir(parents=True)
    assert open_frames(uri, target, STEMS).missing() == []
    assert open_frames(uri, target.resolve(), STEMS).missing() == []


def test_a_release_that_moves_with_its_home_is_found_again(tmp_path: Path) -> None:
    target = tmp_path / "old" / "home" / "train"
    uri = folder_uri(write_folder(tmp_path / "old" / "release" / "v", STEMS), target)
    (tmp_path / "old").rename(tmp_path / "new")
    assert open_frames(uri, tmp_path / "new" / "home" / "train", STEMS).missing() == []


@pytest.mark.parametrize("uri", ["", "folder", "file:", "tar:x.tar", "https://example.org/v"])
def test_another_uri_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(FramesError) as caught:
        open_frames(uri, tmp_path, STEMS)
    assert caught.value.problems[0].code is Code.BAD_STRUCTURE


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".JPG", ".JPEG"])
def test_frames_are_found_by_their_stems_whatever_the_suffix(tmp_path: Path, suffix: str) -> None:
    frames = FolderFrames(write_folder(tmp_path / "v", STEMS, suffix), STEMS)
    assert frames.missing() == []
    assert frames.size() == (HEIGHT, WIDTH)
    assert np.abs(frames.read(2).astype(int) - picture(2)).mean() < 4


def test_pixels_are_read_as_rgb_in_the_order_asked_for(tmp_path: Path) -> None:
    frames = FolderFrames(write_folder(tmp_path / "v", STEMS), STEMS)
    assert len(frames) == 3
    assert np.array_equal(frames.read(1), picture(1))
    for found, number in zip(frames.read_many([2, 0, 2]), [2, 0, 2], strict=True):
        assert np.array_equal(found, picture(number))


def test_of_two_images_of_one_stem_the_jpeg_is_the_frame(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", ["0"], ".png")
    Image.new("RGB", (8, 8)).save(folder / "0.jpg")
    assert FolderFrames(folder, ["0"]).size() == (8, 8)


def test_a_stem_may_hold_dots(tmp_path: Path) -> None:
    frames = FolderFrames(write_folder(tmp_path / "v", ["clip.1.frame"]), ["clip.1.frame", "clip.1"])
    assert frames.missing() == ["clip.1"]


def test_gray_frames_have_three_channels_too(tmp_path: Path) -> None:
    Image.new("L", (5, 4), 9).save(tmp_path / "0.png")
    assert FolderFrames(tmp_path, ["0"]).read(0).tolist() == [[[9, 9, 9]] * 5] * 4


def test_missing_frames_are_listed_and_the_size_is_that_of_one_that_is_there(tmp_path: Path) -> None:
    frames = FolderFrames(write_folder(tmp_path / "v", STEMS[1:]), STEMS)
    assert frames.missing() == ["00000"]
    assert frames.size() == (HEIGHT, WIDTH)
    with pytest.raises(FramesError) as caught:
        frames.read(0)
    assert caught.value.problems[0].code is Code.MISSING_FRAME
    assert caught.value.problems[0].path.endswith("00000.jpg")


def test_a_folder_that_is_not_there_has_no_frames(tmp_path: Path) -> None:
    assert FolderFrames(tmp_path / "none", STEMS).missing() == STEMS


@pytest.mark.parametrize("content", [b"", b"no image", encoded(0, ".jpg")[:300]])
def test_a_broken_image_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "0.jpg").write_bytes(content)
    with pytest.raises(FramesError, match="expected a whole image") as caught:
        FolderFrames(tmp_path, ["0"]).read(0)
    assert caught.value.problems[0].path == str(tmp_path / "0.jpg")


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_the_video_is_an_index_error(tmp_path: Path, index: int) -> None:
    with pytest.raises(IndexError):
        FolderFrames(write_folder(tmp_path / "v", STEMS), STEMS).read(index)


def test_the_error_is_one_of_datasets_and_comes_whole_from_other_processes() -> None:
    error = FramesError("clip.mp4", expected="a video", reason="nothing", fix="look for it")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, FramesError)
    assert isinstance(again, DatasetError)
    assert (again.problems, again.reason, str(again)) == (error.problems, "nothing", str(error))
