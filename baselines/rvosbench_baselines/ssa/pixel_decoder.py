"""The pixel decoder of Mask2Former, fused with the sentence before every layer.

Cheng et al., Masked-attention Mask Transformer (CVPR 2022); Zhu et al., Deformable DETR (ICLR 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.layers.deformable_attention import DeformableAttention, Shapes
from rvosbench_baselines.layers.position_codes import sine_2d
from rvosbench_baselines.ssa.attention import xavier
from rvosbench_baselines.ssa.config import SsaConfig
from rvosbench_baselines.ssa.fusion import FusionLayer

LEVELS = 3
NORM_GROUPS = 32


@dataclass(frozen=True, slots=True, eq=False)
class PixelFeatures:
    """Of N frames: `levels` [N, C, h, w] at strides 32, 16, 8; `finest` [N, C, h, w] at stride 4, and
    `masks`, what becomes of it for the masks of frames; `sentence` [N, 1, C], as each frame changed it."""

    levels: tuple[Tensor, ...]
    finest: Tensor
    masks: Tensor
    sentence: Tensor


class EncoderLayer(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        self.self_attn = DeformableAttention(config.width, LEVELS, config.heads, config.points)
        self.norm1 = nn.LayerNorm(config.width)
        self.linear1 = nn.Linear(config.width, config.pixel_mlp)
        self.linear2 = nn.Linear(config.pixel_mlp, config.width)
        self.norm2 = nn.LayerNorm(config.width)

    def forward(self, x: Tensor, codes: Tensor, references: Tensor, shapes: Shapes) -> Tensor:
        x = self.norm1(x + self.self_attn(x + codes, references, x, shapes))
        changed: Tensor = self.norm2(x + self.linear2(self.linear1(x).relu()))
        return changed


class Encoder(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        self.fused = config.fusion
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.pixel_depth))
        self.fusion_layers = nn.ModuleList(
            FusionLayer(config.width, config.pixel_mlp // 2, config.heads // 2, config.dropout)
            for _ in range(config.pixel_depth)
        )

    def forward(
        self, x: Tensor, sentence: Tensor, codes: Tensor, references: Tensor, shapes: Shapes
    ) -> tuple[Tensor, Tensor]:
        for fuse, layer in zip(self.fusion_layers, self.layers, strict=True):
            if self.fused:
                x, sentence = fuse(x, sentence)
            x = layer(x, codes, references, shapes)
        return x, sentence


class FusedTransformer(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.level_embed = nn.Parameter(torch.randn(LEVELS, config.width))
        xavier(self.encoder)
        for module in self.encoder.modules():
            if isinstance(module, DeformableAttention):
                module.reset_parameters()

    def forward(self, maps: Sequence[Tensor], sentence: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """[N, C, h, w] of each level, and [N, 1, C]; the same, changed."""
        shapes = [(one.shape[2], one.shape[3]) for one in maps]
        codes = torch.cat(
            [_as_row(_places(one)) + self.level_embed[level] for level, one in enumerate(maps)], 1
        )
        centres = torch.cat([_centres(height, width, codes) for height, width in shapes])
        references = centres[None, :, None].expand(len(sentence), -1, LEVELS, -1)
        row = torch.cat([_as_row(one) for one in maps], 1)
        row, sentence = self.encoder(row, sentence, codes, references, shapes)
        parts = row.split([height * width for height, width in shapes], 1)
        changed = zip(parts, maps, strict=True)
        return tuple(part.transpose(1, 2).reshape(one.shape) for part, one in changed), sentence


class NormedConv(nn.Conv2d):
    """A convolution that is normalised and may be rectified, all under one name."""

    def __init__(self, channels: int, width: int, kernel: int, *, rectified: bool) -> None:
        super().__init__(channels, width, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.GroupNorm(NORM_GROUPS, width)
        self.rectified = rectified
        nn.init.kaiming_uniform_(self.weight, a=1)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name is that of torch
        normed: Tensor = self.norm(super().forward(input))
        return normed.relu() if self.rectified else normed


class PixelDecoder(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        width = config.width
        first, *others = config.clip.widths
        self.input_proj = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, width, 1), nn.GroupNorm(NORM_GROUPS, width))
            for channels in reversed(others)
        )
        for projection in self.input_proj:
            nn.init.xavier_uniform_(projection.get_parameter("0.weight"))
            nn.init.zeros_(projection.get_parameter("0.bias"))
        self.transformer = FusedTransformer(config)
        self.mask_features = mask_projection(width)
        self.adapter_1 = NormedConv(first, width, 1, rectified=False)
        self.layer_1 = NormedConv(width, width, 3, rectified=True)

    def forward(self, maps: Sequence[Tensor], sentence: Tensor) -> PixelFeatures:
        """`maps` at strides 4, 8, 16, 32, `sentence` [N, 1, C]."""
        first, *others = maps
        projected = [project(one) for project, one in zip(self.input_proj, reversed(others), strict=True)]
        levels, sentence = self.transformer(projected, sentence)
        lateral = self.adapter_1(first)
        finer = functional.interpolate(levels[-1], lateral.shape[2:], mode="bilinear", align_corners=False)
        finest = self.layer_1(lateral + finer)
        return PixelFeatures(levels, finest, self.mask_features(finest), sentence)


def mask_projection(width: int) -> nn.Conv2d:
    projection = nn.Conv2d(width, width, 1)
    nn.init.kaiming_uniform_(projection.weight, a=1)
    if projection.bias is not None:
        nn.init.zeros_(projection.bias)
    return projection


def _places(maps: Tensor) -> Tensor:
    """[1, C, h, w]; padding counts as picture, as everywhere in this model."""
    picture = torch.zeros(1, *maps.shape[2:], dtype=torch.bool, device=maps.device)
    return sine_2d(picture, maps.shape[1]).to(maps.dtype)


def _centres(height: int, width: int, like: Tensor) -> Tensor:
    """[h * w, 2]: x and y, 0 to 1."""
    y = (torch.arange(height, dtype=like.dtype, device=like.device) + 0.5) / height
    x = (torch.arange(width, dtype=like.dtype, device=like.device) + 0.5) / width
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows], -1).flatten(0, 1)


def _as_row(maps: Tensor) -> Tensor:
    """[N, h * w, C]"""
    return maps.flatten(2).transpose(1, 2)
