"""What is measured of each model: the part that all sentences share, and the part of each sentence.

Weights, pictures and sentences are made up: they change nothing in how long a model takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from rvosbench_baselines.base import Predictor, Setup

SENTENCE = "the small dog that runs to the left behind the others"
WORDS = 12
TRACKS = 20
SEED = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """`see()` is the visual part of one clip, `tell(seen)` the rest for one sentence; together they are a
    prediction. `batch(n)` takes n clips at once, where the model can."""

    model: nn.Module
    see: Callable[[], Any]
    tell: Callable[[Any], Any]
    text_included: bool
    predictor: Callable[[Setup], Predictor]
    """For the way from files to files. Where the text encoder is not included, it reads made-up words."""
    reads: Literal["frames", "tracks"] = "frames"
    logits: Callable[[Any], Tensor] = lambda told: told
    """What is decided at zero, of what `tell` returns: pixels of masks, or tracks."""
    batch: Callable[[int], Any] | None = None


def soc(variant: str, frames: int, size: tuple[int, int], device: torch.device) -> Subject:
    from rvosbench_baselines.soc.predictor import Inference, SocPredictor
    from rvosbench_baselines.soc.text import most_tokens
    from rvosbench_baselines.soc.weights import generated_model
    from rvosbench_baselines.text import padded, roberta_words

    model = generated_model(variant, SEED).to(device).eval()
    words = roberta_words(model.config.text.vocabulary)
    ids, present = padded([words.encode(SENTENCE, most_tokens(model.config.text))], words.pad)
    ids, present, pixels = ids.to(device), present.to(device), _noise((frames, 1, 3, *size), device)

    def batch(count: int) -> Any:
        return model(pixels.expand(-1, count, -1, -1, -1), ids.expand(count, -1), present.expand(count, -1))

    return Subject(
        model,
        lambda: model.see(pixels),
        lambda seen: model.relate(seen, model.read(ids, present)),
        text_included=True,
        logits=lambda output: output.pred_masks,
        batch=batch,
        predictor=lambda setup: SocPredictor(model, words, Inference.of(setup), setup.device),
    )


def ssa(variant: str, frames: int, size: tuple[int, int], device: torch.device) -> Subject:
    from rvosbench_baselines.ssa.predictor import Inference, SsaPredictor
    from rvosbench_baselines.ssa.selection import mask_logits
    from rvosbench_baselines.ssa.weights import generated_model
    from rvosbench_baselines.text import clip_words, padded

    model = generated_model(variant, SEED).to(device).eval()
    words = clip_words(model.config.clip.vocabulary)
    context = model.config.clip.context
    ids = padded([words.encode(SENTENCE, context)], words.pad, context)[0].to(device)
    pixels = model.prepare(list(255 * _noise((frames, 3, *size), device)))

    def tell(started: Tensor) -> Tensor:
        found = model.relate(started, model.read(ids))
        video = model.follow(found.queries, found.sentence)
        best = video.pred_logits[0, 0].softmax(-1)[:, 0].argmax(keepdim=True)
        return mask_logits(video.pred_mask_embed[0, 0, best], found.masks)

    def batch(count: int) -> Any:
        return model(list(255 * _noise((count * frames, 3, *size), device)), ids.expand(count, -1))

    return Subject(
        model,
        lambda: model.start(pixels),
        tell,
        text_included=True,
        batch=batch,
        predictor=lambda setup: SsaPredictor(model, words, Inference.of(setup), setup.device),
    )


def refsam(variant: str, frames: int, size: tuple[int, int], device: torch.device) -> Subject:
    """The size of the pictures does not matter: they become squares of one size."""
    from rvosbench_baselines.refsam.config import configuration
    from rvosbench_baselines.refsam.predictor import RefSamPredictor, Rules
    from rvosbench_baselines.refsam.text_encoder import BareWords
    from rvosbench_baselines.refsam.weights import model_of_seed

    config = configuration(variant)
    model = model_of_seed(config, SEED).to(device).eval()
    pixels = _noise((frames, 3, config.vit.image, config.vit.image), device)
    text = _noise((1, WORDS, config.text_width), device)

    def tell(seen: list[Any]) -> Tensor:
        sentence, token, masks = model.read(text), None, []
        for frame in seen:
            mask = model.segment(frame, sentence, token)
            token = mask.track_token
            masks.append(mask.logits)
        return torch.cat(masks)

    return Subject(
        model,
        lambda: [model.see(frame[None]) for frame in pixels],
        tell,
        text_included=False,
        predictor=lambda setup: RefSamPredictor(
            model, BareWords(config.text_width), Rules.of(setup), setup.device
        ),
    )


def sola(variant: str, frames: int, size: tuple[int, int], device: torch.device) -> Subject:
    """The selection module alone, for so many tracks; SAM 2, which makes them, is not part of it.

    The predictor draws all of them: how many made-up weights would choose says nothing, and no sentence costs
    more.
    """
    from rvosbench_baselines.checkpoints import generate
    from rvosbench_baselines.sola import build
    from rvosbench_baselines.sola.predictor import SolaPredictor, open_tables
    from rvosbench_baselines.sola.words import BareWords

    model = build(variant).to(device).eval()
    generate(model, SEED)
    tokens = _noise((TRACKS, frames, model.config.token), device)
    words = _noise((WORDS, model.config.width), device)
    return Subject(
        model,
        lambda: model.encode(tokens),
        lambda encoded: model.select(encoded, words),
        text_included=False,
        predictor=lambda setup: SolaPredictor(
            model, BareWords(model.config.width, setup.device), open_tables(setup), threshold=-math.inf
        ),
        reads="tracks",
        logits=lambda selection: selection.scores,
    )


SUBJECTS: dict[str, Callable[[str, int, tuple[int, int], torch.device], Subject]] = {
    "refsam": refsam,
    "soc": soc,
    "sola": sola,
    "ssa": ssa,
}


def _noise(shape: tuple[int, ...], device: torch.device) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(SEED)).to(device)
