"""A mask on a picture: the area tinted, its outline drawn, in pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

TINT = 0.45
OUTLINE, HALO = 2, 1  # pixels: the outline in full colour, and a halo around it, for pictures of its colour
LIGHT = 200  # of 255: a colour whose halo is black


def reduced(picture: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """At most so wide."""
    if picture.shape[1] <= width:
        return picture
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BOX))


def reduced_mask(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    """To height and width of the reduced picture: a pixel is set where half of what it stands for is."""
    if mask.shape == size:
        return mask
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    found: NDArray[np.bool_] = np.asarray(grey.resize(size[::-1], Image.Resampling.BOX)) >= 128
    return found


def overlaid(picture: NDArray[np.uint8], mask: NDArray[np.bool_], colour: str) -> NDArray[np.uint8]:
    if not mask.any():
        return picture
    paint = np.array(to_rgb(colour)) * 255
    found = picture.astype(np.float64)
    found[mask] = (1 - TINT) * found[mask] + TINT * paint
    inner = _shrunk(mask, OUTLINE)
    found[_shrunk(~mask, HALO) ^ ~mask] = 0 if paint.mean() > LIGHT else 255
    found[mask & ~inner] = paint
    return found.round().astype(np.uint8)


def _shrunk(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Without the pixels that are less than `by` steps from another value; the border of the picture is
    none."""
    for _ in range(by):
        padded = np.pad(mask, 1, constant_values=True)
        mask = mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask
