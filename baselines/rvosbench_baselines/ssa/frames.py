"""Frames as the model takes them: scaled as detectron2 scales them, on 8 bits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from rvosbench_baselines.ssa.model import STRIDE

Size = tuple[int, int]


def fitted_size(size: Size, short: int, long: int) -> Size:
    """Height and width with the shorter side `short`, or less where the longer one would exceed `long`."""
    scale = short / min(size)
    height, width = (float(short) if side == min(size) else scale * side for side in size)
    if max(height, width) > long:
        scale = long / max(height, width)
        height, width = scale * height, scale * width
    return int(height + 0.5), int(width + 0.5)


def padded_size(size: Size) -> Size:
    height, width = (-(-side // STRIDE) * STRIDE for side in size)
    return height, width


def as_tensor(frame: NDArray[np.uint8], size: Size) -> Tensor:
    """[3, height, width], 0 to 255, from RGB of any size."""
    if frame.shape[:2] != size:
        picture = Image.fromarray(frame).resize(size[::-1], Image.Resampling.BILINEAR)
        frame = np.asarray(picture)
    return torch.from_numpy(np.array(frame, np.float32)).permute(2, 0, 1)
