"""Which of SAM 2's masks are worth keeping: by their stability, and by their boxes."""

from __future__ import annotations

import torch
from torch import Tensor

OFFSET = 1.0  # how far the threshold of logits is moved


def stability(logits: Tensor) -> Tensor:
    """[N, H, W] -> [N]: IoU of the masks at a high and at a low threshold. NaN where both are empty, which no
    comparison lets pass."""
    high = (logits > OFFSET).flatten(1).sum(1)
    low = (logits > -OFFSET).flatten(1).sum(1)
    return high / low


def boxes(masks: Tensor) -> Tensor:
    """[N, H, W] -> [N, 4]: the first and last columns and rows that are hit, as left, top, right, bottom;
    zeros for empty masks."""
    rows, columns = masks.any(2), masks.any(1)
    left, right = _ends(columns)
    top, bottom = _ends(rows)
    found = torch.stack((left, top, right, bottom), dim=1)
    return found * masks.flatten(1).any(1)[:, None]


def _ends(hit: Tensor) -> tuple[Tensor, Tensor]:
    """Index of the first and of the last True of each row."""
    length = hit.shape[1]
    number = hit.to(torch.int64)
    return number.argmax(1), length - 1 - number.flip(1).argmax(1)


def box_nms(boxes: Tensor, scores: Tensor, threshold: float) -> list[int]:
    """Indices that remain, best first, when of two boxes with an IoU above `threshold` the better stays."""
    left, top, right, bottom = boxes.double().unbind(1)
    area = (right - left) * (bottom - top)
    order = torch.argsort(scores, descending=True, stable=True)
    kept: list[int] = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        width = (torch.minimum(right[best], right[rest]) - torch.maximum(left[best], left[rest])).clamp(min=0)
        height = (torch.minimum(bottom[best], bottom[rest]) - torch.maximum(top[best], top[rest])).clamp(
            min=0
        )
        shared = width * height
        overlap = shared / (area[best] + area[rest] - shared)
        order = rest[~(overlap > threshold)]  # 0 / 0 of boxes without area is no overlap
    return kept
