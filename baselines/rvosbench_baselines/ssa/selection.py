"""Which queries of the video are meant, and their masks in the size of the video."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Rule = Literal["union", "top1"]
Size = tuple[int, int]


def object_scores(logits: Tensor) -> Tensor:
    """[..., q, 2] -> [..., q]: how likely a query is the object, and not nothing."""
    return logits.softmax(-1)[..., 0]


def chosen(scores: Tensor, rule: Rule, threshold: float) -> Tensor:
    """Of [q], the places of those whose score is above the threshold, or of the one that has the best."""
    if rule == "union":
        return torch.nonzero(scores > threshold).flatten()
    return scores.argmax(keepdim=True)


def mask_logits(embedded: Tensor, features: Tensor) -> Tensor:
    """`embedded` [k, C] and `features` [t, C, h, w] -> [k, t, h, w]"""
    return torch.einsum("kc,tchw->kthw", embedded, features)


def on_picture(logits: Tensor, padded: Size, picture: Size) -> Tensor:
    """[k, t, h, w] -> [k, t, *picture]: enlarged to the padded size, then without the padding."""
    large = functional.interpolate(logits, padded, mode="bilinear", align_corners=False)
    return large[:, :, : picture[0], : picture[1]]


def on_video(logits: Tensor, size: Size) -> Tensor:
    """[k, t, h, w] -> [k, t, *size]"""
    return functional.interpolate(logits, size, mode="bilinear", align_corners=False)


def union(logits: Tensor) -> Tensor:
    """[k, t, h, w] -> [t, h, w]: whether any query has a pixel; none has if there is no query."""
    return (logits > 0).any(0)
