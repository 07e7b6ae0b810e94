"""Multi-scale deformable attention: every query reads a few points of every level of a feature pyramid.

Zhu et al., Deformable DETR (ICLR 2021). The parameters have the names of its reference implementation, whose
compiled kernel is replaced by `grid_sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

Shapes = Sequence[tuple[int, int]]
"""Height and width of each level, finest first as a rule."""


def sample_levels(value: Tensor, shapes: Shapes, locations: Tensor, weights: Tensor) -> Tensor:
    """The weighted sum of bilinear samples, zero outside the maps.

    `value` [B, S, heads, d] holds the levels one after the other, S = sum of h * w. `locations`
    [B, Q, heads, levels, points, 2] are (x, y), 0 to 1 over each level, where 0 and 1 are the outer edges.
    `weights` [B, Q, heads, levels, points]. The result is [B, Q, heads * d].
    """
    batch, _, heads, width = value.shape
    queries, points = locations.shape[1], locations.shape[4]
    grids = 2 * locations - 1
    result = value.new_zeros(batch * heads, width, queries)
    start = 0
    for level, (height, breadth) in enumerate(shapes):
        stop = start + height * breadth
        maps = value[:, start:stop].permute(0, 2, 3, 1).reshape(batch * heads, width, height, breadth)
        grid = grids[:, :, :, level].transpose(1, 2).reshape(batch * heads, queries, points, 2)
        weight = weights[:, :, :, level].transpose(1, 2).reshape(batch * heads, 1, queries, points)
        sampled = functional.grid_sample(
            maps, grid, mode="bilinear", padding_mode="zeros", align_corners=False
        )
        result = result + (sampled * weight).sum(-1)
        start = stop
    return result.reshape(batch, heads * width, queries).transpose(1, 2)


def cell_counts(shapes: Shapes, like: Tensor) -> Tensor:
    """[levels, 2]: width and height of each level. Filled on the device of `like`: a GPU would be waited for
    before a table of the processor could be copied."""
    sides = [like.new_full((), side) for height, breadth in shapes for side in (breadth, height)]
    return torch.stack(sides).view(-1, 2)


class DeformableAttention(nn.Module):
    def __init__(self, width: int, levels: int, heads: int, points: int) -> None:
        super().__init__()
        self.levels, self.heads, self.points = levels, heads, points
        self.sampling_offsets = nn.Linear(width, heads * levels * points * 2)
        self.attention_weights = nn.Linear(width, heads * levels * points)
        self.value_proj = nn.Linear(width, width)
        self.output_proj = nn.Linear(width, width)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Each head looks in a direction of its own, each point one step further."""
        turns = torch.arange(self.heads, dtype=torch.float32) * (2 * math.pi / self.heads)
        compass = torch.stack([turns.cos(), turns.sin()], -1)
        compass = compass / compass.abs().amax(-1, keepdim=True)
        steps = torch.arange(1, self.points + 1, dtype=torch.float32)
        offsets = compass[:, None, None, :] * steps[None, None, :, None]
        with torch.no_grad():
            self.sampling_offsets.bias.copy_(offsets.expand(-1, self.levels, -1, -1).flatten())
        nn.init.zeros_(self.sampling_offsets.weight)
        nn.init.zeros_(self.attention_weights.weight)
        nn.init.zeros_(self.attention_weights.bias)
        for projection in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(projection.weight)
            nn.init.zeros_(projection.bias)

    def forward(
        self, query: Tensor, references: Tensor, value: Tensor, shapes: Shapes, padding: Tensor | None = None
    ) -> Tensor:
        """`query` [B, Q, C], `value` [B, S, C]; `padding` [B, S] is True where `value` is no picture.

        `references` [B, Q, levels, 2] are points, from which offsets count in cells of the level, or
        [B, Q, levels, 4] boxes (centre, width, height), of which offsets are parts.
        """
        batch, queries, width = query.shape
        projected = self.value_proj(value)
        if padding is not None:
            projected = projected.masked_fill(padding[..., None], 0.0)
        projected = projected.view(batch, value.shape[1], self.heads, width // self.heads)
        grid = (batch, queries, self.heads, self.levels, self.points)
        weights = self.attention_weights(query).view(batch, queries, self.heads, -1).softmax(-1).view(grid)
        locations = self._locations(self.sampling_offsets(query).view(*grid, 2), references, shapes)
        attended: Tensor = self.output_proj(sample_levels(projected, shapes, locations, weights))
        return attended

    def _locations(self, offsets: Tensor, references: Tensor, shapes: Shapes) -> Tensor:
        anchors = references[:, :, None, :, None, :]
        if references.shape[-1] == 2:
            return anchors + offsets / cell_counts(shapes, offsets)[None, None, None, :, None, :]
        return anchors[..., :2] + offsets / self.points * anchors[..., 2:] * 0.5
