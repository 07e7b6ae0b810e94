"""RoBERTa, or bare words, and the projection of words and of the sentence to the width of the model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import RobertaConfig, RobertaModel

from rvosbench_baselines.bare_words import direction
from rvosbench_baselines.soc.config import TextSize

START, END = 0, 2
"""The ids of RoBERTa's special tokens at the ends of a sentence."""

SPECIAL_POSITIONS = 2
"""RoBERTa numbers positions from behind that of the padding id, 1."""


@dataclass(frozen=True, slots=True, eq=False)
class TextFeatures:
    """`words` [L, B, C], `sentence` [B, C]; `padding` [B, L] is True where there is no word."""

    words: Tensor
    sentence: Tensor
    padding: Tensor


class TextProjection(nn.Module):
    def __init__(self, narrow: int, width: int, dropout: float) -> None:
        super().__init__()
        self.fc = nn.Linear(narrow, width)
        self.layer_norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.dropout(self.layer_norm(self.fc(x)))
        return projected


def roberta(size: TextSize) -> RobertaModel:
    """With its initial weights; no file is read. Narrower ones than the published begin greater: with weights
    as small as theirs no word reaches the first token, which stands for the sentence."""
    deviation = 0.02 if size.width >= TextSize().width else size.width**-0.5
    return RobertaModel(
        RobertaConfig(
            vocab_size=size.vocabulary,
            hidden_size=size.width,
            num_hidden_layers=size.depth,
            num_attention_heads=size.heads,
            intermediate_size=size.mlp,
            max_position_embeddings=size.positions,
            type_vocab_size=1,
            layer_norm_eps=size.epsilon,
            initializer_range=deviation,
        )
    )


class BareWords(nn.Module):
    """In place of a RoBERTa that nobody has trained: every id has a direction of its own, and a sentence is
    the sum of its words, as long as one of them."""

    directions: Tensor

    def __init__(self, size: TextSize) -> None:
        super().__init__()
        table = torch.stack([direction(str(one), size.width) for one in range(size.vocabulary)])
        self.register_buffer("directions", table, persistent=False)

    def forward(self, ids: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Words [B, L, C] and sentences [B, C]."""
        words = self.directions[ids]
        counted = present[..., None].to(words.dtype)
        return words, (words * counted).sum(1) / counted.sum(1).clamp(min=1).sqrt()


def text_encoder(size: TextSize) -> RobertaModel | BareWords:
    return roberta(size) if size.depth else BareWords(size)


def most_tokens(size: TextSize) -> int:
    """The length of the longest sentence, with its special tokens."""
    return size.positions - SPECIAL_POSITIONS


def read_sentences(
    encoder: RobertaModel | BareWords, projection: TextProjection, ids: Tensor, present: Tensor
) -> TextFeatures:
    """`ids` [B, L]; `present` [B, L] is True, or 1, for words."""
    present = present.to(torch.bool)
    if isinstance(encoder, BareWords):
        present = _without_ends(ids, present)
        words, sentence = encoder(ids, present)
    else:
        # Said for each word that looks: said once for all words, the encoder would first ask whether any word
        # is padding, and on a GPU wait for the answer.
        hidden = (~present)[:, None, None].to(encoder.dtype) * torch.finfo(encoder.dtype).min
        read = encoder(input_ids=ids, attention_mask=hidden.expand(-1, 1, present.shape[1], -1))
        words, sentence = read.last_hidden_state, read.pooler_output
    return TextFeatures(projection(words).transpose(0, 1), projection(sentence), ~present)


def _without_ends(ids: Tensor, present: Tensor) -> Tensor:
    """The ends of a sentence say nothing, unless there is nothing between them."""
    between = present & (ids != START) & (ids != END)
    return torch.where(between.any(1, keepdim=True), between, present)
