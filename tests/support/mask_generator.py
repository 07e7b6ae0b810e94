"""The mask generator of the package `sam2` itself: an oracle for ours. The three small things that it takes
from torchvision are written here anew, straight from what they are said to do.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Resize(nn.Module):
    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.height, self.width = size

    def forward(self, x: Tensor) -> Tensor:
        size = [self.height, self.width]
        return nn.functional.interpolate(x[None], size, mode="bilinear", align_corners=False, antialias=True)[
            0
        ]


class Normalize(nn.Module):
    def __init__(self, mean: list[float], std: list[float]) -> None:
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x: Tensor) -> Tensor:
        return (x - torch.tensor(self.mean)[:, None, None]) / torch.tensor(self.std)[:, None, None]


class ToTensor:
    def __call__(self, picture: NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(picture.transpose(2, 0, 1).copy()).float() / 255


def batched_nms(boxes: Tensor, scores: Tensor, idxs: Tensor, iou_threshold: float) -> Tensor:
    """Pair by pair."""
    order = sorted(range(len(boxes)), key=lambda place: -float(scores[place]))
    kept: list[int] = []
    for place in order:
        if all(_iou(boxes[place].tolist(), boxes[other].tolist()) <= iou_threshold for other in kept):
            kept.append(place)
    return torch.tensor(kept, dtype=torch.int64)


def _iou(one: list[float], other: list[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(wide, 0) * max(high, 0)
    whole = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (one, other)) - shared
    return shared / whole if whole else 0.0


def generate(
    monkeypatch: pytest.MonkeyPatch, model: Any, picture: NDArray[np.uint8], **settings: Any
) -> list[dict[str, Any]]:
    """What it finds, best first."""
    parts: dict[str, dict[str, object]] = {
        "torchvision": {},
        "torchvision.ops": {},
        "torchvision.ops.boxes": {"batched_nms": batched_nms, "box_area": None},
        "torchvision.transforms": {"Resize": Resize, "Normalize": Normalize, "ToTensor": ToTensor},
    }
    for name, content in parts.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("automatic_mask_generator", "sam2_image_predictor", "utils.transforms"):
        monkeypatch.delitem(sys.modules, f"sam2.{name}", raising=False)
    from sam2.automatic_mask_generator import SAM2AutomaticMaskGenerator

    generator = SAM2AutomaticMaskGenerator(model, **settings)
    generator.predictor._bb_feat_sizes = [(model.image_size // step,) * 2 for step in (4, 8, 16)]  # for 1024
    found: list[dict[str, Any]] = generator.generate(picture)
    for name in ("automatic_mask_generator", "sam2_image_predictor", "utils.transforms"):
        monkeypatch.delitem(sys.modules, f"sam2.{name}", raising=False)
    return found
