"""P@K, mean and overall IoU. The oracle is torch, in which the official script works."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.metrics.precision import (
    THRESHOLDS,
    best_detection,
    mean_iou,
    overall_iou,
    precision_at,
    precision_key,
    single_precision_iou,
)

counts = st.integers(0, 2_000_000).flatmap(lambda union: st.tuples(st.integers(0, union), st.just(union)))


def iou_in_torch(intersection: int, union: int) -> float:
    shared, either = torch.tensor([intersection]).float(), torch.tensor([union]).float()
    return float(((shared + 1e-6) / (either + 1e-6)).item())


@pytest.mark.parametrize(
    ("intersection", "union", "passed"),
    [
        (50, 100, []),
        (60, 100, [0.5, 0.6]),
        (70, 100, [0.5, 0.6]),
        (80, 100, [0.5, 0.6, 0.7, 0.8]),
        (90, 100, [0.5, 0.6, 0.7, 0.8]),
        (1, 2, [0.5]),
        (5, 10, [0.5]),
        (10, 20, []),
        (12, 20, [0.5]),
        (25, 50, [0.5]),
        (7, 10, [0.5, 0.6, 0.7]),
        (0, 0, list(THRESHOLDS)),
        (0, 9, []),
    ],
)
def test_which_thresholds_an_exact_ratio_passes(intersection: int, union: int, passed: list[float]) -> None:
    iou = single_precision_iou([intersection], [union])
    assert [k for k in THRESHOLDS if precision_at(k, iou) == 1.0] == passed


@given(st.lists(counts, min_size=1, max_size=20))
def test_the_iou_is_that_of_single_precision_tensors(pairs: list[tuple[int, int]]) -> None:
    found = single_precision_iou([shared for shared, _ in pairs], [either for _, either in pairs])
    assert found.tolist() == [iou_in_torch(*pair) for pair in pairs]


@given(st.lists(counts, min_size=1, max_size=20))
def test_the_figures_over_images_are_plain_shares_and_means(pairs: list[tuple[int, int]]) -> None:
    ious = [iou_in_torch(*pair) for pair in pairs]
    for threshold in THRESHOLDS:
        assert precision_at(threshold, np.array(ious)) == sum(iou > threshold for iou in ious) / len(ious)
    assert mean_iou(np.array(ious)) == pytest.approx(np.mean(ious), rel=1e-14)
    either = sum(union for _, union in pairs)
    expected = sum(shared for shared, _ in pairs) / either if either else 1.0
    assert overall_iou(*(np.array(column) for column in zip(*pairs, strict=True))) == expected


def test_of_equal_scores_the_last_of_the_submission_is_the_best() -> None:
    assert best_detection(np.array([0.3, 0.9, 0.9, 0.1])) == 2
    assert best_detection(np.array([0.5])) == 0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_the_best_detection_is_the_last_after_a_stable_sort(scores: list[int]) -> None:
    last = sorted(range(len(scores)), key=lambda place: scores[place])[-1]
    assert best_detection(np.array(scores, np.float64)) == last


def test_keys_are_those_of_the_result_file() -> None:
    assert [precision_key(k) for k in THRESHOLDS] == ["P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9"]


def test_taking_a_prediction_away_can_raise_overall_iou() -> None:
    """Which is why no prediction may be missing where it is reported."""
    intersections, unions = [90, 1], [100, 5000]
    assert overall_iou(intersections, unions) < overall_iou([90, 0], [100, 50])
