"""The words of a sentence as the selection module is given them: by a frozen text encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from rvosbench_baselines.bare_words import direction
from rvosbench_baselines.text import ALL_ROBERTA_LARGE, Tokenizer, roberta_encoder, roberta_tokenizer

LONGEST = 512  # what RoBERTa can read


class Words(Protocol):
    device: torch.device

    def to(self, device: torch.device) -> None: ...

    def of(self, text: str) -> Tensor:
        """[L, width], unmasked."""


class EncodedWords:
    """Words as a text model sees them in their sentence."""

    def __init__(self, tokenizer: Tokenizer, encoder: nn.Module, device: str) -> None:
        self._tokenizer, self._encoder = tokenizer, encoder.to(device).eval()
        self.device = torch.device(device)

    def to(self, device: torch.device) -> None:
        self._encoder.to(device)
        self.device = device

    def of(self, text: str) -> Tensor:
        ids = torch.tensor([self._tokenizer.encode(text, LONGEST)], device=self.device)
        hidden: Tensor = self._encoder(input_ids=ids).last_hidden_state[0]
        return hidden


class BareWords:
    """For reduced variants, which have no trained text model: every word has a random direction of its own,
    the same in all sentences, runs and machines, and so have the beginning and the end."""

    def __init__(self, width: int, device: str) -> None:
        self._width = width
        self.device = torch.device(device)

    def to(self, device: torch.device) -> None:
        self.device = device

    def of(self, text: str) -> Tensor:
        words = ["<s>", *text.lower().split()[: LONGEST - 2], "</s>"]
        return torch.stack([direction(word, self._width) for word in words]).to(self.device)


def sentence_encoder(variant: str, folder: Path | None, device: str, width: int) -> Words:
    """From a folder with all-roberta-large-v1; for the reduced variant bare words of this width."""
    if variant == "sola-small":
        return BareWords(width, device)
    return EncodedWords(
        roberta_tokenizer(folder, ALL_ROBERTA_LARGE), roberta_encoder(folder, ALL_ROBERTA_LARGE), device
    )
