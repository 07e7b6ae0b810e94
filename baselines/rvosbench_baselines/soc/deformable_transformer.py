"""The deformable transformer: within each frame, pixels of four levels attend to each other, and queries to
them.

Zhu et al., Deformable DETR (ICLR 2021), with boxes that are refined from layer to layer. Frames are
independent of each other here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rvosbench_baselines.layers.chunks import AtOnce, in_chunks
from rvosbench_baselines.layers.deformable_attention import DeformableAttention, Shapes, cell_counts
from rvosbench_baselines.soc.config import SocConfig

FRAMES_AT_ONCE = AtOnce(processor=4, gpu=40)
"""How many frames the encoder holds the inner layers of at the same time: on a GPU a clip of SOC."""

INVERSE_SIGMOID_EPSILON = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class FrameQueries:
    """What the transformer makes of N frames.

    `hidden` [layers, N, q, C]; `initial` [N, q, 2] are the points that the first layer starts from;
    `references` [layers, N, q, 4] the boxes after each layer; `maps` [N, C, h, w] the pixels at strides 8,
    16 and 32.
    """

    hidden: Tensor
    initial: Tensor
    references: Tensor
    maps: tuple[Tensor, ...]


class DeformableTransformer(nn.Module):
    def __init__(self, config: SocConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.level_embed = nn.Parameter(torch.empty(config.levels, config.width))
        self.reference_points = nn.Linear(config.width, 2)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in self.parameters():
            if weight.ndim > 1:
                nn.init.xavier_uniform_(weight)
        for module in self.modules():
            if isinstance(module, DeformableAttention):
                module.reset_parameters()
        nn.init.zeros_(self.reference_points.bias)
        nn.init.normal_(self.level_embed)

    def forward(
        self, levels: Sequence[Tensor], paddings: Sequence[Tensor], codes: Sequence[Tensor], queries: Tensor
    ) -> FrameQueries:
        """`levels` and `codes` [N, C, h, w], `paddings` [N, h, w] for each level; `queries` [q, C] are the
        learned codes of the queries, whose content starts as zero."""
        shapes = [(level.shape[2], level.shape[3]) for level in levels]
        pixels = torch.cat([level.flatten(2).transpose(1, 2) for level in levels], 1)
        placed = [
            code.flatten(2).transpose(1, 2) + embedding
            for code, embedding in zip(codes, self.level_embed, strict=True)
        ]
        padding = torch.cat([one.flatten(1) for one in paddings], 1)
        visible = torch.stack([visible_part(one) for one in paddings], 1)

        memory = self.encoder(pixels, torch.cat(placed, 1), padding, visible, shapes)
        frames, _, width = memory.shape
        codes_of_queries = queries.expand(frames, -1, -1)
        initial = self.reference_points(codes_of_queries).sigmoid()
        hidden, references = self.decoder(codes_of_queries, initial, memory, padding, visible, shapes)
        parts = torch.split(memory, [height * breadth for height, breadth in shapes], 1)
        maps = tuple(
            part.transpose(1, 2).reshape(frames, width, *shape)
            for part, shape in zip(parts[:3], shapes, strict=False)
        )
        return FrameQueries(hidden, initial, references, maps)


class Encoder(nn.Module):
    def __init__(self, config: SocConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.encoder_depth))

    def forward(
        self, pixels: Tensor, codes: Tensor, padding: Tensor, visible: Tensor, shapes: Shapes
    ) -> Tensor:
        """`pixels` and `codes` [N, S, C], `padding` [N, S], `visible` [N, levels, 2]."""

        def encoded(some: Tensor, their_codes: Tensor, their_padding: Tensor, seen: Tensor) -> Tensor:
            references = pixel_centres(shapes, seen)
            for layer in self.layers:
                some = layer(some, their_codes, references, their_padding, shapes)
            return some

        return in_chunks(encoded, FRAMES_AT_ONCE.on(pixels.device), pixels, codes, padding, visible)


class EncoderLayer(nn.Module):
    def __init__(self, config: SocConfig) -> None:
        super().__init__()
        width = config.width
        self.self_attn = DeformableAttention(width, config.levels, config.heads, config.points)
        self.norm1 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, config.mlp)
        self.linear2 = nn.Linear(config.mlp, width)
        self.norm2 = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, pixels: Tensor, codes: Tensor, references: Tensor, padding: Tensor, shapes: Shapes
    ) -> Tensor:
        attended = self.self_attn(pixels + codes, references, pixels, shapes, padding)
        pixels = self.norm1(pixels + self.dropout(attended))
        hidden = self.linear2(self.dropout(self.linear1(pixels).relu()))
        result: Tensor = self.norm2(pixels + self.dropout(hidden))
        return result


class Decoder(nn.Module):
    bbox_embed: nn.ModuleList
    """The box heads of the model, which sets them: one for each layer."""

    def __init__(self, config: SocConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_depth))

    def forward(
        self,
        codes: Tensor,
        references: Tensor,
        memory: Tensor,
        padding: Tensor,
        visible: Tensor,
        shapes: Shapes,
    ) -> tuple[Tensor, Tensor]:
        """Queries and boxes after each layer, from `codes` [N, q, C] and points `references` [N, q, 2]."""
        queries = torch.zeros_like(codes)
        hidden, boxes = [], []
        for layer, box_head in zip(self.layers, self.bbox_embed, strict=True):
            scale = visible.repeat(1, 1, references.shape[-1] // 2)
            queries = layer(queries, codes, references[:, :, None] * scale[:, None], memory, padding, shapes)
            references = moved(box_head(queries), references).detach()
            hidden.append(queries)
            boxes.append(references)
        return torch.stack(hidden), torch.stack(boxes)


class DecoderLayer(nn.Module):
    def __init__(self, config: SocConfig) -> None:
        super().__init__()
        width = config.width
        self.cross_attn = DeformableAttention(width, config.levels, config.heads, config.points)
        self.norm1 = nn.LayerNorm(width)
        self.self_attn = nn.MultiheadAttention(width, config.heads, dropout=config.dropout)
        self.norm2 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, config.mlp)
        self.linear2 = nn.Linear(config.mlp, width)
        self.norm3 = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        queries: Tensor,
        codes: Tensor,
        references: Tensor,
        memory: Tensor,
        padding: Tensor,
        shapes: Shapes,
    ) -> Tensor:
        placed = (queries + codes).transpose(0, 1)
        attended = self.self_attn(placed, placed, queries.transpose(0, 1), need_weights=False)[0]
        queries = self.norm2(queries + self.dropout(attended.transpose(0, 1)))
        seen = self.cross_attn(queries + codes, references, memory, shapes, padding)
        queries = self.norm1(queries + self.dropout(seen))
        hidden = self.linear2(self.dropout(self.linear1(queries).relu()))
        result: Tensor = self.norm3(queries + self.dropout(hidden))
        return result


def moved(step: Tensor, references: Tensor) -> Tensor:
    """Boxes that a head moves from `references`, points or boxes, by a step on the scale of logits."""
    known = references.shape[-1]
    logits = torch.cat([step[..., :known] + inverse_sigmoid(references), step[..., known:]], -1)
    return logits.sigmoid()


def inverse_sigmoid(x: Tensor) -> Tensor:
    x = x.clamp(0, 1)
    return torch.log(x.clamp(min=INVERSE_SIGMOID_EPSILON) / (1 - x).clamp(min=INVERSE_SIGMOID_EPSILON))


def visible_part(padding: Tensor) -> Tensor:
    """[N, 2]: which part of the width and of the height of a level is picture."""
    height, width = padding.shape[1:]
    return torch.stack([(~padding[:, 0]).sum(1) / width, (~padding[:, :, 0]).sum(1) / height], -1)


def pixel_centres(shapes: Shapes, visible: Tensor) -> Tensor:
    """[N, S, levels, 2]: where the centre of each pixel is in each of the levels."""
    extents = visible * cell_counts(shapes, visible)
    centres = []
    for level, (height, width) in enumerate(shapes):
        y = torch.arange(height, dtype=torch.float32, device=visible.device) + 0.5
        x = torch.arange(width, dtype=torch.float32, device=visible.device) + 0.5
        places = torch.stack([x.repeat(height), y.repeat_interleave(width)], -1)
        centres.append(places / extents[:, None, level])
    return torch.cat(centres, 1)[:, :, None] * visible[:, None]
