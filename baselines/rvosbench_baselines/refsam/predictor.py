"""Frame after frame, sentence after sentence: one token per sentence is kept, however long the video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvosbench_baselines.base import Clip, Prediction, Sentence, Setup
from rvosbench_baselines.checkpoints import read_training
from rvosbench_baselines.refsam.config import configuration
from rvosbench_baselines.refsam.frames import PreparedFrame, in_original_size, prepare
from rvosbench_baselines.refsam.model import ReadSentence, RefSam, SeenFrame
from rvosbench_baselines.refsam.text_encoder import Text, load_text_encoder
from rvosbench_baselines.refsam.weights import model_of_seed, model_with_weights


@dataclass(slots=True)
class Track:
    """One sentence on its way through the video."""

    sentence: Sentence
    read: ReadSentence
    wanted: frozenset[int]
    last: int
    token: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How logits become answers."""

    short_side: int = 360
    threshold: float = 0.0
    background: float = 0.1
    soft: bool = False
    """Probabilities instead of masks."""

    @classmethod
    def of(cls, setup: Setup) -> Rules:
        return cls(
            short_side=setup.whole_number("short-side"),
            threshold=setup.number("threshold"),
            background=setup.number("background"),
            soft=setup.answer == "probabilities",
        )


class RefSamPredictor:
    def __init__(self, model: RefSam, text: Text, rules: Rules, device: str = "cpu") -> None:
        self._model, self._text, self._rules = model.to(device).eval(), text, rules
        self._text.to(device)
        self._device = device

    def predict(self, clip: Clip) -> Iterator[Prediction]:
        """The track goes through every frame up to the last that is wanted, also through those that are not.
        Each frame is encoded once, for all sentences."""
        tracks = [self._begun(sentence) for sentence in clip.sentences if sentence.frames]
        for index in range(max((track.last for track in tracks), default=-1) + 1):
            frame, seen = self._see(clip.frame(index))
            for track in tracks:
                if index > track.last:
                    continue
                logits = self._follow(track, seen)
                if index in track.wanted:
                    yield self._answer(track.sentence.expression, index, logits, frame)

    @torch.inference_mode()
    def _begun(self, sentence: Sentence) -> Track:
        read = self._model.read(self._text.encode(sentence.text))
        return Track(sentence, read, frozenset(sentence.frames), max(sentence.frames))

    @torch.inference_mode()
    def _see(self, picture: NDArray[np.uint8]) -> tuple[PreparedFrame, SeenFrame]:
        frame = prepare(picture, side=self._model.config.vit.image, short_side=self._rules.short_side)
        return frame, self._model.see(frame.pixels.to(self._device))

    @torch.inference_mode()
    def _follow(self, track: Track, seen: SeenFrame) -> Tensor:
        mask = self._model.segment(seen, track.read, track.token)
        track.token = mask.track_token
        return mask.logits

    @torch.inference_mode()
    def _answer(self, expression: str, index: int, logits: Tensor, frame: PreparedFrame) -> Prediction:
        found = in_original_size(logits, frame)[0, 0]
        if self._rules.soft:
            return Prediction(
                expression, index, probabilities=as_probabilities(found, self._rules.background).cpu().numpy()
            )
        return Prediction(expression, index, mask=(found > self._rules.threshold).cpu().numpy())


def as_probabilities(logits: Tensor, background: float) -> Tensor:
    """Numbers from 0 to 1 that are merged like the authors merge logits: what does not exceed the background
    is nothing, and the greatest wins. A sigmoid would make great logits equal in float32; x / (1 + x) does
    not."""
    positive = logits.clamp(min=0)
    return torch.where(logits > max(0.0, background), 0.5 + 0.5 * positive / (1 + positive), 0.0)


def load(setup: Setup) -> RefSamPredictor:
    """As the card promises."""
    trained = {} if setup.weights is None or setup.weights.is_dir() else read_training(setup.weights)
    name = setup.options.get("text") or trained.get("text")
    config = configuration(setup.variant, text=None if name is None else str(name))
    text = load_text_encoder(config.text, setup.text_model, seed=setup.seed or trained.get("seed", 0))
    if setup.weights is not None:
        model = model_with_weights(config, setup.weights, setup.variant)
    else:
        model = model_of_seed(config, setup.seed or 0)
    return RefSamPredictor(model, text, Rules.of(setup), setup.device)
