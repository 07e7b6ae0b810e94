"""One alignment layer: tracks look at each other, along time, and at the words."""

from __future__ import annotations

from torch import Tensor, nn

from rvosbench_baselines.sola.config import SolaConfig


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, present: Tensor | None = None) -> Tensor:
        """[rows, n, width], over m keys, those that are present [rows, m]: [rows, n, width]."""
        mixed = nn.functional.scaled_dot_product_attention(
            self._split(self.q_proj(query)),
            self._split(self.k_proj(key)),
            self._split(self.v_proj(value)),
            None if present is None else present[:, None, None],
            dropout_p=self.dropout if self.training else 0.0,
        )
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: Tensor) -> Tensor:
        rows, count, width = x.shape
        return x.reshape(rows, count, self.heads, width // self.heads).transpose(1, 2)


class AlignmentLayer(nn.Module):
    """The norms are group norms over [rows, width, tokens]: their statistics run over all tokens of a row, so
    a token's value depends on how many tracks and steps there are."""

    def __init__(self, config: SolaConfig) -> None:
        super().__init__()
        attention = (config.width, config.heads, config.attention_dropout)
        self.obj_attn = Attention(*attention)
        self.motion_attn = Attention(*attention)
        self.object2lang_attn = Attention(*attention)
        self.norm = nn.ModuleList(nn.GroupNorm(config.groups, config.width) for _ in range(3))

    def forward(
        self, tracks: Tensor, time_code: Tensor, words: Tensor, present: Tensor | None = None
    ) -> Tensor:
        """Tracks [sentences, N, steps, width], with the code of time [steps, width] and words
        [sentences, L, width], of which those are read that are present [sentences, L]."""
        sentences, count, steps, width = tracks.shape
        at_once = tracks.transpose(1, 2).reshape(sentences * steps, count, width)
        at_once = self._normed(0, at_once + self.obj_attn(at_once, at_once, at_once))
        tracks = at_once.view(sentences, steps, count, width).transpose(1, 2)
        tracks = tracks.reshape(sentences * count, steps, width)
        placed = tracks + time_code
        tracks = self._normed(1, tracks + self.motion_attn(placed, placed, tracks))
        every = tracks.reshape(sentences, count * steps, width)
        every = self._normed(2, every + self.object2lang_attn(every, words, words, present))
        return every.view(sentences, count, steps, width)

    def _normed(self, index: int, x: Tensor) -> Tensor:
        out: Tensor = self.norm[index](x.transpose(1, 2)).transpose(1, 2)
        return out
