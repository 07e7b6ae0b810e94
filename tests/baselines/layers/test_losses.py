"""Losses by their definition, box by box and pixel by pixel."""

from __future__ import annotations

import math

import pytest
import torch
from rvosbench_baselines.layers.losses import corners, dice, focal, generalized_iou


def test_dice_counts_shared_pixels_twice() -> None:
    sure = torch.tensor([[40.0, 40, -40, -40], [-40, -40, -40, -40]])
    targets = torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 0]])
    assert dice(sure, targets).tolist() == pytest.approx([(2 * 1 + 1) / (2 + 2 + 1), 1.0])
    unsure = torch.zeros(1, 4)
    assert dice(unsure, targets[:1]).item() == pytest.approx((2 * 2 * 0.5 + 1) / (4 * 0.5 + 2 + 1))


@pytest.mark.parametrize("logit", [-3.0, 0.0, 2.5])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_focal_loss_weighs_what_is_nearly_right_down(logit: float, target: float) -> None:
    p = 1 / (1 + math.exp(-logit))
    right = p if target else 1 - p
    expected = (0.25 if target else 0.75) * -math.log(right) * (1 - right) ** 2
    ours = focal(torch.tensor([logit]), torch.tensor([target]))
    assert ours.item() == pytest.approx(expected, rel=1e-5)


BOXES = [(0, 0, 4, 2), (2, 1, 6, 3), (5, 5, 6, 7), (1, 1, 1, 1)]


def test_generalized_iou_takes_the_empty_part_of_the_hull_off() -> None:
    boxes = torch.tensor(BOXES, dtype=torch.float64)
    ours = generalized_iou(boxes[:, None], boxes[None])
    assert ours.shape == (4, 4)
    assert torch.allclose(ours, ours.T)
    # 2 of 14 shared; the hull of 6 x 3 holds 4 that are in neither.
    assert ours[0, 1].item() == pytest.approx(2 / 14 - 4 / 18, abs=1e-5)
    # Nothing shared; the hull of 6 x 7 holds 32 that are in neither.
    assert ours[0, 2].item() == pytest.approx(0 - 32 / 42, abs=1e-5)
    assert ours.diagonal()[:3].tolist() == pytest.approx([1.0] * 3, abs=1e-5)
    assert ours.isfinite().all()


def test_corners_are_half_a_side_from_the_centre() -> None:
    assert corners(torch.tensor([3.0, 2.0, 4.0, 2.0])).tolist() == [1.0, 1.0, 5.0, 3.0]
