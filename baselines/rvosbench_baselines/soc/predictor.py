"""SOC as its authors run it: on whole videos, on clips, or on a window around each frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rvosbench_baselines.base import Answer, Clip, Prediction, Query, Sentence, Setup
from rvosbench_baselines.sample_words import SAMPLE_WORDS
from rvosbench_baselines.soc.config import VARIANTS, TextSize
from rvosbench_baselines.soc.frames import fitted_size, normalised
from rvosbench_baselines.soc.model import Soc, SocOutput, VisualFeatures
from rvosbench_baselines.soc.selection import binary_masks, probabilities, trajectory_scores
from rvosbench_baselines.soc.text import TextFeatures, most_tokens
from rvosbench_baselines.soc.weights import generated_model, released_model
from rvosbench_baselines.text import Tokenizer, padded, roberta_tokenizer, roberta_words


@dataclass(frozen=True, slots=True)
class Inference:
    """How videos are cut and scaled; the options of the card."""

    answer: Answer
    frames: str
    """`whole`, `clips` or `around`."""
    window: int
    longest: int
    short: int
    long: int
    threshold: float
    lower_case: bool

    @classmethod
    def of(cls, setup: Setup) -> Inference:
        return cls(
            answer=setup.answer,
            frames=setup.text("frames"),
            window=setup.whole_number("window"),
            longest=setup.whole_number("longest"),
            short=setup.whole_number("short-side"),
            long=setup.whole_number("long-side"),
            threshold=setup.number("threshold"),
            lower_case=setup.text("case") == "lower",
        )


class SocPredictor:
    """Keeps the visual features of one window at a time, for all sentences."""

    def __init__(self, model: Soc, tokenizer: Tokenizer, inference: Inference, device: str = "cpu") -> None:
        self.model = model.to(device).eval()
        self.tokenizer = tokenizer
        self.inference = inference
        self.device = device

    @torch.inference_mode()
    def predict(self, clip: Clip) -> Iterator[Prediction]:
        sentences = [(sentence, self._read(sentence.text)) for sentence in clip.sentences]
        wanted = sorted({frame for sentence in clip.sentences for frame in sentence.frames})
        for places, predicted in self._windows(len(clip), wanted):
            seen = self._see(clip, places, predicted)
            for sentence, text in sentences:
                asked = [frame for frame in predicted if frame in sentence.frames]
                if asked:
                    yield from self._predict(clip, sentence, predicted, asked, self.model.relate(seen, text))

    def _windows(self, length: int, wanted: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
        """The frames that are looked at together, and those of them that are predicted."""
        window = self.inference.window
        if self.inference.frames == "around":
            for frame in wanted:
                start = frame - window // 2
                yield [min(max(place, 0), length - 1) for place in range(start, start + window)], [frame]
            return
        whole = self.inference.frames == "whole" and length <= self.inference.longest
        size = max(1, length if whole else window)
        for start in range(0, length, size):
            places = list(range(start, min(length, start + size)))
            if not set(places).isdisjoint(wanted):
                yield places, places

    def _see(self, clip: Clip, places: Sequence[int], predicted: Sequence[int]) -> VisualFeatures:
        size = fitted_size(clip.height, clip.width, self.inference.short, self.inference.long)
        frames = normalised((clip.frame(place) for place in places), size)[:, None]
        kept = None
        if self.inference.frames == "around":
            kept = torch.tensor([self.inference.window // 2], device=self.device)
        return self.model.see(frames.to(self.device), kept=kept)

    def _read(self, text: str) -> TextFeatures:
        if self.inference.lower_case:
            text = " ".join(text.lower().split())
        ids = self.tokenizer.encode(text, most_tokens(self.model.config.text))
        table, present = padded([ids], self.tokenizer.pad)
        return self.model.read(table.to(self.device), present.to(self.device))

    def _predict(
        self,
        clip: Clip,
        sentence: Sentence,
        predicted: Sequence[int],
        asked: Sequence[int],
        output: SocOutput,
    ) -> Iterator[Prediction]:
        best = int(trajectory_scores(output.pred_cls)[0].argmax())
        size = (clip.height, clip.width)
        for frame in asked:
            place = predicted.index(frame)
            masks = output.pred_masks[place, 0]
            if self.inference.answer == "queries":
                queries = self._queries(output.pred_cls[place, 0], masks, size)
                yield Prediction(sentence.expression, frame, queries=queries)
            elif self.inference.answer == "probabilities":
                soft = probabilities(masks[best : best + 1], size)[0].float().cpu().numpy()
                yield Prediction(sentence.expression, frame, probabilities=soft)
            else:
                mask = binary_masks(masks[best : best + 1], size, self.inference.threshold)[0].cpu().numpy()
                yield Prediction(sentence.expression, frame, mask=mask)

    def _queries(self, classes: Tensor, masks: Tensor, size: tuple[int, int]) -> tuple[Query, ...]:
        """All of a frame. Their masks are decided at the size of the model and then scaled by nearest pixels,
        as in the authors' evaluation on A2D-Sentences."""
        seen = fitted_size(*size, self.inference.short, self.inference.long)
        decided = binary_masks(masks, seen, self.inference.threshold)
        scaled = functional.interpolate(decided[None].float(), size=size)[0] > 0.5
        scores = classes.sigmoid().amax(-1).tolist()
        return tuple(Query(score, mask) for score, mask in zip(scores, scaled.cpu().numpy(), strict=True))


def load(setup: Setup) -> SocPredictor:
    text = VARIANTS[setup.variant].text
    published = text == TextSize()
    tokenizer = (
        roberta_tokenizer(setup.text_model) if published else roberta_words(text.vocabulary, SAMPLE_WORDS)
    )
    if setup.weights is not None:
        model = released_model(setup.weights, setup.variant)
    else:
        model = generated_model(setup.variant, setup.seed or 0)
    return SocPredictor(model, tokenizer, Inference.of(setup), setup.device)
