"""The video object cluster: the queries of all frames attend to each other, and are gathered into objects of
the clip, which start as the sentence."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rvosbench_baselines.soc.config import SocConfig


class VideoObjectCluster(nn.Module):
    def __init__(self, config: SocConfig) -> None:
        super().__init__()
        self.clips_apart = config.clips_apart
        width, heads, mlp, dropout = config.width, config.heads, config.cluster_mlp, config.dropout
        encoder, decoder = config.cluster_encoder_depth, config.cluster_decoder_depth
        self.enc_self_attn = nn.ModuleList(SelfAttention(width, heads, dropout) for _ in range(encoder))
        self.enc_ffn = nn.ModuleList(FeedForward(width, mlp, dropout) for _ in range(encoder))
        self.transformer_cross_attention_layers = nn.ModuleList(
            CrossAttention(width, heads, dropout) for _ in range(decoder)
        )
        self.transformer_self_attention_layers = nn.ModuleList(
            SelfAttention(width, heads, dropout) for _ in range(decoder)
        )
        self.transformer_ffn_layers = nn.ModuleList(FeedForward(width, mlp, dropout) for _ in range(decoder))
        self.fq_pos = nn.Embedding(config.queries, width)
        self.query_embed = nn.Embedding(config.queries, width)
        self.decoder_norm = nn.LayerNorm(width)

    def forward(self, queries: Tensor, sentence: Tensor) -> Tensor:
        """`queries` [layers, T, B, q, C] of frames and `sentence` [B, C] to objects [layers, B, q, C]."""
        layers, frames, batch, count, width = queries.shape
        # Rows are read as [layers * B, T] although they lie as [layers, T, B]. The weights were trained so:
        # with several clips in a batch, frames of one go with another. Inference takes one clip at a time.
        if self.clips_apart:
            queries = queries.transpose(1, 2)
        rows = queries.reshape(layers * batch, frames, count, width)
        tokens = rows.flatten(1, 2).transpose(0, 1)
        for attention, feed_forward in zip(self.enc_self_attn, self.enc_ffn, strict=True):
            tokens = feed_forward(attention(tokens))

        codes = self.fq_pos.weight.repeat(frames, 1)[:, None]
        places = self.query_embed.weight[:, None]
        objects = sentence.repeat(layers, 1).expand(count, -1, -1)
        for cross, attention, feed_forward in zip(
            self.transformer_cross_attention_layers,
            self.transformer_self_attention_layers,
            self.transformer_ffn_layers,
            strict=True,
        ):
            objects = feed_forward(attention(cross(objects, places, tokens, codes), places))
        clustered: Tensor = self.decoder_norm(objects).transpose(0, 1)
        return clustered.reshape(layers, batch, count, width)


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads, dropout=dropout)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        _spread(self)

    def forward(self, x: Tensor, codes: Tensor | None = None) -> Tensor:
        placed = x if codes is None else x + codes
        attended = self.self_attn(placed, placed, x, need_weights=False)[0]
        result: Tensor = self.norm(x + self.dropout(attended))
        return result


class CrossAttention(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.multihead_attn = nn.MultiheadAttention(width, heads, dropout=dropout)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        _spread(self)

    def forward(self, x: Tensor, places: Tensor, tokens: Tensor, codes: Tensor) -> Tensor:
        attended = self.multihead_attn(x + places, tokens + codes, tokens, need_weights=False)[0]
        result: Tensor = self.norm(x + self.dropout(attended))
        return result


class FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, hidden)
        self.linear2 = nn.Linear(hidden, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        _spread(self)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.linear2(self.dropout(torch.relu(self.linear1(x))))
        result: Tensor = self.norm(x + self.dropout(hidden))
        return result


def _spread(module: nn.Module) -> None:
    for weight in module.parameters():
        if weight.ndim > 1:
            nn.init.xavier_uniform_(weight)
