"""The oracles of the pack against others: SciPy's distances, pycocotools, figures worked out by hand."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import score_oracle
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rvosbench.conformance.case import Case, Form, Verdict
from rvosbench.conformance.cases import samples
from rvosbench.conformance.material import Material
from rvosbench.conformance.oracle import Oracle, Unit, contour, figures, matched, region
from rvosbench.conformance.pack import Pack
from rvosbench.splits.split import Split


def rectangle(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """100x100; the first rows and columns, and those behind the last."""
    mask = np.zeros((100, 100), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize(
    ("mask", "j", "f"),
    [
        (rectangle(40, 60, 30, 60), 1.0, 1.0),
        (rectangle(40, 60, 31, 61), 0.9354838709677419, 1.0),
        (rectangle(40, 60, 33, 63), 0.8181818181818182, 0.64),
        (rectangle(43, 63, 33, 63), 0.6194331983805668, 0.1),
        (rectangle(0, 100, 0, 100), 0.06, 0.0),
        (rectangle(0, 0, 0, 0), 0.0, 0.0),
    ],
)
def test_j_and_f_of_rectangles(mask: np.ndarray, j: float, f: float) -> None:
    truth = rectangle(40, 60, 30, 60)
    assert region(truth, mask) == j
    assert contour(truth, mask) == pytest.approx(f, abs=1e-15)


def test_a_full_frame_has_no_outline() -> None:
    full, empty = rectangle(0, 100, 0, 100), rectangle(0, 0, 0, 0)
    assert (region(empty, full), contour(empty, full)) == (0.0, 1.0)


@pytest.mark.parametrize("seed", range(40))
def test_two_oracles_agree_on_noise(seed: int) -> None:
    noise = np.random.default_rng(seed)
    height, width = noise.integers(1, 300, 2)
    truth, mask, void = (noise.random((height, width)) < noise.random() for _ in range(3))
    for hidden in (None, void):
        mine = Oracle().frame(truth, mask, hidden)
        assert mine == pytest.approx(score_oracle.score(truth, mask, void=hidden), abs=1e-15)


def test_matching_takes_the_best_sum_and_not_the_best_pair() -> None:
    table = {
        (label, thing): Unit((value,), (value,))
        for (label, thing), value in {(1, 1): 0.9, (1, 2): 0.8, (2, 1): 0.8, (2, 2): 0.1}.items()
    }
    assert [unit.j[0] for unit in matched(table, 2, 2)] == [0.8, 0.8]


def test_decay_compares_the_first_quarter_with_the_last() -> None:
    falling = tuple(1 - frame / 10 for frame in range(8))
    found = figures([Unit(falling, falling)])
    assert found["J_decay"] == pytest.approx(np.mean(falling[:3]) - np.mean(falling[5:]))


def test_counts_are_those_of_pycocotools(material: Material) -> None:
    noise = np.random.default_rng(0)
    masks = [*material.a2d.images.values(), *(noise.random((9, 13)) < share for share in (0, 0.1, 0.6, 1))]
    for mask in masks:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert samples.counts(mask) == coco_mask.encode(np.asfortranarray(mask, np.uint8))["counts"]


def test_average_precision_is_that_of_pycocotools(cases: list[Case], pack: Pack) -> None:
    """On every case that is scored, with the ground truth as the pack holds it."""
    compared = 0
    for case in cases:
        if case.submission.form is Form.COCO and case.answer.verdict is not Verdict.REFUSE:
            results = json.loads(pack.submission(case).read_text(encoding="utf-8"))
            stats = coco_stats(pack.truth(case), [{**one, "bbox": None} for one in results])
            assert [case.answer.scores[key] for key in ("mAP", "AP50", "AP75")] == pytest.approx(
                stats[:3], abs=1e-12
            ), case.id
            compared += 1
    assert compared >= 9


def coco_stats(truth: Path, results: list[dict[str, object]]) -> list[float]:
    for one in results:
        del one["bbox"]
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        annotations = COCO(str(truth))
        scorer = COCOeval(annotations, annotations.loadRes(results), iouType="segm")
        scorer.params.useCats = 0
        scorer.evaluate()
        scorer.accumulate()
        scorer.summarize()
    return [float(value) for value in scorer.stats]


def test_the_ground_truth_is_what_the_official_files_say(
    material: Material, splits: dict[str, Split]
) -> None:
    """Arrays from where the sample is made, against its release as `convert` reads it."""
    for truth in (material.mevis, material.mevis_v2, material.youtube):
        split = splits[truth.benchmark.name]
        assert [(one.video.name, one.name) for one in split.expressions] == truth.keys
        for clip in truth.clips:
            video = split.videos[clip.name]
            assert video.frames == clip.stems
            for key, masks in clip.targets.items():
                assert all((video.expressions[key].mask(at) == mask).all() for at, mask in enumerate(masks))
    split = splits[material.davis.benchmark.name]
    for davis in material.davis.clips:
        for label in np.unique(davis.labels)[1:]:
            for at, frame in enumerate(davis.labels):
                assert (split.videos[davis.name].objects[str(label)].mask(at) == (frame == label)).all()
