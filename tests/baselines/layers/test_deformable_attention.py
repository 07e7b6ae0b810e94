"""Deformable attention gives what a loop over queries, heads, levels and points gives."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rvosbench_baselines.layers.deformable_attention import DeformableAttention, sample_levels
from torch import Tensor

SHAPES = [(5, 7), (3, 4), (1, 2)]


def pixel(level: Tensor, x: int, y: int) -> Tensor:
    """[d], zero outside [h, w, d]."""
    height, width, channels = level.shape
    inside = 0 <= x < width and 0 <= y < height
    return level[y, x] if inside else level.new_zeros(channels)


def bilinear(level: Tensor, x: float, y: float) -> Tensor:
    """(0, 0) is the outer corner of the first cell, whose centre is therefore at half a cell."""
    height, width, _ = level.shape
    across, down = x * width - 0.5, y * height - 0.5
    left, top = math.floor(across), math.floor(down)
    right, low = across - left, down - top
    return (
        pixel(level, left, top) * (1 - right) * (1 - low)
        + pixel(level, left + 1, top) * right * (1 - low)
        + pixel(level, left, top + 1) * (1 - right) * low
        + pixel(level, left + 1, top + 1) * right * low
    )


def by_loops(value: Tensor, shapes: list[tuple[int, int]], locations: Tensor, weights: Tensor) -> Tensor:
    batch, _, heads, channels = value.shape
    _, queries, _, levels, points, _ = locations.shape
    result = value.new_zeros(batch, queries, heads, channels)
    sizes = [height * width for height, width in shapes]
    for b in range(batch):
        for h in range(heads):
            maps = [
                part.view(*shape, channels)
                for part, shape in zip(torch.split(value[b, :, h], sizes), shapes, strict=True)
            ]
            for q in range(queries):
                for level in range(levels):
                    for p in range(points):
                        x, y = locations[b, q, h, level, p].tolist()
                        result[b, q, h] += weights[b, q, h, level, p] * bilinear(maps[level], x, y)
    return result.flatten(2)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**20), reach=st.sampled_from([0.5, 1.0, 1.8]))
def test_samples_are_those_of_an_explicit_loop_inside_the_maps_and_outside(seed: int, reach: float) -> None:
    noise = torch.Generator().manual_seed(seed)
    batch, queries, heads, points, channels = 2, 3, 2, 2, 4
    count = sum(height * width for height, width in SHAPES)
    value = torch.randn(batch, count, heads, channels, generator=noise, dtype=torch.float64)
    shape = (batch, queries, heads, len(SHAPES), points)
    locations = torch.rand(*shape, 2, generator=noise, dtype=torch.float64) * 2 * reach + 0.5 - reach
    weights = torch.rand(shape, generator=noise, dtype=torch.float64)
    ours = sample_levels(value, SHAPES, locations, weights)
    assert torch.allclose(ours, by_loops(value, SHAPES, locations, weights), atol=1e-12)


@pytest.fixture
def attention() -> DeformableAttention:
    torch.manual_seed(0)
    module = DeformableAttention(width=8, levels=3, heads=2, points=2).double()
    for weight in module.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return module


@pytest.mark.parametrize("coordinates", [2, 4])
def test_offsets_count_in_cells_from_points_and_in_parts_of_boxes(
    attention: DeformableAttention, coordinates: int
) -> None:
    torch.manual_seed(1)
    query = torch.randn(2, 5, 8, dtype=torch.float64)
    value = torch.randn(2, 49, 8, dtype=torch.float64)
    padding = torch.rand(2, 49) < 0.3
    references = torch.rand(2, 5, 3, coordinates, dtype=torch.float64)

    offsets = attention.sampling_offsets(query).view(2, 5, 2, 3, 2, 2)
    locations = torch.empty_like(offsets)
    for level, (height, width) in enumerate(SHAPES):
        for p in range(2):
            step = offsets[:, :, :, level, p]
            centre = references[:, :, None, level, :2]
            if coordinates == 2:
                locations[:, :, :, level, p] = centre + step / torch.tensor([width, height])
            else:
                locations[:, :, :, level, p] = centre + step / 2 * references[:, :, None, level, 2:] / 2
    weights = attention.attention_weights(query).view(2, 5, 2, 6).softmax(-1).view(2, 5, 2, 3, 2)
    visible = attention.value_proj(value) * ~padding[..., None]
    expected = attention.output_proj(by_loops(visible.view(2, 49, 2, 4), SHAPES, locations, weights))

    assert torch.allclose(attention(query, references, value, SHAPES, padding), expected, atol=1e-12)


def test_what_is_padding_has_no_influence(attention: DeformableAttention) -> None:
    torch.manual_seed(2)
    query, value = torch.randn(1, 4, 8).double(), torch.randn(1, 49, 8).double()
    references = torch.rand(1, 4, 3, 2).double()
    padding = torch.rand(1, 49) < 0.4
    changed = value + 100 * padding[..., None]
    assert torch.equal(
        attention(query, references, value, SHAPES, padding),
        attention(query, references, changed, SHAPES, padding),
    )


def test_at_first_each_head_looks_one_way_and_each_point_a_step_further() -> None:
    bias = DeformableAttention(width=8, levels=2, heads=4, points=3).sampling_offsets.bias
    steps = bias.view(4, 2, 3, 2)
    ways = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    for point in range(3):
        assert torch.allclose(steps[:, 0, point], ways * (point + 1), atol=1e-6)
    assert torch.equal(steps[:, 0], steps[:, 1])
