"""What RefSAM is trained with: dice and focal loss of the mask of each frame, of equal weight."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from rvosbench_baselines.layers.losses import dice, focal


def losses(
    logits: Tensor, wanted: Tensor, insides: Sequence[tuple[int, int]], side: int
) -> dict[str, Tensor]:
    """`logits` [T, 1, 1, h, w] of the padded square of `side` pixels; `wanted` [T, side, side] of 0 and 1, of
    which only the part inside the picture counts."""
    large = interpolate(logits[:, 0], (side, side), mode="bilinear", align_corners=False)[:, 0].float()
    found: dict[str, list[Tensor]] = {"loss_dice": [], "loss_focal": []}
    for one, true, (height, width) in zip(large, wanted.to(large.dtype), insides, strict=True):
        own, target = one[:height, :width].flatten(), true[:height, :width].flatten()
        found["loss_dice"].append(1 - dice(own, target))
        found["loss_focal"].append(focal(own, target).mean())
    return {name: torch.stack(values).mean() for name, values in found.items()}
