"""Frames as the model takes them: shrunk or enlarged to a size, and normalised."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def fitted_size(height: int, width: int, short: int, long: int) -> tuple[int, int]:
    """Height and width with the shorter side `short`, or less where the longer one would exceed `long`;
    rounded as in DETR."""
    low, high = min(height, width), max(height, width)
    if high / low * short > long:
        short = max(1, round(long * low / high))
    if low == short:
        return height, width
    if width < height:
        return int(short * height / width), short
    return short, int(short * width / height)


def normalised(frames: Iterable[NDArray[np.uint8]], size: tuple[int, int]) -> Tensor:
    """[T, 3, height, width] of RGB pictures of any size, scaled as torchvision scales pictures of PIL."""
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    scaled = (torch.from_numpy(_resized(frame, size)).permute(2, 0, 1) for frame in frames)
    return torch.stack([(frame.to(torch.float32) / 255 - mean) / deviation for frame in scaled])


def _resized(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if frame.shape[:2] == size:
        return frame.copy()
    height, width = size
    return np.array(Image.fromarray(frame).resize((width, height), Image.Resampling.BILINEAR))
