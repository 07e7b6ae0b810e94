"""What SOC is trained with: an object per clip, the query that fits it best, and six losses of each layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from rvosbench_baselines.layers.losses import corners, dice, focal, generalized_iou
from rvosbench_baselines.soc.model import SocOutput

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "loss_sigmoid_focal": 2.0,
        "loss_dice": 5.0,
        "loss_con": 1.0,
        "loss_cls": 2.0,
        "loss_bbox": 2.0,
        "loss_giou": 2.0,
    }
)
"""Those of the authors' configuration files; in the paper dice and focal loss have each other's."""

CLASS_COST, DICE_COST, BOX_COST, GIOU_COST = 2.0, 5.0, 2.0, 2.0
COST_EPSILON = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class SocTarget:
    """The object that each of B clips of T frames is about.

    `masks` [T, B, H, W], 0 or 1, at the size of the input of the model; `boxes` [T, B, 4] (centre, width,
    height; 0 to 1), zeros where it is not visible; `visible` [T, B] bool; `labels` [B] its class, 0 where
    there is but one.
    """

    masks: Tensor
    boxes: Tensor
    visible: Tensor
    labels: Tensor


def losses(output: SocOutput, target: SocTarget) -> dict[str, Tensor]:
    """Unweighted, under the authors' names; those of earlier layers end in `_0`, `_1`."""
    found = _of_layer(output, target)
    for layer, earlier in enumerate(output.earlier):
        found |= {f"{name}_{layer}": value for name, value in _of_layer(earlier, target).items()}
    return found


def total(found: Mapping[str, Tensor], weights: Mapping[str, float] = WEIGHTS) -> Tensor:
    """What is minimised."""
    weighted = [value * weights[name.rstrip("0123456789").rstrip("_")] for name, value in found.items()]
    return torch.stack(weighted).sum()


@torch.no_grad()
def match(output: SocOutput, target: SocTarget) -> Tensor:
    """[B]: the query whose classes, masks and boxes cost least, averaged over time; classes over the frames
    in which the object is visible."""
    masks = _at_size_of_target(output.pred_masks, target).flatten(3)
    cost = -DICE_COST * dice(masks, target.masks.flatten(2)[:, :, None].float()).mean(0)
    boxes = target.boxes[:, :, None]
    cost += BOX_COST * (output.pred_boxes - boxes).abs().sum(-1).mean(0)
    cost -= GIOU_COST * generalized_iou(corners(output.pred_boxes), corners(boxes)).mean(0)
    cost += CLASS_COST * _class_cost(output.pred_cls, target)
    return cost.argmin(1)


def _class_cost(logits: Tensor, target: SocTarget) -> Tensor:
    """[B, q]: focal loss of the class, less that of its absence."""
    labels = target.labels[None, :, None, None].expand(*logits.shape[:3], 1)
    p = logits.sigmoid().gather(3, labels)[..., 0]
    present = 0.25 * (1 - p) ** 2 * -(p + COST_EPSILON).log()
    absent = 0.75 * p**2 * -(1 - p + COST_EPSILON).log()
    # The only frame of a sample counts whether the object is visible in it or not.
    counted = (target.visible if len(logits) > 1 else torch.ones_like(target.visible))[..., None].float()
    return ((present - absent) * counted).sum(0) / counted.sum(0).clamp(min=1)


def _of_layer(output: SocOutput, target: SocTarget) -> dict[str, Tensor]:
    queries = match(output, target)
    frames, clips = target.visible.shape
    rows = torch.arange(clips, device=queries.device)
    count = frames * clips
    masks = _at_size_of_target(output.pred_masks[:, rows, queries][:, :, None], target)[:, :, 0].flatten(2)
    wanted = target.masks.flatten(2).to(masks.dtype)
    boxes = output.pred_boxes[:, rows, queries]
    likeness = torch.einsum("bqc,bc->bq", output.objects / output.objects.shape[-1], output.text)
    return {
        "loss_sigmoid_focal": focal(masks, wanted).mean(-1).sum() / count,
        "loss_dice": (1 - dice(masks, wanted)).sum() / count,
        "loss_con": -likeness.log_softmax(-1)[rows, queries].mean(),
        "loss_cls": focal(output.pred_cls, _wanted_classes(output.pred_cls, target, queries)).sum() / count,
        "loss_bbox": (boxes - target.boxes).abs().sum() / count,
        "loss_giou": (1 - generalized_iou(corners(boxes), corners(target.boxes))).sum() / count,
    }


def _wanted_classes(logits: Tensor, target: SocTarget, queries: Tensor) -> Tensor:
    """1 for the class of the matched query in the frames in which the object is visible."""
    wanted = torch.zeros_like(logits)
    rows = torch.arange(len(queries), device=queries.device)
    wanted[:, rows, queries, target.labels] = target.visible.to(logits.dtype)
    return wanted


def _at_size_of_target(masks: Tensor, target: SocTarget) -> Tensor:
    """[T, B, q, H, W] of logits [T, B, q, h, w]."""
    large = interpolate(
        masks.flatten(0, 1), size=target.masks.shape[-2:], mode="bilinear", align_corners=False
    )
    return large.view(*masks.shape[:3], *large.shape[-2:])
