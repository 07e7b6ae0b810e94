"""The words of a sentence as vectors, from T5 or RoBERTa in a folder on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_baselines.bare_words import direction
from rvosbench_baselines.checkpoints import generate
from rvosbench_baselines.refsam.config import TEXT_WIDTHS
from rvosbench_baselines.text import (
    TextModel,
    Tokenizer,
    roberta_encoder,
    roberta_tokenizer,
    t5,
    t5_encoder,
    t5_tokenizer,
    t5_words,
)

MAX_TOKENS = 512
"""Both T5 and RoBERTa were trained on so many; longer sentences are cut."""

TINY_VOCABULARY = 512


class Text(Protocol):
    """What reads sentences. It is frozen."""

    def to(self, device: torch.device | str) -> None: ...

    def encode(self, text: str) -> Tensor:
        """[1, tokens, width]. As the authors do, without capitals and with single spaces."""


@dataclass(frozen=True, slots=True)
class TextEncoder:
    """Sentences are encoded one by one, hence without padding."""

    tokenizer: Tokenizer
    encoder: nn.Module

    def to(self, device: torch.device | str) -> None:
        self.encoder.to(device)

    @torch.inference_mode()
    def encode(self, text: str) -> Tensor:
        ids = self.tokenizer.encode(" ".join(text.lower().split()), MAX_TOKENS)
        device = next(self.encoder.parameters()).device
        found: Tensor = self.encoder(input_ids=torch.tensor([ids], device=device)).last_hidden_state
        return found


class BareWords:
    """Words of which each has a direction of its own. Sentences are said over and over up to one length or a
    multiple of it, so that most can be read together: whatever fills counts like words, and paddings would
    drown them."""

    LENGTH = 16

    def __init__(self, width: int) -> None:
        self._width, self._device = width, torch.device("cpu")

    def to(self, device: torch.device | str) -> None:
        self._device = torch.device(device)

    def encode(self, text: str) -> Tensor:
        words = [*text.lower().split()[: MAX_TOKENS - 1], "</s>"]
        said = islice(cycle(words), len(words) + -len(words) % self.LENGTH)
        return torch.stack([direction(word, self._width) for word in said])[None].to(self._device)


def load_text_encoder(name: str, folder: Path | None, *, seed: int = 0) -> Text:
    """`name` is one of `config.TEXT_WIDTHS`; `bare` needs no folder, nor does `tiny`, which is filled from
    `seed`."""
    if name == "bare":
        return BareWords(TEXT_WIDTHS[name])
    if name == "tiny":
        return TextEncoder(t5_words(TINY_VOCABULARY), _tiny(seed))
    if name.startswith("t5"):
        model = t5(name)
        text = TextEncoder(t5_tokenizer(folder, model), t5_encoder(folder, model))
    else:
        model = TextModel(name, f"FacebookAI/{name}", encoder=True)
        text = TextEncoder(roberta_tokenizer(folder, model), roberta_encoder(folder, model))
    _check_width(text.encoder, name, folder)
    text.encoder.requires_grad_(False)
    return text


def _tiny(seed: int) -> nn.Module:
    """A T5 of one layer, never trained."""
    from transformers import T5Config, T5EncoderModel

    width = TEXT_WIDTHS["tiny"]
    config = T5Config(
        vocab_size=TINY_VOCABULARY, d_model=width, d_kv=8, d_ff=2 * width, num_layers=1, num_heads=4
    )
    encoder: nn.Module = T5EncoderModel(config)
    generate(encoder, seed)
    return encoder.eval().requires_grad_(False)


def _check_width(encoder: nn.Module, name: str, folder: Path | None) -> None:
    width = getattr(getattr(encoder, "config", None), "hidden_size", None)
    if width != TEXT_WIDTHS[name]:
        raise RvosbenchError(
            Problem(
                Code.WEIGHTS_DO_NOT_FIT,
                str(folder),
                expected=f"{name}, whose words are {TEXT_WIDTHS[name]} wide",
                found=f"a text encoder whose words are {width} wide",
                fix="give the folder of that encoder as --text-model, or name another one "
                "with --option text=NAME",
            )
        )
