"""One bad video is reported and costs nothing but itself; the next run computes just what failed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import bright_baseline
import many_videos
import one_run
import pytest
from program import Outcome

pytestmark = pytest.mark.usefixtures("plug_in")

Program = Callable[..., Outcome]


@pytest.fixture
def arguments(tmp_path: Path) -> list[object]:
    many_videos.make(tmp_path / "home", videos=3)
    return ["baseline", "run", "bright", "--dataset", "sample", "--data", tmp_path / "home"]


def failed(outcome: Outcome) -> dict[str, list[str]]:
    """Video -> codes."""
    return {
        one["video"]: [problem["code"] for problem in one["problems"]]
        for one in json.loads(outcome.out)["failed"]
    }


def test_an_error_of_the_model_is_named_and_the_next_run_computes_only_what_failed(
    arguments: list[object], tmp_path: Path, rvosbench: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIGHT_FAILS", "video-1")
    out = tmp_path / "out"
    done = rvosbench(*arguments, "--out", out, "--json")
    assert done.code == 1
    assert failed(done) == {"video-1": ["RVB205"]}
    document = json.loads(done.out)
    assert (document["computed"], document["missing"]) == (2, ["video-1"])
    assert "same command again" in document["next"]
    assert sorted(path.name for path in out.glob("[!.]*")) == ["video-0", "video-2"]
    assert "video-1 failed, the others go on" in done.err
    traceback = (out / ".rvosbench" / "failures" / "video-1.txt").read_text(encoding="utf-8")
    assert "RuntimeError: no answer for video-1" in traceback
    monkeypatch.delenv("BRIGHT_FAILS")
    again = rvosbench(*arguments, "--out", out, "--json")
    assert again.code == 0
    assert (json.loads(again.out)["computed"], json.loads(again.out)["kept"]) == (1, 2)
    rvosbench(*arguments, "--out", tmp_path / "whole")
    assert one_run.contents(out) == one_run.contents(tmp_path / "whole")


def test_people_read_the_failed_videos_at_the_end(
    arguments: list[object], tmp_path: Path, rvosbench: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIGHT_FAILS", "video-1")
    done = rvosbench(*arguments, "--out", tmp_path / "out")
    assert done.code == 1
    assert "error RVB205  video-1" in done.err
    assert [line.split() for line in done.out.splitlines() if line.startswith("failed")] == [
        ["failed", "video-1"]
    ]
    assert "Traceback" not in done.err


@pytest.mark.parametrize("form", ["parquet", "zip"])
def test_a_file_is_made_of_the_videos_that_there_are(
    form: str, arguments: list[object], tmp_path: Path, rvosbench: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIGHT_FAILS", "video-1")
    done = rvosbench(*arguments, "--out", tmp_path / "out", "--form", form, "--json")
    assert done.code == 1
    assert Path(json.loads(done.out)["predictions"]).stat().st_size > 0
    monkeypatch.delenv("BRIGHT_FAILS")
    assert rvosbench(*arguments, "--out", tmp_path / "out", "--form", form).code == 0
    assert rvosbench(*arguments, "--out", tmp_path / "whole", "--form", form).code == 0
    assert one_run.contents(tmp_path / "out") == one_run.contents(tmp_path / "whole")


def test_want_of_memory_has_a_code_and_an_advice_of_its_own(
    arguments: list[object], tmp_path: Path, rvosbench: Program
) -> None:
    done = rvosbench(*arguments, "--out", tmp_path / "out", "--option", "fail=memory of video-2", "--json")
    assert failed(done) == {"video-2": ["RVB206"]}
    assert "--device cpu" in json.loads(done.out)["failed"][0]["problems"][0]["fix"]


@pytest.mark.parametrize("kind", bright_baseline.BROKEN)
def test_a_predictor_that_breaks_its_contract_is_told_from_a_video_that_is_bad(
    kind: str, arguments: list[object], tmp_path: Path, rvosbench: Program
) -> None:
    done = rvosbench(*arguments, "--out", tmp_path / "out", "--option", f"fail={kind}", "--json")
    assert done.code == 1
    assert failed(done) == {f"video-{number}": ["RVB207"] for number in range(3)}
    assert one_run.contents(tmp_path / "out") == {}


def test_a_frame_that_is_missing_or_damaged_costs_one_video(
    baseline_releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    release = tmp_path / "release"
    shutil.copytree(baseline_releases / "sample", release)
    assert rvosbench("convert", "sample", release, "--split", "valid", "--data", tmp_path / "home").code == 0
    first, second = sorted((release / "valid" / "JPEGImages").iterdir())
    frame = sorted(first.iterdir())[3]
    whole, out = frame.read_bytes(), tmp_path / "out"
    run = ("baseline", "run", "bright", "--dataset", "sample", "--data", tmp_path / "home", "--out", out)
    for content, code in ((None, "RVB023"), (whole[: len(whole) // 3], "RVB015"), (b"", "RVB015")):
        frame.unlink()
        if content is not None:
            frame.write_bytes(content)
        done = rvosbench(*run, "--json")
        assert done.code == 1
        assert failed(done) == {first.name: [code]}
        assert [path.name for path in out.glob("[!.]*")] == [second.name]
        if content is None:
            frame.touch()
    frame.write_bytes(whole)
    assert json.loads(rvosbench(*run, "--json").out)["computed"] == 1


@pytest.mark.parametrize("kind", ["tar", "video"])
def test_a_damaged_archive_or_film_is_reported_for_each_of_its_videos(
    kind: str, tmp_path: Path, rvosbench: Program
) -> None:
    many_videos.make(tmp_path / "home", videos=2, frames=30, kind=kind)
    source = next((tmp_path / "home").glob("frames.*"))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 3])
    done = rvosbench(
        *("baseline", "run", "bright", "--dataset", "sample", "--data", tmp_path / "home"),
        *("--out", tmp_path / "out", "--json"),
    )
    assert done.code == 1
    assert set(failed(done)) == {"video-0", "video-1"}
    assert one_run.contents(tmp_path / "out") == {}


def test_a_full_disk_ends_the_run_at_once(
    arguments: list[object], tmp_path: Path, rvosbench: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of a video, and each one would fail."""
    import errno

    from rvosbench.predictions import writer

    tried = []

    def full(mask: object) -> bytes:
        tried.append(mask)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "mask_png", full)
    done = rvosbench(*arguments, "--out", tmp_path / "out")
    assert done.code == 1
    assert "RVB007" in done.err
    assert len(tried) == 1
    assert one_run.contents(tmp_path / "out") == {}
