"""What the selection module is trained with: which tracks are meant, and tokens near their sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from rvosbench_baselines.sola.model import Selection

POSITIVE_WEIGHT = 1.5  # of a track that is meant, in the selection loss
SENTENCE_WEIGHT = 1.5  # of the sentence against the negative tokens, in the alignment loss
ALIGNMENT_WEIGHT = 0.3
TEMPERATURE = math.exp(0.07)  # a parameter in the authors' code that their optimiser never gets to see


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    selection: Tensor
    alignment: Tensor

    @property
    def total(self) -> Tensor:
        return self.selection + ALIGNMENT_WEIGHT * self.alignment


def losses(selection: Selection, labels: Tensor, words: Tensor, negatives: Tensor) -> Losses:
    """Labels [N] are 1 for the tracks that are meant; words [L, width] of the sentence; negatives [M, width]
    are the learned tokens."""
    return Losses(
        selection_loss(selection.scores, labels),
        alignment_loss(selection.tokens, labels, words.mean(0), negatives),
    )


def selection_loss(scores: Tensor, labels: Tensor) -> Tensor:
    weight = torch.where(labels > 0, POSITIVE_WEIGHT, 1.0)
    return cross_entropy(scores, labels, weight)


def alignment_loss(tokens: Tensor, labels: Tensor, sentence: Tensor, negatives: Tensor) -> Tensor:
    """A track that is meant is to resemble the sentence and no negative token; one that is not is to resemble
    that one of the negative tokens which it already resembles most."""
    to_sentence = cross_entropy(TEMPERATURE * (tokens @ sentence), labels)
    likeness = TEMPERATURE * (tokens @ negatives.T)
    nearest = torch.zeros_like(likeness)
    nearest.scatter_(1, likeness.argmax(1, keepdim=True), (1 - labels)[:, None])
    return SENTENCE_WEIGHT * to_sentence + cross_entropy(likeness, nearest)
