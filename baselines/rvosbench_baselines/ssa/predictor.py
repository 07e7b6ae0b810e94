"""SSA as its authors run it: frames in chunks, then the video as a whole, then masks in chunks.

Until the last frame has been seen a frame costs its queries and its map for masks; the maps go through a file
where memory does not suffice. A sentence takes part in all but the first stage of the backbone, so that stage
is all that sentences of one video share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor

from rvosbench_baselines.base import Answer, Clip, Prediction, Sentence, Setup
from rvosbench_baselines.sample_words import SAMPLE_WORDS
from rvosbench_baselines.ssa.config import VARIANTS, ClipSize
from rvosbench_baselines.ssa.frame_maps import FrameMaps
from rvosbench_baselines.ssa.frames import as_tensor, fitted_size, padded_size
from rvosbench_baselines.ssa.model import Ssa
from rvosbench_baselines.ssa.selection import (
    Rule,
    chosen,
    mask_logits,
    object_scores,
    on_picture,
    on_video,
)
from rvosbench_baselines.ssa.weights import generated_model, released_model
from rvosbench_baselines.text import Tokenizer, clip_tokenizer, clip_words, padded

if TYPE_CHECKING:
    from rvosbench_baselines.ssa.clip import Text

SHORT_VIDEO = 36
"""Maps of videos of at most so many frames stay where the model is; those of longer ones go to the CPU."""
JUST_OUTSIDE = float(np.nextafter(np.float32(0.5), np.float32(0)))
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Inference:
    """The options of the card."""

    answer: Answer
    rule: Rule
    threshold: float
    short: int
    long: int
    chunk: int
    mask_chunk: int
    soft: bool
    """Whether probabilities are those of pixels, or 1 and 0."""
    memory: int
    """Bytes."""

    @classmethod
    def of(cls, setup: Setup) -> Inference:
        return cls(
            answer=setup.answer,
            rule=cast(Rule, setup.text("queries")),
            threshold=setup.number("threshold"),
            short=setup.whole_number("short-side"),
            long=setup.whole_number("long-side"),
            chunk=setup.whole_number("chunk"),
            mask_chunk=setup.whole_number("mask-chunk"),
            soft=setup.text("overlap") == "likeliest",
            memory=setup.whole_number("memory") * MIB,
        )


class Starts:
    """What the first stage gives for each chunk of a video: kept for the next sentence as far as there is
    room, computed again beyond that."""

    def __init__(self, compute: Callable[[int], Tensor], room: int, device: torch.device) -> None:
        self._compute, self._room, self._device = compute, room, device
        self._kept: dict[int, Tensor] = {}

    def of(self, first: int) -> Tensor:
        """Of the chunk that begins with this frame; it may be on another device than the model."""
        if first in self._kept:
            return self._kept[first]
        started = self._compute(first)
        size = started.nbytes
        if size <= self._room:
            self._room -= size
            self._kept[first] = started.to(self._device)
        return started


class SsaPredictor:
    def __init__(self, model: Ssa, tokenizer: Tokenizer, inference: Inference, device: str = "cpu") -> None:
        self.model = model.to(device).eval()
        self.tokenizer = tokenizer
        self.inference = inference
        self.device = torch.device(device)

    @torch.inference_mode()
    def predict(self, clip: Clip) -> Iterator[Prediction]:
        home = self.device if len(clip) <= SHORT_VIDEO else torch.device("cpu")
        half = self.inference.memory // 2
        starts = Starts(lambda first: self._start(clip, first), half if len(clip.sentences) > 1 else 0, home)
        for sentence in clip.sentences:
            if sentence.frames:
                with FrameMaps(half, home) as maps:
                    embedded = self._follow(clip, self._read(sentence.text), starts, maps)
                    yield from self._predict(clip, sentence, embedded, maps)

    def _read(self, text: str) -> Text:
        size = self.model.config.clip
        ids, _ = padded([self.tokenizer.encode(text, size.context)], self.tokenizer.pad, size.context)
        return self.model.read(ids.to(self.device))

    def _start(self, clip: Clip, first: int) -> Tensor:
        size = self._seen(clip)
        places = range(first, min(len(clip), first + self.inference.chunk))
        return self.model.start(self.model.prepare([as_tensor(clip.frame(one), size) for one in places]))

    def _follow(self, clip: Clip, text: Text, starts: Starts, maps: FrameMaps) -> Tensor:
        """The chosen queries of the video [k, C], to be multiplied with the maps."""
        queries, sentences = [], []
        for first in range(0, len(clip), self.inference.chunk):
            frames = self.model.relate(starts.of(first).to(self.device), text)
            queries.append(frames.queries)
            sentences.append(frames.sentence)
            maps.add(frames.masks)
        video = self.model.follow(torch.cat(queries, 1), torch.cat(sentences))
        scores = object_scores(video.pred_logits[0, 0])
        return video.pred_mask_embed[0, 0, chosen(scores, self.inference.rule, self.inference.threshold)]

    def _predict(
        self, clip: Clip, sentence: Sentence, embedded: Tensor, maps: FrameMaps
    ) -> Iterator[Prediction]:
        for first in range(0, len(sentence.frames), self.inference.mask_chunk):
            places = sentence.frames[first : first + self.inference.mask_chunk]
            best = self._best_logits(clip, embedded, maps, places)
            for place, logits in zip(places, best, strict=True):
                yield self._answer(sentence, place, logits)

    def _best_logits(self, clip: Clip, embedded: Tensor, maps: FrameMaps, places: Sequence[int]) -> Tensor:
        """[t, height, width] of the video: of each pixel the greatest of the chosen queries, and none where
        no query was chosen. A pixel is in the union of masks if that is positive."""
        size = (clip.height, clip.width)
        best = torch.full((len(places), *size), -torch.inf, device=self.device)
        if len(embedded):
            features = maps.take(places, self.device)
            seen = self._seen(clip)
            for place in range(len(embedded)):
                small = on_picture(mask_logits(embedded[place, None], features), padded_size(seen), seen)
                best = torch.maximum(best, on_video(small, size)[0])
        return best

    def _answer(self, sentence: Sentence, frame: int, logits: Tensor) -> Prediction:
        inside = logits > 0
        if self.inference.answer == "masks":
            return Prediction(sentence.expression, frame, mask=inside.cpu().numpy())
        soft = inside.float()
        if self.inference.soft:
            # Rounded to a half, a pixel that is just outside would count as inside.
            soft = torch.where(inside, logits.sigmoid(), logits.sigmoid().clamp(max=JUST_OUTSIDE))
        return Prediction(sentence.expression, frame, probabilities=soft.cpu().numpy())

    def _seen(self, clip: Clip) -> tuple[int, int]:
        return fitted_size((clip.height, clip.width), self.inference.short, self.inference.long)


def load(setup: Setup) -> SsaPredictor:
    size = VARIANTS[setup.variant].clip
    published = size == ClipSize()
    tokenizer = clip_tokenizer(setup.text_model) if published else clip_words(size.vocabulary, SAMPLE_WORDS)
    if setup.weights is not None:
        model = released_model(setup.weights, setup.variant)
    else:
        model = generated_model(setup.variant, setup.seed or 0)
    return SsaPredictor(model, tokenizer, Inference.of(setup), setup.device)
