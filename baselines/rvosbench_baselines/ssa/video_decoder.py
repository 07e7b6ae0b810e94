"""The queries of the whole video: means of aligned frame queries, which read the sentence of every frame and
the frame queries again, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from rvosbench_baselines.layers.mlp import MLP
from rvosbench_baselines.ssa.alignment import aligned_order, as_they_are, put_in_order
from rvosbench_baselines.ssa.attention import CrossAttention, FeedForward, SelfAttention, xavier
from rvosbench_baselines.ssa.config import SsaConfig
from rvosbench_baselines.ssa.pixel_decoder import mask_projection
from rvosbench_baselines.ssa.temporal import TemporalEnsemble


@dataclass(frozen=True, slots=True, eq=False)
class VideoPrediction:
    """Of L frame layers (one, unless in training) and B videos.

    `pred_logits` [L, B, q, 2] (the object, nothing), `pred_mask_embed` [L, B, q, C]; `order` [T, q, L * B] is
    how the frame queries were aligned. What the similarity loss compares: `video_embed` [L, B, q, C] and
    `frame_embed` [L, B, T, q, C], in that order. `earlier` are those of the layers before, in training.
    """

    pred_logits: Tensor
    pred_mask_embed: Tensor
    order: Tensor
    video_embed: Tensor
    frame_embed: Tensor
    earlier: tuple[VideoPrediction, ...] = ()


class VideoDecoder(TemporalEnsemble):
    """A subclass only because the weights of both have their names side by side."""

    def __init__(self, config: SsaConfig) -> None:
        width, heads, depth = config.width, config.heads, range(config.video_depth)
        super().__init__(
            width,
            heads,
            near=config.short_temporal,
            far=config.long_temporal,
            weighed=config.time_weights,
        )
        self.aligned = config.alignment
        self.fusion = nn.ModuleList(CrossAttention(width, heads) for _ in depth)
        self.transformer_cross_attention_layers = nn.ModuleList(CrossAttention(width, heads) for _ in depth)
        self.transformer_self_attention_layers = nn.ModuleList(SelfAttention(width, heads) for _ in depth)
        self.transformer_ffn_layers = nn.ModuleList(FeedForward(width, config.video_mlp) for _ in depth)
        for layers in (
            self.fusion,
            self.transformer_cross_attention_layers,
            self.transformer_self_attention_layers,
            self.transformer_ffn_layers,
        ):
            xavier(layers)
        self.vita_mask_features = mask_projection(width)
        self.decoder_norm = nn.LayerNorm(width)
        self.query_embed = nn.Embedding(config.queries, width)
        self.fq_pos = nn.Embedding(config.queries, width)
        self.input_proj_dec = nn.Linear(width, width)
        self.class_embed = nn.Linear(width, 2)
        self.mask_embed = MLP([width, width, width, width])
        self.sim_embed_frame = nn.Linear(width, width)
        self.sim_embed_clip = nn.Linear(width, width)

    def forward(self, frame_queries: Tensor, sentence: Tensor, clips: int = 1) -> VideoPrediction:
        """`frame_queries` [L, B * T, q, C] and `sentence` [B * T, 1, C], video by video; `clips` is B."""
        layers, _, count, width = frame_queries.shape
        lines = frame_queries.reshape(layers * clips, -1, count, width).permute(1, 2, 0, 3)
        lines = self.input_proj_dec(lines)  # [T, q, L * B, C]
        order = aligned_order(lines) if self.aligned else as_they_are(lines)
        lines = put_in_order(lines, order)
        frame_embed = self.sim_embed_frame(lines).permute(2, 0, 1, 3)
        frame_embed = frame_embed.view(layers, clips, *frame_embed.shape[1:])  # [L, B, T, q, C]
        lines = self.enhanced(lines)
        x = self.mean(lines).transpose(0, 1)  # [L * B, q, C]
        frames = lines.permute(2, 0, 1, 3).flatten(1, 2)  # [L * B, T * q, C]
        codes = self.query_embed.weight.expand(len(x), -1, -1)
        frame_codes = self.fq_pos.weight.repeat(lines.shape[0], 1)[None]
        sentences = sentence.view(clips, -1, width).repeat(layers, 1, 1)  # [L * B, T, C]
        done: tuple[VideoPrediction, ...] = ()
        for layer in range(len(self.transformer_ffn_layers)):
            x = self.fusion[layer](x, sentences, codes)
            x = self.transformer_cross_attention_layers[layer](x, frames, codes, context_codes=frame_codes)
            x = self.transformer_self_attention_layers[layer](x, codes)
            x = self.transformer_ffn_layers[layer](x)
            if self.training or layer == len(self.transformer_ffn_layers) - 1:
                queries = self.decoder_norm(x).view(layers, clips, count, width)
                done += (self._predict(queries, order, frame_embed),)
        last = done[-1]
        return VideoPrediction(
            last.pred_logits, last.pred_mask_embed, order, last.video_embed, frame_embed, done[:-1]
        )

    def _predict(self, queries: Tensor, order: Tensor, frame_embed: Tensor) -> VideoPrediction:
        return VideoPrediction(
            self.class_embed(queries),
            self.mask_embed(queries),
            order,
            self.sim_embed_clip(queries),
            frame_embed,
        )
