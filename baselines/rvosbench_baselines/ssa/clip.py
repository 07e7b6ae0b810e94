"""CLIP, with the names of open_clip: what SSA sees and reads with. It stays as it was trained."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rvosbench_baselines.ssa.clip_image import ClipImage
from rvosbench_baselines.ssa.clip_text import TextTransformer
from rvosbench_baselines.ssa.config import ClipSize


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Of B sentences: `words` [B, L, E], `present` [B, L] (where there is a word), `sentence` [B, E]."""

    words: Tensor
    present: Tensor
    sentence: Tensor

    def only(self, index: int) -> Text:
        """One of them, as a batch of one."""
        part = slice(index, index + 1)
        return Text(self.words[part], self.present[part], self.sentence[part])


class Clip(nn.Module):
    def __init__(self, size: ClipSize) -> None:
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.randn(size.context, size.text_width) * 0.01)
        self.text_projection = nn.Parameter(
            torch.randn(size.text_width, size.embedding) * size.text_width**-0.5
        )
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.visual = ClipImage(size)
        self.transformer = TextTransformer(size.text_width, size.text_heads, size.text_depth)
        self.token_embedding = nn.Embedding(size.vocabulary, size.text_width)
        self.ln_final = nn.LayerNorm(size.text_width)
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def read(self, ids: Tensor, words: int) -> Text:
        """`ids` [B, context], zeros behind the end, which has the greatest id. Every token becomes a word, as
        far as `words` go; the end stands for the sentence. Neither is normalised."""
        x = self.transformer(self.token_embedding(ids) + self.positional_embedding)
        embedded = self.ln_final(x) @ self.text_projection
        ends = embedded[torch.arange(len(ids), device=ids.device), ids.argmax(-1)]
        return Text(embedded[:, :words], ids[:, :words] != 0, ends)
