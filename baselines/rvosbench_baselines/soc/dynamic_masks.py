"""Mask heads whose weights each query makes for itself: three 1x1 convolutions over the features of its frame
and the way from each pixel to its reference point.

Tian et al., CondInst (ECCV 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor

COORDINATES = 2


def layer_shapes(channels: int, depth: int) -> list[tuple[int, int]]:
    """(out, in) of each convolution: the first reads coordinates too, the last gives the mask."""
    widths = [channels + COORDINATES, *[channels] * (depth - 1), 1]
    return [(wide, narrow) for narrow, wide in pairwise(widths)]


def parameter_count(channels: int, depth: int) -> int:
    return sum(wide * narrow + wide for wide, narrow in layer_shapes(channels, depth))


def dynamic_masks(
    features: Tensor, parameters: Tensor, references: Tensor, stride: int, depth: int
) -> Tensor:
    """Logits [N, q, h, w].

    `features` [N, C, h, w]; `parameters` [N, q, count] are all weights of all layers, then all biases;
    `references` [N, q, 2] are (x, y) in pixels of the picture, not normalised.
    """
    channels, height, width = features.shape[1:]
    shapes = layer_shapes(channels, depth)
    y = torch.arange(height, dtype=torch.float32, device=features.device) * stride + stride // 2
    x = torch.arange(width, dtype=torch.float32, device=features.device) * stride + stride // 2
    pixels = torch.stack([x.expand(height, width), y[:, None].expand(height, width)])
    masks = [
        _masks_of_frame(feature.flatten(1), parameter, reference[..., None] - pixels.flatten(1), shapes)
        for feature, parameter, reference in zip(features, parameters, references, strict=True)
    ]
    return torch.stack(masks).view(*parameters.shape[:2], height, width)


def _masks_of_frame(
    features: Tensor, parameters: Tensor, ways: Tensor, shapes: Sequence[tuple[int, int]]
) -> Tensor:
    """`features` [C, hw], `parameters` [q, count], `ways` [q, 2, hw]; one frame at a time, since each query
    needs hidden features of its own."""
    queries = len(parameters)
    sizes = [*map(prod, shapes), *(wide for wide, _ in shapes)]
    parts = torch.split(parameters, sizes, 1)
    hidden = torch.cat([features.expand(queries, -1, -1), ways], 1)
    for index, (shape, weight, bias) in enumerate(
        zip(shapes, parts[: len(shapes)], parts[len(shapes) :], strict=True)
    ):
        hidden = torch.baddbmm(bias[..., None], weight.reshape(queries, *shape), hidden)
        if index < len(shapes) - 1:
            hidden = hidden.relu()
    return hidden
