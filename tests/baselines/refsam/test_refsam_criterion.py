"""Dice and focal loss of what lies inside the picture."""

from __future__ import annotations

import torch
from rvosbench_baselines.refsam.criterion import losses


def test_what_fits_costs_little_and_its_opposite_much() -> None:
    wanted = torch.zeros(2, 16, 16)
    wanted[:, 4:12, 4:8] = 1
    logits = (40 * wanted - 20)[:, None, None]
    good = losses(logits, wanted, [(16, 16)] * 2, 16)
    bad = losses(-logits, wanted, [(16, 16)] * 2, 16)
    assert all(value < 0.02 for value in good.values())
    assert all(value > 0.5 for value in bad.values())


def test_what_lies_outside_the_picture_does_not_count() -> None:
    wanted = torch.zeros(1, 16, 16)
    wanted[:, 2:6, 2:6] = 1
    logits = (40 * wanted - 20)[:, None, None]
    outside = logits.clone()
    outside[..., 9:, :] = 20
    assert losses(outside, wanted, [(9, 16)], 16) == losses(logits, wanted, [(9, 16)], 16)
