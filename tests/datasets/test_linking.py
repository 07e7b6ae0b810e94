"""Frames are not copied: they are checked, named by a URI, and asked for the size of the video."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mevis_release import HEIGHT, WIDTH, jpeg, write_tar

from rvosbench.datasets.base import Options
from rvosbench.datasets.linking import Linked, Size, link_folder, link_tar
from rvosbench.errors import Code, Problem, ProblemLog
from rvosbench.io.frames import INDEX_NAME, write_tar_index

STEMS = ["00000", "00005", "00010"]
SIZE = (HEIGHT, WIDTH)
FORMS = ("folder", "tar", "indexed tar")


class Linking:
    """One video whose frames lie in one of the forms."""

    def __init__(self, root: Path, form: str, members: dict[str, bytes]) -> None:
        self.root, self.form = root, form
        self.log = ProblemLog()
        if form == "folder":
            (root / "JPEGImages" / "v").mkdir(parents=True)
            for stem, content in members.items():
                (root / "JPEGImages" / "v" / f"{stem}.jpg").write_bytes(content)
        else:
            named = {f"{stem}.jpg": content for stem, content in members.items()}
            write_tar(root / "x.tar", "JPEGImages/v/", named)
            write_tar_index(root / "x.tar", root / INDEX_NAME)

    def link(self, size: Size | None = None, frames: str = "link") -> Linked:
        options = Options(self.root, "none" if frames == "none" else "link", target=self.root / "home")
        if self.form == "folder":
            return link_folder(self.root / "JPEGImages" / "v", STEMS, options, size, self.log)
        index = self.root / INDEX_NAME if self.form == "indexed tar" else None
        return link_tar(self.root / "x.tar", "JPEGImages/v", STEMS, options, size, self.log, index)

    def problem(self) -> Problem:
        (problem,) = self.log
        return problem


def pictures(*stems: str) -> dict[str, bytes]:
    return {stem: jpeg(number) for number, stem in enumerate(stems)}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_frames_are_named_and_tell_the_size(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, pictures(*STEMS))
    uri, size = linking.link()
    assert uri == ("file:../JPEGImages/v" if form == "folder" else "tar:../x.tar#JPEGImages/v")
    assert size == SIZE
    assert len(linking.log) == 0


def test_the_size_of_the_masks_is_kept_where_the_frames_agree(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, pictures(*STEMS))
    assert linking.link(SIZE)[1] == SIZE
    assert len(linking.log) == 0


def test_without_frames_nothing_is_looked_at(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, {})
    assert linking.link((7, 9), frames="none") == (None, (7, 9))
    assert linking.link(None, frames="none") == (None, None)
    assert len(linking.log) == 0


def test_frames_of_another_size_than_the_masks_are_a_problem(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, pictures(*STEMS))
    linking.link((WIDTH, HEIGHT))
    assert linking.problem().code is Code.WRONG_SIZE
    assert linking.problem().found == f"frames of {WIDTH}x{HEIGHT}, masks of {HEIGHT}x{WIDTH}"


def test_missing_frames_are_counted_and_the_others_still_tell_the_size(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, pictures("00005"))
    assert linking.link()[1] == SIZE
    assert linking.problem().code is Code.MISSING_FRAME
    assert linking.problem().found == "2 of 3 are missing: 00000, 00010"


def test_a_video_without_any_frame_is_one_problem(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, pictures("other"))
    assert linking.link() == (linking.link(SIZE)[0], None)
    assert linking.problem().code is Code.MISSING_FRAME
    assert linking.problem().found == "none of them"


def test_a_folder_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    log = ProblemLog()
    link_folder(tmp_path / "none", STEMS, Options(tmp_path), None, log)
    assert [problem.path for problem in log] == [str(tmp_path / "none")]


def test_a_broken_image_is_named(tmp_path: Path, form: str) -> None:
    linking = Linking(tmp_path, form, dict.fromkeys(STEMS, b"no image"))
    linking.link()
    assert linking.problem().code is Code.UNREADABLE_FILE
    assert re.search(r"v/00000(\.jpg)?$", linking.problem().path)
    assert linking.problem().examples


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_no_file_can_have_is_a_problem(tmp_path: Path, name: str) -> None:
    log = ProblemLog()
    link_folder(tmp_path / name, STEMS, Options(tmp_path), None, log)
    link_tar(tmp_path / "x.tar", name, STEMS, Options(tmp_path), None, log)
    (problem,) = log
    assert (problem.code, problem.count) == (Code.BAD_NAME, 2)
    assert str(problem).isprintable()


def test_a_tar_that_is_gone_is_named(tmp_path: Path) -> None:
    log = ProblemLog()
    link_tar(tmp_path / "x.tar", "v", STEMS, Options(tmp_path), None, log)
    assert [problem.code for problem in log] == [Code.MISSING_FILE]


def test_a_video_that_lists_no_frames_is_left_to_the_general_checks(tmp_path: Path) -> None:
    log = ProblemLog()
    assert link_folder(tmp_path / "v", [], Options(tmp_path, target=tmp_path), None, log) == ("file:v", None)
    assert len(log) == 0
