"""What a sentence does to the pixels of a stage: an adapter behind each stage of the frozen ConvNeXt."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rvosbench_baselines.layers.mlp import MLP
from rvosbench_baselines.layers.position_codes import sine_1d, sine_2d
from rvosbench_baselines.ssa.attention import CrossAttention
from rvosbench_baselines.ssa.clip import Text


class StageAdapter(nn.Module):
    """Three paths, mixed by weights that each frame decides: pixels that looked at the sentence, pixels that
    looked at the words, and pixels alone."""

    def __init__(self, channels: int, embedding: int, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1)
        self.conv2 = nn.Conv2d(width, channels, 1)
        self.cross_attention = CrossAttention(width, heads, dropout)
        self.linear_l = nn.Linear(embedding, width)
        self.linear_v = nn.Conv2d(channels, width, 1)
        self.up_v = nn.Linear(width, channels)
        self.gate = MLP([3 * channels, width, 3])

    def forward(self, x: Tensor, text: Text) -> Tensor:
        """`x` [N, C, h, w], the frames of one clip after the other; `text` of B clips, N a multiple of B."""
        frames = x.shape[0] // len(text.words)
        alone = self.conv2(self.conv1(x).relu()).relu() + x
        pixels = self.linear_v(x)
        picture = torch.zeros(1, *x.shape[2:], dtype=torch.bool, device=x.device)
        # These codes count pixels; those of the decoders behind are fractions of the picture.
        places = sine_2d(picture, pixels.shape[1], normalize=False).flatten(2).transpose(1, 2).to(x.dtype)
        pixels = pixels.flatten(2).transpose(1, 2)
        words, sentence = self.linear_l(text.words), self.linear_l(text.sentence)[:, None]
        row = torch.zeros(1, words.shape[1], dtype=torch.bool, device=x.device)
        with_words = self.cross_attention(
            pixels,
            words.repeat_interleave(frames, 0),
            places,
            context_codes=sine_1d(row, words.shape[2], normalize=False).to(x.dtype),
            padding=~text.present.repeat_interleave(frames, 0),
        )
        with_sentence = self.cross_attention(pixels, sentence.repeat_interleave(frames, 0), places)
        paths = [_as_maps(self.up_v(with_sentence), x), _as_maps(self.up_v(with_words), x), alone]
        gate = self.gate(torch.cat([path.mean((2, 3)) for path in paths], 1)).softmax(1)
        weights = gate[:, :, None, None, None].unbind(1)
        mixed: Tensor = weights[0] * paths[0] + weights[1] * paths[1] + weights[2] * paths[2]
        return mixed


def _as_maps(pixels: Tensor, like: Tensor) -> Tensor:
    return pixels.transpose(1, 2).reshape(like.shape)
