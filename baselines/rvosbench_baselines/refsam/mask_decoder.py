"""SAM's mask decoder, with room for one more token: what the track carried over from the last frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rvosbench_baselines.layers.channel_norm import LayerNorm2d
from rvosbench_baselines.layers.mlp import MLP
from rvosbench_baselines.refsam.config import RefSamConfig
from rvosbench_baselines.refsam.two_way import TwoWayTransformer


@dataclass(frozen=True, slots=True)
class DecodedMasks:
    """`logits` [B, M, 4h, 4w] at a quarter of the padded picture, `quality` [B, M] their guessed IoU,
    `tokens` [B, M, C] what the decoder knows of each. The first of the M is SAM's single mask."""

    logits: Tensor
    quality: Tensor
    tokens: Tensor


class MaskDecoder(nn.Module):
    def __init__(self, config: RefSamConfig) -> None:
        super().__init__()
        width, count = config.width, config.masks
        self.transformer = TwoWayTransformer(
            width, depth=config.decoder_depth, heads=config.decoder_heads, hidden=config.decoder_mlp
        )
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(count, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, kernel_size=2, stride=2),
            LayerNorm2d(width // 4),
            nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, kernel_size=2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP((width, width, width, width // 8)) for _ in range(count)
        )
        self.iou_prediction_head = MLP((width, config.quality_width, config.quality_width, count))

    @torch.no_grad()
    def reset_for_words(self) -> None:
        """For a decoder that nobody has trained. SAM's own tokens begin much longer than words, which
        are of length 1, and the first attention, which nothing goes past, would make all tokens one. Now they
        begin as long as words, and that attention sees them as if they were normalised."""
        root = self.iou_token.embedding_dim**0.5
        for own in (self.iou_token, self.mask_tokens):
            own.weight /= root
        first = self.transformer.layers[0].get_submodule("self_attn")
        for name in ("q_proj", "k_proj", "v_proj"):
            first.get_parameter(f"{name}.weight").mul_(root)

    def forward(
        self,
        image: Tensor,
        image_code: Tensor,
        sparse: Tensor,
        dense: Tensor,
        track_token: Tensor | None = None,
    ) -> DecodedMasks:
        """Image [B or 1, C, h, w] and its position code [1, C, h, w], sparse prompts [B, N, C], dense prompts
        [B or 1, C, h, w], track token [B, 1, C] or none."""
        batch, count = len(sparse), self.mask_tokens.num_embeddings
        own = torch.cat((self.iou_token.weight, self.mask_tokens.weight)).expand(batch, -1, -1)
        prompts = (own, sparse) if track_token is None else (own, sparse, track_token)
        prompted = (image + dense).expand(batch, -1, -1, -1).contiguous()
        tokens, prompted = self.transformer(prompted, image_code, torch.cat(prompts, dim=1))
        of_masks = tokens[:, 1 : 1 + count]
        kernels = torch.stack(
            [mlp(of_masks[:, index]) for index, mlp in enumerate(self.output_hypernetworks_mlps)], dim=1
        )
        logits = torch.einsum("bmc,bchw->bmhw", kernels, self.output_upscaling(prompted))
        return DecodedMasks(logits, self.iou_prediction_head(tokens[:, 0]), of_masks)
