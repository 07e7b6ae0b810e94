"""Pictures as SAM wants them, and its masks back in the size of the video.

The steps are those of the released inference: the short side to 360, the long side to SAM's 1024, SAM's
normalisation, zeros to the right and below; and the same way back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
MAX_PIXELS = 2**26
"""A strip one pixel high would become 360 high and fill the memory; it keeps its size."""

Size = tuple[int, int]
"""Height and width."""


@dataclass(frozen=True, slots=True)
class PreparedFrame:
    """`pixels` [1, 3, side, side], filled by the picture as far as `inside`; `shown` is its size before
    SAM's own resizing, and `original` that of the video."""

    pixels: Tensor
    inside: Size
    shown: Size
    original: Size


def with_short_side(size: Size, short: int) -> Size:
    """As torchvision's `Resize(short)`: the long side is rounded down."""
    height, width = size
    if height <= width:
        return short, int(short * width / height)
    return int(short * height / width), short


def with_long_side(size: Size, long: int) -> Size:
    """As SAM: both sides are rounded to the nearest, and none vanishes."""
    scale = long / max(size)
    height, width = (max(1, int(side * scale + 0.5)) for side in size)
    return height, width


def prepare(picture: NDArray[np.uint8], *, side: int, short_side: int) -> PreparedFrame:
    """`short_side` 0 leaves the first resizing out."""
    original = picture.shape[0], picture.shape[1]
    shown = with_short_side(original, short_side) if short_side else original
    if shown[0] * shown[1] > MAX_PIXELS:
        shown = original
    inside = with_long_side(shown, side)
    image = _resized(_resized(Image.fromarray(picture), shown), inside)
    values = torch.from_numpy(np.asarray(image, dtype=np.float32))
    normalised = ((values - torch.tensor(MEAN)) / torch.tensor(STD)).permute(2, 0, 1)
    pixels = functional.pad(normalised, (0, side - inside[1], 0, side - inside[0]))
    return PreparedFrame(pixels.unsqueeze(0), inside, shown, original)


def in_original_size(logits: Tensor, frame: PreparedFrame) -> Tensor:
    """Mask logits [B, M, h, w] of the padded square to [B, M, height, width] of the video."""
    side = frame.pixels.shape[-1]
    padded = _interpolated(logits, (side, side))
    shown = _interpolated(padded[..., : frame.inside[0], : frame.inside[1]], frame.shown)
    return _interpolated(shown, frame.original)


def _resized(image: Image.Image, size: Size) -> Image.Image:
    height, width = size
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling.BILINEAR)


def _interpolated(maps: Tensor, size: Size) -> Tensor:
    return functional.interpolate(maps, size, mode="bilinear", align_corners=False)
