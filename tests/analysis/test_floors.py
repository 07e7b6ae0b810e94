"""Floors and ceilings: what they answer, that they can be scored on every dataset, and how they rank."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scored_sample import ScoredSample
from scoring import Masks, make_split, truth, video

from rvosbench.analysis.floors import FLOORS, find, write
from rvosbench.cli.app import run
from rvosbench.errors import Code, UsageError
from rvosbench.evaluate.run import evaluate
from rvosbench.masks import rle
from rvosbench.metrics.jf import jf
from rvosbench.predictions.recognise import recognise
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Expression, Split

FRAMES, HEIGHT, WIDTH = 6, 40, 60


def box(top: int, left: int, height: int, width: int, frames: range = range(FRAMES), step: int = 0) -> Masks:
    """A rectangle in some of the frames, moving to the right."""
    found = np.zeros((FRAMES, HEIGHT, WIDTH), np.bool_)
    for frame in frames:
        found[frame, top : top + height, left + step * frame : left + step * frame + width] = True
    return found


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    """A cat that walks in, a dog, and a bus that is seen for a moment but is larger than both."""
    objects = {
        "cat": box(2, 2, 8, 12, range(2, FRAMES), step=3),
        "dog": box(20, 5, 10, 10),
        "bus": box(5, 30, 20, 25, range(3)),
    }
    sentences = [
        ExpressionRecord("0", "the cat", ("cat",)),
        ExpressionRecord("1", "both animals", ("cat", "dog")),
        ExpressionRecord("2", "a ghost", ()),
    ]
    videos = [video("street", objects, sentences)]
    return make_split(tmp_path_factory.mktemp("home"), "mevis-v2", "valid_u", videos)


def answers(name: str, split: Split, out: Path, tracks: Path | None = None) -> dict[str, Masks]:
    """What is written, read again as predictions."""
    write(find(name), split, out, tracks)
    found = {}
    predictions = recognise(out, split)
    for one in split.expressions:
        stems = [one.video.frames[frame] for frame in one.scored]
        rows = predictions.of_video(one.video.name).pictures(one.name, stems)
        found[one.name] = np.array([rle.decode(row.counts, HEIGHT, WIDTH) for row in rows])  # type: ignore[union-attr]
    return found


def targets(one: Expression) -> Masks:
    return np.array([truth(one.video, one.objects or (), frame) for frame in one.scored])


def test_empty_answers_nothing(split: Split, tmp_path: Path) -> None:
    assert not any(masks.any() for masks in answers("empty", split, tmp_path / "a.parquet").values())


def test_largest_follows_one_object_whatever_is_asked(split: Split, tmp_path: Path) -> None:
    """Its size is that of the frames in which it is seen, so the bus is largest."""
    found = answers("largest", split, tmp_path / "a.parquet")
    bus = box(5, 30, 20, 25, range(3))
    assert all(np.array_equal(masks, bus) for masks in found.values())


def test_largest_is_by_the_mean_area_and_of_equal_ones_the_first(tmp_path: Path) -> None:
    """Neither the one that is largest for a moment, nor the one with most pixels in all frames together."""
    bursts = box(0, 0, 5, 5) | box(0, 0, 30, 30, range(1))  # 25 pixels, but once 900: 171 on the average
    steady, twin = box(0, 40, 15, 12, range(2)), box(20, 40, 15, 12, range(2))  # 180, in two frames
    sentences = [ExpressionRecord("0", "the one that bursts", ("bursts",))]
    record = video("street", {"bursts": bursts, "steady": steady, "twin": twin}, sentences)
    one = make_split(tmp_path / "home", "mevis-v1", "valid_u", [record])
    found = answers("largest", one, tmp_path / "a.parquet")
    assert np.array_equal(found["0"], steady)


def test_first_frame_oracle_holds_the_first_sight_of_the_targets(split: Split, tmp_path: Path) -> None:
    found = answers("first-frame-oracle", split, tmp_path / "a.parquet")
    truths = {one.name: targets(one) for one in split.expressions}
    assert np.array_equal(found["0"], np.repeat(truths["0"][2:3], FRAMES, axis=0))
    assert np.array_equal(found["1"], np.repeat(truths["1"][:1], FRAMES, axis=0))
    assert not found["2"].any()


def test_track_oracle_takes_one_object_even_of_several_targets(split: Split, tmp_path: Path) -> None:
    found = answers("track-oracle", split, tmp_path / "a.parquet")
    assert np.array_equal(found["0"], targets(split.expressions[0]))
    assert np.array_equal(found["1"], box(20, 5, 10, 10)), "the dog, which is seen throughout"
    assert not found["2"].any()


def write_tracks(path: Path, split: Split, tracks: list[Masks], **more: object) -> Path:
    """As `rvosbench baseline tracks` writes them, without the tokens."""
    about = {
        "dataset": "mevis-v2",
        "split": "valid_u",
        "dataset_fingerprint": split.manifest.fingerprint,
        "videos": list(split.videos),
    }
    rows = [
        {
            "video": "street",
            "track": number,
            "height": HEIGHT,
            "width": WIDTH,
            "counts": [rle.encode(mask) if mask.any() else None for mask in masks],
        }
        for number, masks in enumerate(tracks)
    ]
    text = json.dumps({**about, **more}).encode()
    schema = pa.schema(
        {
            "video": pa.string(),
            "track": pa.int32(),
            "height": pa.int32(),
            "width": pa.int32(),
            "counts": pa.list_(pa.binary()),
        },
        metadata={b"rvosbench.tracks": text},
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def test_with_tracks_of_a_model_several_are_joined_while_they_help(split: Split, tmp_path: Path) -> None:
    cat, dog, bus = (
        box(2, 2, 8, 12, range(2, FRAMES), 3),
        box(20, 6, 10, 10),
        box(5, 30, 20, 25, range(3)),
    )
    file = write_tracks(tmp_path / "tracks.parquet", split, [bus, cat, dog])
    found = answers("track-oracle", split, tmp_path / "a.parquet", file)
    assert np.array_equal(found["0"], cat)
    assert np.array_equal(found["1"], cat | dog)
    assert not found["2"].any()


def test_tracks_of_other_data_are_refused(split: Split, tmp_path: Path) -> None:
    file = write_tracks(tmp_path / "tracks.parquet", split, [], dataset_fingerprint="0" * 64)
    with pytest.raises(UsageError) as caught:
        write(find("track-oracle"), split, tmp_path / "a.parquet", file)
    assert caught.value.problems[0].code is Code.OTHER_DATA
    assert not (tmp_path / "a.parquet").exists()


def test_tracks_of_a_part_of_the_videos_are_refused(split: Split, tmp_path: Path) -> None:
    file = write_tracks(tmp_path / "tracks.parquet", split, [], videos=[])
    with pytest.raises(UsageError, match="such as street"):
        write(find("track-oracle"), split, tmp_path / "a.parquet", file)


def test_tracks_whose_masks_are_damaged_are_refused(split: Split, tmp_path: Path) -> None:
    file = write_tracks(tmp_path / "tracks.parquet", split, [np.ones((FRAMES, 3, 3), np.bool_)])
    with pytest.raises(UsageError, match="track 0, frame 0"):
        write(find("track-oracle"), split, tmp_path / "a.parquet", file)


def test_something_else_than_tracks_is_refused(split: Split, tmp_path: Path) -> None:
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1")
    pq.write_table(pa.table({"video": ["street"]}), tmp_path / "other.parquet")
    for name, code in (
        ("damaged.parquet", Code.UNREADABLE_FILE),
        ("absent.parquet", Code.UNREADABLE_FILE),
        ("other.parquet", Code.WRONG_COLUMNS),
    ):
        with pytest.raises(UsageError) as caught:
            write(find("track-oracle"), split, tmp_path / "out.parquet", tmp_path / name)
        assert caught.value.problems[0].code is code


@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-youtube-vos", "ref-davis17", "a2d-sentences"])
def test_the_floors_of_every_dataset_can_be_scored_and_rank_as_they_should(
    dataset: str, scored_sample: ScoredSample, tmp_path: Path
) -> None:
    split = scored_sample.split(dataset)
    scores = {}
    for floor in FLOORS:
        out = tmp_path / f"{floor.name}.parquet"
        write(floor, split, out)
        metrics = evaluate(out, split).results[0].metrics
        scores[floor.name] = metrics["mIoU" if dataset == "a2d-sentences" else "J&F"]
    assert scores["track-oracle"] > scores["first-frame-oracle"] > scores["empty"]
    assert scores["track-oracle"] > scores["largest"]
    if dataset in ("ref-youtube-vos", "a2d-sentences"):  # no sentence means several objects
        assert scores["track-oracle"] > 0.999


@pytest.mark.parametrize("name", ["tree", "file.zip", "file.parquet"])
def test_every_form_gives_the_same_scores(name: str, split: Split, tmp_path: Path) -> None:
    write(find("first-frame-oracle"), split, tmp_path / name)
    metrics = evaluate(tmp_path / name, split).results[0].metrics
    held = [np.repeat(targets(one)[first : first + 1], FRAMES, axis=0) for one, first in _first(split)]
    scores = [jf(targets(one), masks) for (one, _), masks in zip(_first(split), held, strict=True)]
    assert metrics["J&F"] == pytest.approx(sum(score.mean for score in scores) / 3, abs=1e-12)


def _first(split: Split) -> list[tuple[Expression, int]]:
    return [(one, int(np.argmax(targets(one).any(axis=(1, 2))))) for one in split.expressions]


def test_where_answers_are_ranked_larger_ones_come_first(scored_sample: ScoredSample, tmp_path: Path) -> None:
    write(find("largest"), scored_sample.split("a2d-sentences"), tmp_path / "largest.json")
    results = json.loads((tmp_path / "largest.json").read_text())
    scores = [one["score"] for one in results]
    assert scores == pytest.approx([coverage(one["segmentation"]) for one in results])
    assert len(set(scores)) > 1


def coverage(segmentation: dict[str, Any]) -> float:
    return float(rle.decode(segmentation["counts"].encode(), *segmentation["size"]).mean())


def test_the_command_says_how_to_score_what_it_wrote(
    split: Split, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, data = tmp_path / "empty.parquet", split.folder.parents[1]
    arguments = ["floor", "empty", "--dataset", "mevis-v2:valid_u", "--data", str(data), "--out", str(out)]
    assert run([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["sentences"], document["masks"], document["empty"]) == (3, 18, 18)
    assert document["side"] == "floor"
    words = document["next"].split()
    assert words[:2] == ["rvosbench", "eval"]
    assert run([*words[1:-2], "--json"]) == 0


def test_a_name_that_does_not_exist_says_which_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["floor", "largets", "--dataset", "mevis-v2", "--out", "x"]) == 2
    assert "did you mean largest?" in capsys.readouterr().err


def test_tracks_belong_to_the_oracle_that_chooses_among_them(
    split: Split, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(split.folder.parents[1])
    arguments = ["floor", "largest", "--dataset", "mevis-v2:valid_u", "--data", data, "--tracks", "t.parquet"]
    assert run([*arguments, "--out", str(tmp_path / "x.parquet")]) == 2
    assert "leave --tracks out" in capsys.readouterr().err
