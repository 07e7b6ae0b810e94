"""The queries of a frame: copies of the sentence, told apart by codes, that look where their mask is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.layers.mlp import MLP
from rvosbench_baselines.layers.position_codes import sine_2d
from rvosbench_baselines.ssa.attention import CrossAttention, FeedForward, SelfAttention, xavier
from rvosbench_baselines.ssa.config import SsaConfig
from rvosbench_baselines.ssa.pixel_decoder import LEVELS, PixelFeatures


@dataclass(frozen=True, slots=True, eq=False)
class FramePrediction:
    """`queries` [N, q, C], `pred_logits` [N, q, 2] (the object, nothing), `pred_masks` [N, q, h, w]."""

    queries: Tensor
    pred_logits: Tensor
    pred_masks: Tensor


class FrameDecoder(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        width, heads, depth = config.width, config.heads, range(config.frame_depth)
        self.queries = config.queries
        self.transformer_cross_attention_layers = nn.ModuleList(CrossAttention(width, heads) for _ in depth)
        self.transformer_self_attention_layers = nn.ModuleList(SelfAttention(width, heads) for _ in depth)
        self.text_cross_attention_layers = nn.ModuleList(CrossAttention(width, heads) for _ in depth)
        self.transformer_ffn_layers = nn.ModuleList(FeedForward(width, config.frame_mlp) for _ in depth)
        xavier(self)
        self.decoder_norm = nn.LayerNorm(width)
        self.query_embed = nn.Embedding(config.queries, width)
        self.level_embed = nn.Embedding(LEVELS, width)
        self.class_embed = nn.Linear(width, 2)
        self.mask_embed = MLP([width, width, width, width])

    def forward(self, features: PixelFeatures) -> list[FramePrediction]:
        """Before the first layer, and after each."""
        sentence = features.sentence
        frames = sentence.shape[0]
        query_codes = self.query_embed.weight.expand(frames, -1, -1)
        x = sentence.expand(-1, self.queries, -1)
        predictions = [self._predict(x, features)]
        for layer in range(len(self.transformer_ffn_layers)):
            level = layer % LEVELS
            maps = features.levels[level]
            pixels = maps.flatten(2).transpose(1, 2) + self.level_embed.weight[level]
            x = self.transformer_cross_attention_layers[layer](
                x,
                pixels,
                query_codes,
                context_codes=_places(maps),
                hidden=_hidden(predictions[-1].pred_masks, maps),
            )
            x = self.transformer_self_attention_layers[layer](x, query_codes)
            x = self.text_cross_attention_layers[layer](x, sentence, query_codes)
            x = self.transformer_ffn_layers[layer](x)
            predictions.append(self._predict(x, features))
        return predictions

    def _predict(self, x: Tensor, features: PixelFeatures) -> FramePrediction:
        queries = self.decoder_norm(x)
        masks = torch.einsum("nqc,nchw->nqhw", self.mask_embed(queries), features.masks)
        return FramePrediction(queries, self.class_embed(queries), masks)


def _places(maps: Tensor) -> Tensor:
    """[1, h * w, C]"""
    picture = torch.zeros(1, *maps.shape[2:], dtype=torch.bool, device=maps.device)
    return sine_2d(picture, maps.shape[1]).flatten(2).transpose(1, 2).to(maps.dtype)


def _hidden(masks: Tensor, maps: Tensor) -> Tensor:
    """[N, q, h * w]: where a query must not look, since its mask is not there. One whose mask is nowhere
    looks everywhere."""
    small = functional.interpolate(masks.detach(), maps.shape[2:], mode="bilinear", align_corners=False)
    hidden = small.sigmoid().flatten(2) < 0.5
    return hidden & ~hidden.all(-1, keepdim=True)
