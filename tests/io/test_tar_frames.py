"""Frames in a tar are read in place; where they lie is found once and kept."""

from __future__ import annotations

import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from frame_files import HEIGHT, WIDTH, encoded, picture, write_folder, write_tar

from rvosbench.errors import Code
from rvosbench.io import tar_frames
from rvosbench.io.frames import (
    FolderFrames,
    FramesError,
    TarFrames,
    members_below,
    tar_index,
    write_tar_index,
)

STEMS = ["00000", "00005", "00010"]


def members(videos: int, frames: int = 3) -> dict[str, bytes]:
    return {
        f"JPEGImages/video{video:03d}/{stem}.png": encoded(number)
        for video in range(videos)
        for number, stem in enumerate(STEMS[:frames])
    }


def blind(tar: Path) -> None:
    """Make the headers unreadable, but leave size and time as they are: only a kept index can help."""
    about = tar.stat()
    with tarfile.open(tar) as archive:
        headers = [member.offset for member in archive]
    with tar.open("r+b") as file:
        for offset in headers:
            file.seek(offset)
            file.write(b"\xff" * 512)
    os.utime(tar, ns=(about.st_atime_ns, about.st_mtime_ns))


def test_a_tar_gives_the_frames_of_the_folder_it_was_made_of(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "JPEGImages" / "v", STEMS, ".jpg")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(tmp_path / "JPEGImages", "JPEGImages")
    packed, loose = TarFrames(tmp_path / "x.tar", "JPEGImages/v", STEMS), FolderFrames(folder, STEMS)
    assert packed.missing() == []
    assert packed.size() == (HEIGHT, WIDTH)
    for index in range(3):
        assert np.array_equal(packed.read(index), loose.read(index))
    assert np.array_equal(packed.read_many([2, 0])[1], loose.read(0))


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_index_is_that_of_tarfile(tmp_path: Path, form: int) -> None:
    long = "/".join(["JPEGImages", "x" * 80, "é" * 20 if form != tarfile.USTAR_FORMAT else "y" * 20, "0.jpg"])
    folder = write_folder(tmp_path / "frames", STEMS)
    with tarfile.open(tmp_path / "x.tar", "w", format=form) as archive:
        archive.add(folder, "frames")
        archive.add(folder / "00000.png", long)
    with tarfile.open(tmp_path / "x.tar") as archive:
        expected = {one.name: (one.offset_data, one.size) for one in archive if one.isfile()}
    index = tar_index(tmp_path / "x.tar")
    assert dict(index.items()) == expected
    assert long in index and "frames" not in index
    assert len(index) == 4


def test_a_tar_of_the_present_folder_is_the_same(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "x.tar", {"./v/0.png": encoded(0), "v/1.png": encoded(1)})
    assert TarFrames(tar, "v", ["0", "1"]).missing() == []


def test_of_two_members_of_one_name_the_later_counts_as_when_unpacked(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "x.tar", {"v/0.png": encoded(3)})
    write_tar(tar, {"v/0.png": encoded(7)}, "a")
    assert np.array_equal(TarFrames(tar, "v", ["0"]).read(0), picture(7))
    assert len(tar_index(tar)) == 1


def test_a_video_is_not_taken_for_one_whose_name_begins_alike(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "x.tar", {"v1/0.png": encoded(0), "v/1.png": encoded(1), "v./2.png": b""})
    assert list(members_below(tar, "v", None)) == ["v/1.png"]
    assert len(members_below(tar, "", None)) == 3
    assert TarFrames(tar, "v", ["0", "1"]).missing() == ["0"]


def test_a_kept_index_spares_the_walk(tmp_path: Path) -> None:
    tar, index = write_tar(tmp_path / "x.tar", members(3)), tmp_path / "frames.index.parquet"
    write_tar_index(tar, index)
    blind(tar)
    frames = TarFrames(tar, "JPEGImages/video001", STEMS, index)
    assert frames.missing() == []
    assert np.array_equal(frames.read(2), picture(2))
    with pytest.raises(FramesError):
        TarFrames(tar, "JPEGImages/video001", STEMS).missing()


