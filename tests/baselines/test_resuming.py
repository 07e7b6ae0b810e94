"""A run that was killed goes on from where it was; what is done is never done again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import many_videos
import one_run
import pytest
from program import Outcome

Program = Callable[..., Outcome]


def whole(rvosbench: Program, out: Path, *arguments: object) -> dict[str, bytes]:
    """What a run that nobody disturbs writes."""
    done = rvosbench("baseline", "run", "bright", *arguments, "--out", out)
    assert done.code == 0, done.err
    return one_run.contents(out)


@pytest.mark.parametrize(
    ("dataset", "form", "pause"),
    [
        ("sample", "png", 0.05),
        ("ref-davis17", "davis", 0.0125),
        ("a2d-sentences", "coco", 0.1),
        ("sample", "zip", 0.05),
    ],
)
def test_killed_in_the_middle_every_video_is_whole_or_absent_and_the_next_run_completes_it(
    dataset: str, form: str, pause: float, plug_in: Path, tmp_path: Path, rvosbench: Program
) -> None:
    many_videos.make(tmp_path / "home", dataset)
    arguments = ["--dataset", dataset, "--data", tmp_path / "home", "--form", form]
    expected = whole(rvosbench, tmp_path / "whole", *arguments)
    # The pause is an option, hence part of what a run is; it does not change what is predicted.
    arguments += ["--out", tmp_path / "out", "--option", f"pause={pause}"]
    for reached in (1, 3):
        process = one_run.start(plug_in, *arguments)
        until = time.monotonic() + 60
        while len(videos_there(tmp_path / "out", form)) < reached:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.005)
        process.kill()
        process.communicate()
        found = one_run.contents(tmp_path / "out")
        assert found.items() <= expected.items(), "what is there is what an undisturbed run writes"
    before = len(videos_there(tmp_path / "out", form))
    assert 3 <= before < 8, "killed too late: this test shows nothing"
    done = rvosbench("baseline", "run", "bright", *arguments, "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert (document["kept"], document["computed"]) == (before, 8 - before)
    assert one_run.contents(tmp_path / "out") == expected
    left = [path for path in (tmp_path / "out" / ".rvosbench").rglob("*") if ".new-" in path.name]
    assert left == [], "and nothing half-made is left"


def videos_there(out: Path, form: str) -> set[str]:
    parts = {path.stem for path in (out / ".rvosbench" / "parts").glob("[!.]*")}
    if form == "png":
        return parts | {path.name for path in out.glob("[!.]*")}
    if form == "davis":
        each = [{path.name for path in (out / f"anno_{annotator}").glob("*")} for annotator in range(4)]
        return parts | set.intersection(*each)
    return parts


@pytest.mark.parametrize(("dataset", "form"), [("sample", "png"), ("a2d-sentences", "coco")])
def test_a_finished_run_does_not_even_load_the_model_again(
    dataset: str,
    form: str,
    home: Path,
    plug_in: Path,
    tmp_path: Path,
    rvosbench: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BRIGHT_LOADS", str(tmp_path / "loads"))
    first = whole(rvosbench, tmp_path / "out", "--dataset", dataset, "--data", home)
    assert whole(rvosbench, tmp_path / "out", "--dataset", dataset, "--data", home) == first
    assert (tmp_path / "loads").read_text(encoding="utf-8") == "loaded\n"


@pytest.mark.usefixtures("plug_in")
def test_a_video_that_was_removed_is_computed_again_alone(
    home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    out = tmp_path / "out"
    arguments = ("--dataset", "sample", "--data", home)
    expected = whole(rvosbench, out, *arguments)
    shutil.rmtree(next(out.glob("[!.]*")))
    done = rvosbench("baseline", "run", "bright", *arguments, "--out", out, "--json")
    assert json.loads(done.out)["computed"] == 1
    assert one_run.contents(out) == expected


@pytest.mark.usefixtures("plug_in")
@pytest.mark.parametrize(
    ("dataset", "form"),
    [("sample", "png"), ("ref-davis17", "zip"), ("sample", "parquet"), ("a2d-sentences", "coco")],
)
def test_the_shards_together_are_the_whole(
    dataset: str, form: str, tmp_path: Path, rvosbench: Program
) -> None:
    many_videos.make(tmp_path / "home", dataset)
    arguments = ("--dataset", dataset, "--data", tmp_path / "home", "--form", form)
    expected = whole(rvosbench, tmp_path / "whole", *arguments)
    for shard in ("2/3", "3/3", "1/3"):
        done = rvosbench(
            "baseline", "run", "bright", *arguments, "--out", tmp_path / "one", "--shard", shard, "--json"
        )
        document = json.loads(done.out)
        assert (done.code, document["kept"], document["failed"]) == (0, 0, [])
    assert document["missing"] == []
    assert one_run.contents(tmp_path / "one") == expected


def test_shards_may_run_at_once_in_one_folder(plug_in: Path, tmp_path: Path, rvosbench: Program) -> None:
    many_videos.make(tmp_path / "home")
    arguments = ["--dataset", "sample", "--data", tmp_path / "home", "--form", "parquet"]
    expected = whole(rvosbench, tmp_path / "whole", *arguments)
    running = [
        one_run.start(plug_in, *arguments, "--out", tmp_path / "one", "--shard", shard)
        for shard in ("1/2", "2/2")
    ]
    ends = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], ends
    assert one_run.contents(tmp_path / "one") == expected


@pytest.mark.usefixtures("plug_in")
def test_only_the_videos_that_are_named_are_computed(tmp_path: Path, rvosbench: Program) -> None:
    names = sorted(many_videos.make(tmp_path / "home").videos)
    out = tmp_path / "out"
    done = rvosbench(
        *("baseline", "run", "bright", "--dataset", "sample", "--data", tmp_path / "home", "--out", out),
        *("--videos", names[1], "--videos", names[0], "--json"),
    )
    document = json.loads(done.out)
    assert document["computed"] == 2
    assert document["missing"] == names[2:]
    assert sorted(path.name for path in out.glob("[!.]*")) == names[:2]
