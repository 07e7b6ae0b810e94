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

from rvosbench_baselines.layers.chunks import AtOnce, in_chunks

COORDINATES = 2

VALUES_AT_ONCE = AtOnce(processor=2**22, gpu=2**28)
"""How many hidden values there may be at the same time: as many frames go together."""


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
    height, width = features.shape[2:]
    shapes = layer_shapes(features.shape[1], depth)
    centres = [
        torch.arange(length, dtype=torch.float32, device=features.device) * stride + stride // 2
        for length in (height, width)
    ]
    y, x = torch.meshgrid(*centres, indexing="ij")
    pixels = torch.stack([x, y]).flatten(1)

    def masks(some: Tensor, their_parameters: Tensor, their_references: Tensor) -> Tensor:
        return _masks_of_frames(some, their_parameters, their_references[..., None] - pixels, shapes)

    size = max(1, VALUES_AT_ONCE.on(features.device) // (parameters.shape[1] * shapes[0][1] * height * width))
    logits = in_chunks(masks, size, features.flatten(2), parameters, references)
    return logits.view(*parameters.shape[:2], height, width)


def _masks_of_frames(
    features: Tensor, parameters: Tensor, ways: Tensor, shapes: Sequence[tuple[int, int]]
) -> Tensor:
    """`features` [N, C, hw], `parameters` [N, q, count], `ways` [N, q, 2, hw]: each query of each frame has
    hidden features of its own."""
    frames, queries = parameters.shape[:2]
    sizes = [*map(prod, shapes), *(wide for wide, _ in shapes)]
    parts = torch.split(parameters.flatten(0, 1), sizes, 1)
    hidden = torch.cat([features[:, None].expand(-1, queries, -1, -1), ways], 2).flatten(0, 1)
    for index, (shape, weight, bias) in enumerate(
        zip(shapes, parts[: len(shapes)], parts[len(shapes) :], strict=True)
    ):
        hidden = torch.baddbmm(bias[..., None], weight.reshape(-1, *shape), hidden)
        if index < len(shapes) - 1:
            hidden = hidden.relu()
    return hidden.view(frames, queries, -1)
