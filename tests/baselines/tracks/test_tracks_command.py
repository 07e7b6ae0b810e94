"""`rvosbench baseline tracks`, with a small SAM 2, from the tiny sample to a score of SOLA."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import tiny_dino
import tiny_sam2
from program import Outcome
from rvosbench_baselines.tracks import grounding, launch
from rvosbench_baselines.tracks.folder import TracksFolder
from rvosbench_baselines.tracks.table import TrackTable
from tiny_sam2 import Files

from rvosbench.cli.app import run
from rvosbench.datasets import base
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Split, open_folder

Call = Callable[..., Outcome]
# A model that nobody trained thinks well of no mask.
ANY_MASK = ("--points", 2, "--predicted-iou", 0, "--stability", 0, "--max-tracks", 2, "--every", 5)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return tiny_sam2.small_files(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def split(home: Path) -> Split:
    return open_folder(home / "sample" / "valid")


@pytest.fixture(scope="session")
def training(baseline_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`--data`: the sample's train split."""
    folder = tmp_path_factory.mktemp("training")
    convert(base.find("sample"), baseline_releases / "sample", "train", data=folder)
    return folder


def arguments(files: Files, home: Path, out: Path, *more: object, dataset: str = "sample") -> list[str]:
    given = ("--sam2", files.weights, "--sam2-config", files.config, "--device", "cpu")
    words = ("baseline", "tracks", dataset, *given, "--data", home, "--out", out, *more)
    return [str(word) for word in words]


