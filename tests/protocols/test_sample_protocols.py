"""A2D- and JHMDB-Sentences: P@K and IoU by loops in single precision, mAP by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scoring import Mask, blobs, truth, video, write_tree

from rvosbench.errors import DatasetError, PredictionsRefused
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.masks import rle
from rvosbench.predictions.image_ids import image_id
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

SIZE = 40, 50
SplitOf = Callable[..., Split]


@pytest.fixture
def a2d(split_of: SplitOf) -> Split:
    """Three videos of twelve frames; two instances each, annotated in some frames."""
    noise = np.random.default_rng(21)
    videos = [
        video(
            name,
            {"1": blobs(noise, 12, *SIZE), "2": blobs(noise, 12, *SIZE)},
            [
                ExpressionRecord("1", "this one", ("1",), frames=(1, 4, 10)),
                ExpressionRecord("2", "that one", ("2",), frames=(4,)),
            ],
        )
        for name in ("b_2", "a-1", "c")
    ]
    return split_of("a2d-sentences", "test", videos)


def samples(split: Split) -> list[tuple[str, Mask]]:
    """Image id and ground truth of every sample."""
    return [
        (
            image_id(one.video.name, one.name, one.video.frames[frame]),
            truth(one.video, one.objects or (), frame),
        )
        for one in split.expressions
        for frame in one.scored
    ]


def result(image: str, mask: Mask, score: float) -> dict[str, Any]:
    counts = rle.encode(mask).decode("ascii")
    segmentation = {"size": list(mask.shape), "counts": counts}
    return {"image_id": image, "category_id": 1, "segmentation": segmentation, "score": score}


def queries(split: Split, seed: int, *, ties: bool) -> list[dict[str, Any]]:
    """Up to four queries for each sample: parts of the ground truth, and boxes that have nothing to do with
    it."""
    noise = np.random.default_rng(seed)
    found = []
    for image, target in samples(split):
        for _ in range(int(noise.integers(1, 5))):
            mask = blobs(noise, 1, *SIZE)[0]
            if noise.random() < 0.7:
                mask = target & (noise.random(SIZE) < noise.random())
            found.append(
                result(image, mask, float(noise.integers(1, 4)) / 4 if ties else float(noise.random()))
            )
    return [found[place] for place in noise.permutation(len(found))]


def coco_figures(split: Split, results: list[dict[str, Any]]) -> dict[str, float]:
    images = [{"id": image, "height": SIZE[0], "width": SIZE[1]} for image, _ in samples(split)]
    annotations = []
    for number, (image, target) in enumerate(samples(split), 1):
        counts = rle.encode(target).decode("ascii")
        annotations.append(
            {
                "id": number,
                "image_id": image,
                "category_id": 1,
                "segmentation": {"size": list(SIZE), "counts": counts},
                "area": float(target.sum()),
                "bbox": [0, 0, 1, 1],
                "iscrowd": 0,
            }
        )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": 1, "name": "x"}],
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "segm")
        evaluation.params.useCats = 0
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    keys = ("mAP", "AP50", "AP75", "AP_S", "AP_M", "AP_L")
    return {key: float(value) for key, value in zip(keys, evaluation.stats, strict=False) if value >= 0}


def plain_figures(split: Split, results: list[dict[str, Any]]) -> dict[str, float]:
    """P@K, mIoU and oIoU as the official script computes them, sample by sample."""
    ious, shared, either = [], 0, 0
    for image, target in samples(split):
        own = sorted((one for one in results if one["image_id"] == image), key=lambda one: one["score"])
        mask = rle.decode(own[-1]["segmentation"]["counts"].encode(), *SIZE)
        intersection, union = int((mask & target).sum()), int((mask | target).sum())
        ious.append((np.float32(intersection) + np.float32(1e-6)) / (np.float32(union) + np.float32(1e-6)))
        shared, either = shared + intersection, either + union
    found = {f"P@{k}": sum(float(iou) > k for iou in ious) / len(ious) for k in (0.5, 0.6, 0.7, 0.8, 0.9)}
    return found | {"mIoU": math.fsum(map(float, ious)) / len(ious), "oIoU": shared / either}


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a2d_figures_are_those_of_pycocotools_and_of_the_official_script(
    seed: int, ties: bool, a2d: Split, tmp_path: Path
) -> None:
    results = queries(a2d, seed, ties=ties)
    (tmp_path / "results.json").write_text(json.dumps(results))
    (found,) = evaluate(tmp_path / "results.json", a2d).results
    expected = plain_figures(a2d, results) | coco_figures(a2d, results)
    assert {key: found.metrics[key] for key in expected} == expected
    assert found.counts["queries"] == len(results)
    assert (found.counts["frames"], found.counts["units"]) == (12, 12)


def test_values_of_samples_are_what_figures_are_the_mean_of_also_at_a_threshold(
    split_of: SplitOf, tmp_path: Path
) -> None:
    """An IoU of exactly a half, three fifths or four fifths: single precision decides, as in the figures."""
    target = np.zeros((3, *SIZE), np.bool_)
    target[:, :20, :20] = True  # 400 pixels
    sentence = ExpressionRecord("1", "this one", ("1",), frames=(0, 1, 2))
    split = split_of("a2d-sentences", "test", [video("a", {"1": target}, [sentence])])
    results = []
    for (image, mask), rows in zip(samples(split), (10, 12, 16), strict=True):
        part = mask.copy()
        part[rows:] = False
        results.append(result(image, part, 0.5))
    (tmp_path / "results.json").write_text(json.dumps(results))
    (found,) = evaluate(tmp_path / "results.json", split, Options(out=tmp_path / "out")).results
    units = pq.ParquetFile(tmp_path / "out" / "units.parquet").read().to_pylist()
    passed = [[row[f"P@{k}"] for k in (0.5, 0.6, 0.7, 0.8, 0.9)] for row in units]
    assert passed == [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]]
    for key in ("P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9", "mIoU"):
        assert found.metrics[key] == math.fsum(row[key] for row in units) / 3, key
    assert [row["J"] for row in units] == [0.5, 0.6, 0.8]


def test_plain_masks_are_one_query_of_score_one(a2d: Split, tmp_path: Path) -> None:
    noise = np.random.default_rng(8)
    masks = {(one.video.name, one.name): blobs(noise, len(one.scored), *SIZE) for one in a2d.expressions}
    results = [
        result(image_id(one.video.name, one.name, one.video.frames[frame]), mask, 1.0)
        for one in a2d.expressions
        for frame, mask in zip(one.scored, masks[one.video.name, one.name], strict=True)
    ]
    (tmp_path / "results.json").write_text(json.dumps(results))
    (of_queries,) = evaluate(tmp_path / "results.json", a2d).results
    (of_masks,) = evaluate(write_tree(tmp_path / "masks", masks, a2d), a2d).results
    assert of_masks.fingerprint == of_queries.fingerprint


@pytest.mark.parametrize("missing", ["refuse", "zero"])
def test_every_sample_needs_a_prediction(missing: Any, a2d: Split, tmp_path: Path) -> None:
    results = [one for one in queries(a2d, 1, ties=False) if one["image_id"] != "v_b_2_f_4_i_2"]
    (tmp_path / "results.json").write_text(json.dumps(results))
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(tmp_path / "results.json", a2d, Options(missing=missing))
    (problem,) = refused.value.problems
    assert (problem.code, problem.path, problem.count) == ("RVB120", "b_2/2", 1)
    assert "the protocol a2d needs every sample" in problem.fix


def jhmdb(split_of: SplitOf, **notes: Any) -> Split:
    noise = np.random.default_rng(2)
    frames = (0, 2, 3) if notes else None
    videos = [
        video(name, {"0": blobs(noise, 5, *SIZE)}, [ExpressionRecord("0", "x", ("0",), frames=frames)])
        for name in ("walk", "run")
    ]
    return split_of("jhmdb-sentences", "test", videos, notes=notes)


def test_jhmdb_without_a_list_of_samples_is_refused_and_the_option_is_named(
    split_of: SplitOf, tmp_path: Path
) -> None:
    split = jhmdb(split_of)
    results = [result("v_run_f_0", np.ones(SIZE, np.bool_), 1.0)]
    (tmp_path / "results.json").write_text(json.dumps(results))
    with pytest.raises(DatasetError) as refused:
        evaluate(tmp_path / "results.json", split)
    (problem,) = refused.value.problems
    assert problem.code == "RVB126"
    assert "--samples" in problem.expected
    assert "--samples" in problem.fix


def test_jhmdb_scores_the_frames_of_its_list_and_the_result_says_which_list(
    split_of: SplitOf, tmp_path: Path
) -> None:
    about = {"file": "list.json", "sha256": "0" * 64, "samples": 6}
    split = jhmdb(split_of, samples=about)
    results = [
        result(f"v_{one.video.name}_f_{frame}", one.mask(frame), 0.5)
        for one in split.expressions
        for frame in one.scored
    ]
    (tmp_path / "results.json").write_text(json.dumps(results))
    (found,) = evaluate(tmp_path / "results.json", split).results
    assert (found.metrics["mIoU"], found.metrics["mAP"]) == (1.0, 1.0)
    assert found.counts["frames"] == 6
    assert found.notes["samples"] == about
