"""Masks that belong to other frames are found, those that belong to their own are not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moving_pictures import record
from scoring import make_split

from rvosbench.analysis.drift import SHIFTS, Best, VideoDrift, look_at
from rvosbench.analysis.drift_run import look, problems_of
from rvosbench.cli.app import run
from rvosbench.errors import Code
from rvosbench.report.drift_page import write
from rvosbench.splits.split import Split


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def split(home: Path) -> Split:
    """Each video says by its name what was done to its masks."""
    folder = home / "mevis-v1" / "valid_u"
    frames = home / "frames"
    videos = [
        *(record(frames, folder, f"late{late:+d}", late=late, seed=late + 10) for late in (-2, 1, 3)),
        *(record(frames, folder, f"whole-{seed}", seed=seed) for seed in range(4)),
        record(frames, folder, "aside", aside=(4, -3)),
        record(frames, folder, "still", step=0),
        record(frames, folder, "short", frames=5),
    ]
    return make_split(home, "mevis-v1", "valid_u", videos)


@pytest.fixture(scope="module")
def seen(split: Split) -> dict[str, VideoDrift]:
    return {one.video: one for one in look(split, workers=1)}


@pytest.mark.parametrize("late", [-2, 1, 3])
def test_masks_of_other_frames_are_found_with_the_number_of_frames(
    seen: dict[str, VideoDrift], late: int
) -> None:
    found = seen[f"late{late:+d}"]
    assert found.is_off_in_time
    assert found.shift == late
    assert SHIFTS[int(np.argmax(found.agreement))] == late


@pytest.mark.parametrize("seed", range(4))
def test_masks_of_their_own_frames_are_left_in_peace(seen: dict[str, VideoDrift], seed: int) -> None:
    found = seen[f"whole-{seed}"]
    assert found.reason is None
    assert (found.shift, found.is_off_in_time, found.is_aside) == (0, False, False)


def test_masks_that_lie_aside_are_found_with_where_they_belong(seen: dict[str, VideoDrift]) -> None:
    found = seen["aside"]
    assert found.is_aside
    assert not found.is_off_in_time
    assert abs(found.offset[0] + 4) <= 1
    assert abs(found.offset[1] - 3) <= 1


@pytest.mark.parametrize(
    ("gain", "sureness", "convincing"),
    [(0.07, 4.0, True), (0.0699, 40.0, False), (0.7, 3.99, False), (-0.7, 9.0, False)],
)
def test_a_gain_must_be_large_and_sure_to_be_believed(gain: float, sureness: float, convincing: bool) -> None:
    best = Best(gain, sureness)
    assert best.convincing is convincing
    assert VideoDrift("v", (), shift=1, in_time=best).is_off_in_time is convincing
    assert VideoDrift("v", (), offset=(0, 3), in_place=best).is_aside is convincing


def test_what_moving_the_masks_aside_explains_better_is_not_off_in_time() -> None:
    both = VideoDrift("v", (), shift=1, in_time=Best(0.2, 9), offset=(3, 0), in_place=Best(0.3, 9))
    assert (both.is_off_in_time, both.is_aside) == (False, True)
    late = VideoDrift("v", (), shift=1, in_time=Best(0.3, 9), offset=(3, 0), in_place=Best(0.2, 9))
    assert (late.is_off_in_time, late.is_aside) == (True, False)
    near = VideoDrift("v", (), offset=(2, 0), in_place=Best(0.3, 9))
    assert not near.is_aside, "annotations differ from edges by two pixels"


@pytest.mark.parametrize("name", ["still", "short"])
def test_where_nothing_moves_long_enough_nothing_is_said(seen: dict[str, VideoDrift], name: str) -> None:
    found = seen[name]
    assert "too few to tell" in str(found.reason)
    assert not found.is_off_in_time
    assert not found.is_aside


def test_the_warnings_name_the_videos_and_nothing_else(seen: dict[str, VideoDrift]) -> None:
    aside, late = problems_of(list(seen.values()))
    assert (late.code, late.severity, late.count) == (Code.MASKS_LATE, "warning", 3)
    assert [example.partition(":")[0] for example in late.examples] == ["late+1", "late+3", "late-2"]
    assert (aside.code, aside.path) == (Code.MASKS_BESIDE, "aside")


def test_several_processes_see_what_one_sees(split: Split, seen: dict[str, VideoDrift]) -> None:
    few = replace(split, videos={name: split.videos[name] for name in ("late+1", "whole-0")})
    assert [one.as_json() for one in look(few, workers=2)] == [seen[name].as_json() for name in few.videos]


def test_frames_that_are_gone_are_a_reason_not_a_verdict(home: Path, tmp_path: Path) -> None:
    videos = [record(tmp_path / "frames", tmp_path / "mevis-v1" / "train", "gone", late=2)]
    lost = make_split(tmp_path, "mevis-v1", "train", videos)
    for path in (tmp_path / "frames" / "gone").iterdir():
        path.unlink()
    assert "frames cannot be read" in str(look_at(lost.videos["gone"]).reason)


def test_doctor_writes_a_page_with_pictures_and_warns(
    split: Split, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "look.html"
    code = run(["doctor", "mevis-v1:valid_u", "--data", str(home), "--look", str(page), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == 0  # as without --look: a warning is no damage
    assert {problem["code"] for problem in document["problems"]} == {"RVB160", "RVB161"}
    seen = {video["video"]: video for video in document["look"]["videos"]}
    assert seen["late+3"]["off_in_time"]
    assert seen["late+3"]["shift"] == 3
    text = page.read_text(encoding="utf-8")
    assert text.count("<img") >= 2 * 4 + 4  # both frames of those that are off, one of the others
    assert 'src="data:image/jpeg;base64,' in text
    assert "http" not in text.replace("http-equiv", "")


def test_a_folder_has_the_pictures_beside_the_page(
    split: Split, seen: dict[str, VideoDrift], tmp_path: Path
) -> None:
    page = write([seen["late+1"], seen["still"]], split, tmp_path / "seen")
    assert page == tmp_path / "seen" / "index.html"
    text = (tmp_path / "seen" / "index.html").read_text(encoding="utf-8")
    pictures = sorted(path.name for path in (tmp_path / "seen" / "pictures").iterdir())
    assert len(pictures) == 2
    assert "too few to tell" in text
    assert all(f'src="pictures/{name}"' in text for name in pictures)