@pytest.fixture(scope="module")  # no wider: with more threads than the others have, its bits are others
def undisturbed(files: Files, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing happened to."""
    out = tmp_path_factory.mktemp("undisturbed") / "tracks"
    assert run(arguments(files, home, out, *ANY_MASK)) == 0
    return out / "sample" / "valid"


def content(folder: Path, kind: str = "grid") -> tuple[Any, ...]:
    """Everything in both tables, and what the metadata says."""
    table = TrackTable.open(folder / f"{kind}.parquet")
    rows = pq.read_table(folder / f"{kind}.parquet").to_pylist()
    labels = pq.read_table(folder / f"{kind}.labels.parquet").to_pylist()
    return table.about, rows, labels


def test_every_video_gets_tracks_that_span_it(undisturbed: Path, split: Split) -> None:
    table = TrackTable.open(undisturbed / "grid.parquet")
    assert table.videos == set(split.videos)
    assert table.about["missing"] == []
    for name, video in split.videos.items():
        tracks = table.of_video(name)
        assert 1 <= len(tracks) <= 2
        for number, track in enumerate(tracks):
            assert track.track == number
            assert track.tokens.shape == (len(video.frames), 256)
            assert np.isfinite(track.tokens).all()
            assert len(track.counts) == len(video.frames)
            assert track.size == video.size
            assert track.prompt_frame in (0, 5)


def test_labels_compare_each_track_with_each_object_in_a_file_of_their_own(
    undisturbed: Path, split: Split
) -> None:
    table = TrackTable.open(undisturbed / "grid.parquet")
    pairs = {
        (name, track.track, thing)
        for name, video in split.videos.items()
        for track in table.of_video(name)
        for thing in video.objects
    }
    rows = pq.read_table(undisturbed / "grid.labels.parquet").to_pylist()
    assert {(row["video"], row["track"], row["object"]) for row in rows} == pairs
    assert all(row["same"] == (row["iou"] > 0.7) for row in rows)
    assert "iou" not in pq.read_schema(undisturbed / "grid.parquet").names


def test_from_tracks_to_a_score(undisturbed: Path, home: Path, tmp_path: Path, rvosbench: Call) -> None:
    sample = ("--dataset", "sample", "--data", home)
    made_up = ("--variant", "sola-small", "--random-weights", 0, "--device", "cpu")
    done = rvosbench(
        "baseline", "run", "sola", *made_up, *sample, "--out", tmp_path, "--option", f"tracks={undisturbed}"
    )
    assert done.code == 0, done.err
    scored = rvosbench("eval", tmp_path, *sample, "--json")
    assert scored.code == 0, scored.err
    result = json.loads(scored.out)
    assert result["complete"] is True
    assert 0 <= result["metrics"]["J&F"] <= 1


def test_a_second_run_computes_nothing(
    undisturbed: Path, files: Files, home: Path, rvosbench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_models", None)
    before = content(undisturbed)
    done = rvosbench(*arguments(files, home, undisturbed.parents[1], *ANY_MASK, "--json"))
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert (report["computed"], report["kept"], report["missing"]) == (0, 2, [])
    assert content(undisturbed) == before


def test_a_run_that_was_stopped_goes_on(
    undisturbed: Path, files: Files, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[str] = []
    add = TracksFolder.add

    def stop_at_the_second(self: TracksFolder, video: str, *tables: Any) -> None:
        if added:
            raise KeyboardInterrupt
        added.append(video)
        add(self, video, *tables)

    with monkeypatch.context() as patch:
        patch.setattr(TracksFolder, "add", stop_at_the_second)
        assert run(arguments(files, home, tmp_path, *ANY_MASK)) == 130
    assert not (tmp_path / "sample" / "valid" / "grid.parquet").exists()
    assert run(arguments(files, home, tmp_path, *ANY_MASK)) == 0
    assert content(tmp_path / "sample" / "valid") == content(undisturbed)
    assert not (tmp_path / "sample" / "valid" / ".grid").exists()


def test_shards_end_in_the_tracks_of_one_run(
    undisturbed: Path, files: Files, home: Path, tmp_path: Path, rvosbench: Call
) -> None:
    first = rvosbench(*arguments(files, home, tmp_path, *ANY_MASK, "--shard", "1/2"))
    assert (first.code, "not there yet" in first.out) == (0, True)
    assert TrackTable.open(tmp_path / "sample" / "valid" / "grid.parquet").about["missing"]
    assert rvosbench(*arguments(files, home, tmp_path, *ANY_MASK, "--shard", "2/2")).code == 0
    assert content(tmp_path / "sample" / "valid") == content(undisturbed)


def test_a_video_with_a_damaged_frame_costs_itself_alone(
    undisturbed: Path, files: Files, baseline_releases: Path, tmp_path: Path, rvosbench: Call
) -> None:
    release, home = tmp_path / "release", tmp_path / "home"
    shutil.copytree(baseline_releases / "sample" / "valid", release / "valid")
    convert(base.find("sample"), release, "valid", data=home)
    frame = sorted((release / "valid" / "JPEGImages" / "carousel-05").iterdir())[5]
    picture = frame.read_bytes()
    frame.write_bytes(b"no picture")
    done = rvosbench(*arguments(files, home, tmp_path / "out", *ANY_MASK, "--json"))
    assert done.code == 1
    report = json.loads(done.out)
    assert [one["video"] for one in report["failed"]] == report["missing"] == ["carousel-05"]
    assert report["computed"] == 1
    frame.write_bytes(picture)
    assert run(arguments(files, home, tmp_path / "out", *ANY_MASK)) == 0
    assert content(tmp_path / "out" / "sample" / "valid") == content(undisturbed)


def test_what_a_model_raises_is_reported_with_its_traceback(
    files: Files, home: Path, tmp_path: Path, rvosbench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rvosbench_baselines.tracks import run as tracks_run

    def fail(*_: object) -> None:
        raise RuntimeError("something inside")

    monkeypatch.setattr(tracks_run, "follow", fail)
    done = rvosbench(*arguments(files, home, tmp_path, *ANY_MASK))
    assert done.code == 1
    assert "RVB205" in done.err
    kept = list((tmp_path / "sample" / "valid" / ".failures").iterdir())
    assert len(kept) == 2
    assert "something inside" in kept[0].read_text(encoding="utf-8")


def test_tracks_of_other_settings_are_not_mixed_in(
    undisturbed: Path, files: Files, home: Path, rvosbench: Call
) -> None:
    done = rvosbench(*arguments(files, home, undisturbed.parents[1], *ANY_MASK, "--points", 3))
    assert done.code == 2
    assert "RVB204" in done.err
    assert "settings" in done.err


def test_ground_truth_starts_tracks_of_the_train_split_alone(
    files: Files, home: Path, training: Path, tmp_path: Path, rvosbench: Call
) -> None:
    refused = rvosbench(*arguments(files, home, tmp_path, "--prompts", "gt"))
    assert (refused.code, "for training alone" in refused.err) == (2, True)
    name = next(iter(open_folder(training / "sample" / "train").videos))
    only = ("--prompts", "gt", "--videos", name)
    done = rvosbench(*arguments(files, training, tmp_path, *only, dataset="sample:train"))
    assert done.code == 0, done.err
    assert "ground truth" in done.err
    video = open_folder(training / "sample" / "train").videos[name]
    seen = [thing for thing in video.objects.values() if thing.role == "target" and thing.present]
    table = TrackTable.open(tmp_path / "sample" / "train" / "gt.parquet")
    assert len(table.of_video(name)) == len(seen) > 0


def test_sentences_start_tracks_by_grounding_dino(
    files: Files,
    home: Path,
    split: Split,
    tmp_path: Path,
    rvosbench: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grounding, "_SHORT", 128)  # quicker than 800
    folder = tiny_dino.write(tmp_path / "dino")
    name = "hideaway-04"
    given = ("--prompts", "gdino", "--gdino", folder, "--videos", name)
    few = ("--max-tracks", 1, "--every", 8, "--stability", 0)
    done = rvosbench(*arguments(files, home, tmp_path / "out", *given, *few))
    assert done.code == 0, done.err
    table = TrackTable.open(tmp_path / "out" / "sample" / "valid" / "gdino.parquet")
    tracks = table.of_video(name)
    assert [track.expression for track in tracks] == list(split.videos[name].expressions)
    assert all(track.phrase is not None for track in tracks)


def test_options_of_other_prompts_are_refused_together(
    files: Files, home: Path, tmp_path: Path, rvosbench: Call
) -> None:
    given = ("--prompts", "gt", "--points", 3, "--every", 2, "--gdino", tmp_path)
    done = rvosbench(*arguments(files, home, tmp_path, *given))
    assert done.code == 2
    for name in ("--points", "--every", "--gdino"):
        assert name in done.err


def test_without_sam2_the_pip_line_is_said(
    files: Files, home: Path, tmp_path: Path, rvosbench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: None if name == "sam2" else util.find_spec(name))
    done = rvosbench(*arguments(files, home, tmp_path))
    assert done.code == 5
    assert 'pip install "rvosbench[sam2]"' in done.err


@pytest.mark.parametrize("config", ["sam2_hiera_xxl", "released"])
def test_a_configuration_that_does_not_belong_is_refused(
    files: Files, home: Path, tmp_path: Path, rvosbench: Call, config: str
) -> None:
    given = arguments(files, home, tmp_path)
    given[given.index("--sam2-config") + 1] = "sam2_hiera_t" if config == "released" else config
    done = rvosbench(*given)
    assert done.code in (1, 2)
    assert "--sam2-config" in done.err


def test_a_configuration_may_name_no_class_but_those_of_sam2(
    files: Files, home: Path, tmp_path: Path, rvosbench: Call
) -> None:
    evil = tmp_path / "evil.yaml"
    text = files.config.read_text(encoding="utf-8")
    evil.write_text(text.replace("sam2.modeling.memory_encoder.Fuser", "os.system"), encoding="utf-8")
    given = arguments(files, home, tmp_path / "out")
    given[given.index("--sam2-config") + 1] = str(evil)
    done = rvosbench(*given)
    assert done.code == 2
    assert "os.system" in done.err


def test_a_missing_file_of_sam2_is_named_with_where_it_comes_from(
    home: Path, tmp_path: Path, rvosbench: Call
) -> None:
    absent = Files(tmp_path / "absent.yaml", tmp_path / "absent.pt")
    done = rvosbench(*arguments(absent, home, tmp_path))
    assert (done.code, "facebookresearch/sam2" in done.err) == (2, True)
