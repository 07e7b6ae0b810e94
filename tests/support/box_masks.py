"""Masks of one object over time, each a box or nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, width, height."""


def box_masks(size: tuple[int, int], *places: Box | None) -> NDArray[np.bool_]:
    """[frames, height, width], a frame for each place; None where nothing can be seen."""
    masks = np.zeros((len(places), *size), np.bool_)
    for mask, place in zip(masks, places, strict=True):
        if place is not None:
            left, top, width, height = place
            mask[top : top + height, left : left + width] = True
    return masks
