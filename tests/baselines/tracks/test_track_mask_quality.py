"""Stability, boxes and the suppression of equal boxes, against loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mask_generator import batched_nms
from rvosbench_baselines.tracks.mask_quality import box_nms, boxes, stability


def test_stability_is_the_share_that_stays_when_the_threshold_moves() -> None:
    logits = torch.tensor([[[3.0, 1.5, 0.5, -0.5, -3.0]], [[3.0, 3.0, 3.0, -3.0, -3.0]]])
    assert stability(logits).tolist() == pytest.approx([2 / 4, 1.0])


def test_what_is_nowhere_has_no_stability_and_passes_no_threshold() -> None:
    assert not bool(stability(torch.full((1, 2, 2), -9.0)) >= 0.0)


@given(st.lists(st.lists(st.booleans(), min_size=24, max_size=24), min_size=1, max_size=4))
def test_boxes_reach_from_the_first_to_the_last_pixel(drawn: list[list[bool]]) -> None:
    masks = np.array(drawn).reshape(-1, 4, 6)
    for mask, found in zip(masks, boxes(torch.from_numpy(masks)).tolist(), strict=True):
        y, x = np.nonzero(mask)
        assert found == ([x.min(), y.min(), x.max(), y.max()] if len(x) else [0, 0, 0, 0])


CORNERS = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 9), st.integers(0, 9))


@given(st.lists(CORNERS, max_size=15), st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]), st.randoms())
def test_of_boxes_that_overlap_too_much_the_best_stays(
    corners: list[tuple[int, int, int, int]], threshold: float, chance: object
) -> None:
    edges = torch.tensor([(x, y, x + w, y + h) for x, y, w, h in corners]).reshape(-1, 4)
    scores = torch.tensor([((7 * place) % 11) / 11 for place in range(len(corners))])
    expected = batched_nms(edges, scores, torch.zeros(len(corners)), threshold)
    assert box_nms(edges, scores, threshold) == expected.tolist()
