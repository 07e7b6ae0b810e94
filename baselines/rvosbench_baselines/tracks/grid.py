"""Everything that SAM 2 sees in a picture: masks from a grid of points, as its mask generator finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvosbench.masks import rle
from rvosbench_baselines.tracks.candidates import Candidate, Mask, without_parts
from rvosbench_baselines.tracks.mask_quality import box_nms, boxes, stability
from rvosbench_baselines.tracks.sam2_model import Embedding, Sam2
from rvosbench_baselines.tracks.settings import Settings

POINTS_AT_ONCE = 64
PIXELS_AT_ONCE = 2**26  # of logits at full size: a quarter of a gigabyte


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One mask, its box, how good SAM 2 thinks it is, and how stable it is."""

    mask: Mask
    box: Tensor
    quality: Tensor
    stability: Tensor


def grid(side: int) -> Tensor:
    """[side * side, 2]: centres of the cells, row by row, as x, y from 0 to 1."""
    places = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    y, x = torch.meshgrid(places, places, indexing="ij")
    return torch.stack((x, y), dim=-1).view(-1, 2).float()


def candidates(sam2: Sam2, frame: int, picture: NDArray[np.uint8], settings: Settings) -> list[Candidate]:
    """Masks of one picture, without those that are part of a larger one."""
    with torch.inference_mode(), sam2.precision():
        seen = list(masks(sam2, picture, settings))
    whole = without_parts([one.mask for one in seen], settings.part)
    return [
        Candidate(
            frame, rle.encode(seen[index].mask), int(seen[index].mask.sum()), float(seen[index].stability)
        )
        for index in whole
    ]


def masks(sam2: Sam2, picture: NDArray[np.uint8], settings: Settings) -> list[Seen]:
    """Best first. Of masks with nearly the same box one remains."""
    embedding = sam2.embed(picture)
    places = grid(settings.points)
    seen = [
        one
        for start in range(0, len(places), POINTS_AT_ONCE)
        for one in _good(sam2, embedding, places[start : start + POINTS_AT_ONCE], settings)
    ]
    if not seen:
        return []
    kept = box_nms(
        torch.stack([one.box for one in seen]),
        torch.stack([one.quality for one in seen]),
        settings.box_nms,
    )
    return [seen[index] for index in kept]


def _good(sam2: Sam2, embedding: Embedding, points: Tensor, settings: Settings) -> Iterator[Seen]:
    """The masks at these points that are good and stable enough. Only good ones are enlarged, few at once:
    all masks of a grid at full size would take gigabytes."""
    logits, quality = (one.flatten(0, 1) for one in sam2.masks_at_points(embedding, points))
    promising = quality > settings.predicted_iou
    logits, quality = logits[promising], quality[promising].float()
    at_once = max(1, PIXELS_AT_ONCE // (embedding.size[0] * embedding.size[1]))
    for start in range(0, len(logits), at_once):
        large = sam2.full_size(logits[start : start + at_once], embedding.size)
        values, steady = quality[start : start + at_once], stability(large)
        stays = steady >= settings.stability
        drawn = large[stays] > 0
        for mask, box, value, share in zip(drawn, boxes(drawn), values[stays], steady[stays], strict=True):
            yield Seen(mask.cpu().numpy(), box.cpu(), value.cpu(), share.cpu())
