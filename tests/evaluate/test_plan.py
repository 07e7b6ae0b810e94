"""What is scored is decided by the dataset; a split that cannot be scored says why, before anything is
read."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from scoring import blobs, make_split, video, write_tree

from rvosbench.errors import Code, DatasetError
from rvosbench.evaluate.plan import Shard, make_plan
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.predictions.recognise import recognise
from rvosbench.protocols.mevis import MEVIS
from rvosbench.schema import ExpressionRecord, Mask, ObjectRecord, Role, VideoRecord
from rvosbench.splits.split import Split

MASKS = blobs(np.random.default_rng(0), 3, 8, 9)


def test_the_plan_lists_every_expression_of_every_video(mevis: Split, mevis_predictions: Path) -> None:
    plan = make_plan(mevis, recognise(mevis_predictions, mevis), [MEVIS], zero_missing=False)
    assert [task.video for task in plan] == list(mevis.videos)
    assert [task.asked for task in plan] == [4 * len(video.frames) for video in mevis.videos.values()]
    assert [task.frames for task in plan] == [
        tuple(range(len(video.frames))) for video in mevis.videos.values()
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_hold_every_video_once(count: int, mevis: Split, mevis_predictions: Path) -> None:
    predictions = recognise(mevis_predictions, mevis)
    shards = [
        make_plan(mevis, predictions, [MEVIS], zero_missing=False, shard=Shard(index, count))
        for index in range(1, count + 1)
    ]
    assert sorted(task.video for shard in shards for task in shard) == list(mevis.videos)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_extra_predictions_are_neither_scored_nor_counted(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    shutil.copytree(mevis_predictions, tmp_path / "tree")
    shutil.copytree(tmp_path / "tree" / "alley", tmp_path / "tree" / "zebra")
    plain, more = evaluate(mevis_predictions, mevis), evaluate(tmp_path / "tree", mevis)
    assert more.results[0].fingerprint == plain.results[0].fingerprint
    assert [problem.code for problem in more.results[0].problems] == [Code.EXTRA_PREDICTIONS]


def test_a_split_without_ground_truth_is_refused_whatever_is_handed_in(tmp_path: Path) -> None:
    hidden = VideoRecord("bear", 8, 9, ("00000",), expressions=(ExpressionRecord("0", "x", None),))
    split = make_split(tmp_path / "home", "mevis-v1", "valid", [hidden], ground_truth=False)
    with pytest.raises(DatasetError) as refused:
        evaluate(tmp_path / "nowhere", split)
    assert [problem.code for problem in refused.value.problems] == [Code.NO_GROUND_TRUTH]


def test_expressions_whose_objects_are_not_known_are_all_named(tmp_path: Path) -> None:
    expressions = [ExpressionRecord(str(number), "x", None) for number in range(12)]
    split = make_split(
        tmp_path / "home", "ref-youtube-vos", "valid", [video("bear", {"1": MASKS}, expressions)]
    )
    with pytest.raises(DatasetError) as refused:
        evaluate(tmp_path, split)
    (problem,) = refused.value.problems
    assert (problem.code, problem.count, len(problem.examples)) == (Code.NO_GROUND_TRUTH, 12, 10)
    assert "--expressions FILE" in problem.fix


def test_an_expression_without_a_scored_frame_does_not_vanish_from_a_mean(tmp_path: Path) -> None:
    expressions = [
        ExpressionRecord("1", "x", ("1",), frames=(0,)),
        ExpressionRecord("2", "x", ("1",), frames=()),
    ]
    split = make_split(tmp_path / "home", "a2d-sentences", "test", [video("bear", {"1": MASKS}, expressions)])
    folder = write_tree(tmp_path / "tree", {("bear", "1"): MASKS[:1]}, split)
    assert evaluate(folder, split).results[0].counts["units"] == 1
    with pytest.raises(DatasetError) as refused:
        evaluate(folder, split, Options(protocol="per-expression"))
    assert [(one.code, one.path) for one in refused.value.problems] == [(Code.NOTHING_FOUND, "bear/2")]


def test_a_damaged_mask_of_the_split_is_told_apart_from_a_damaged_prediction(tmp_path: Path) -> None:
    thing = ObjectRecord("1", "1", None, Role.TARGET, (Mask(0, b"broken~", 1, (0, 0, 1, 1)),))
    record = VideoRecord(
        "bear", 8, 9, ("00000",), objects=(thing,), expressions=(ExpressionRecord("0", "x", ("1",)),)
    )
    split = make_split(tmp_path / "home", "mevis-v1", "valid_u", [record])
    folder = write_tree(tmp_path / "tree", {("bear", "0"): MASKS[:1]}, split)
    with pytest.raises(DatasetError) as refused:
        evaluate(folder, split)
    assert [(one.code, one.path) for one in refused.value.problems] == [
        (Code.SPLIT_DAMAGED, "bear, object 1, frame 0")
    ]