def test_every_video_is_found_in_an_index_of_many_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tar_frames, "_ROWS_PER_GROUP", 8)
    tar = write_tar(tmp_path / "x.tar", dict.fromkeys(members(30), b""))
    write_tar_index(tar, tmp_path / "index")
    assert pq.ParquetFile(tmp_path / "index").num_row_groups == 12
    for video in range(30):
        below = members_below(tar, f"JPEGImages/video{video:03d}", tmp_path / "index")
        assert [Path(name).stem for name in below] == STEMS, video
    assert members_below(tar, "JPEGImages/video030", tmp_path / "index") == {}


def test_an_index_of_another_state_of_the_tar_is_not_believed(tmp_path: Path) -> None:
    tar, index = write_tar(tmp_path / "x.tar", members(1, frames=2)), tmp_path / "index"
    write_tar_index(tar, index)
    write_tar(tar, members(1), "a")
    assert TarFrames(tar, "JPEGImages/video000", STEMS, index).missing() == []


def test_a_copied_tar_is_known_again_though_its_time_is_another(tmp_path: Path) -> None:
    tar, index = write_tar(tmp_path / "x.tar", members(2)), tmp_path / "index"
    write_tar_index(tar, index)
    os.utime(tar, (1, 1))
    with tarfile.open(tar) as archive:
        other_video = archive.getmembers()[0].offset
    with tar.open("r+b") as file:  # a walk would stumble here
        file.seek(other_video)
        file.write(b"\xff" * 512)
    assert TarFrames(tar, "JPEGImages/video001", STEMS, index).missing() == []


def test_a_tar_of_the_same_size_with_other_members_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    tar, index = tmp_path / "x.tar", tmp_path / "index"
    write_tar(tar, {"v/0.png": encoded(0), "v/1.png": bytes(600)})
    write_tar_index(tar, index)
    size = tar.stat().st_size
    write_tar(tar, {"v/1.png": bytes(600), "v/0.png": encoded(7)})
    os.utime(tar, (1, 1))
    assert tar.stat().st_size == size
    assert np.array_equal(TarFrames(tar, "v", ["0"], index).read(0), picture(7))


@pytest.mark.parametrize("content", [b"", b"PAR1 no", None])
def test_a_damaged_or_absent_index_costs_time_but_nothing_else(tmp_path: Path, content: bytes | None) -> None:
    tar, index = write_tar(tmp_path / "x.tar", members(1)), tmp_path / "index"
    if content is not None:
        index.write_bytes(content)
    assert TarFrames(tar, "JPEGImages/video000", STEMS, index).missing() == []


def test_the_walk_tells_how_far_it_came(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "x.tar", members(20))
    passed: list[int] = []
    tar_index(tar, passed.append)
    assert len(passed) == 60
    assert 0.8 * tar.stat().st_size < sum(passed) <= tar.stat().st_size


@pytest.mark.parametrize("mode", ["w:gz", "w:xz"])
def test_a_compressed_tar_is_refused(tmp_path: Path, mode: str) -> None:
    tar = write_tar(tmp_path / "x.tar", members(1), mode)
    with pytest.raises(FramesError, match="not compressed"):
        tar_index(tar)


def test_a_tar_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "x.tar", members(2))
    with tarfile.open(tar) as archive:
        last = archive.getmembers()[-1]
    os.truncate(tar, last.offset_data + last.size - 1)
    with pytest.raises(FramesError, match="a whole tar"):
        tar_index(tar)


def test_a_tar_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(FramesError) as caught:
        TarFrames(tmp_path / "x.tar", "v", STEMS).missing()
    assert caught.value.problems[0].code is Code.MISSING_FILE
    assert caught.value.problems[0].path == str(tmp_path / "x.tar")


def test_a_missing_frame_is_named(tmp_path: Path) -> None:
    frames = TarFrames(write_tar(tmp_path / "x.tar", members(1, frames=2)), "JPEGImages/video000", STEMS)
    assert frames.missing() == ["00010"]
    with pytest.raises(FramesError, match=r"JPEGImages/video000/00010"):
        frames.read(2)


def test_frames_of_a_tar_can_be_pickled_after_use(tmp_path: Path) -> None:
    frames = TarFrames(write_tar(tmp_path / "x.tar", members(1)), "JPEGImages/video000", STEMS)
    assert np.array_equal(frames.read(1), picture(1))
    assert np.array_equal(pickle.loads(pickle.dumps(frames)).read(2), picture(2))
