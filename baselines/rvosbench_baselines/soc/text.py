"""RoBERTa, and the projection of its words and of its pooled sentence to the width of the model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import RobertaConfig, RobertaModel

from rvosbench_baselines.soc.config import TextSize

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


def most_tokens(size: TextSize) -> int:
    """The length of the longest sentence, with its special tokens."""
    return size.positions - SPECIAL_POSITIONS


def read_sentences(
    encoder: RobertaModel, projection: TextProjection, ids: Tensor, present: Tensor
) -> TextFeatures:
    """`ids` [B, L]; `present` [B, L] is True, or 1, for words."""
    present = present.to(torch.bool)
    read = encoder(input_ids=ids, attention_mask=present.long())
    words = projection(read.last_hidden_state).transpose(0, 1)
    return TextFeatures(words, projection(read.pooler_output), ~present)
