"""SOC: windows of a video, one object each, six losses of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvosbench.splits.split import Split
from rvosbench_baselines.base import Predictor, Setup
from rvosbench_baselines.checkpoints import fit, read_state
from rvosbench_baselines.sample_words import SAMPLE_WORDS
from rvosbench_baselines.sizes import with_sizes
from rvosbench_baselines.soc.config import TextSize, configuration
from rvosbench_baselines.soc.criterion import SocTarget, losses, total
from rvosbench_baselines.soc.frames import fitted_size, normalised
from rvosbench_baselines.soc.model import Soc, pad_clips
from rvosbench_baselines.soc.predictor import Inference, SocPredictor
from rvosbench_baselines.soc.text import most_tokens
from rvosbench_baselines.soc.weights import RULES
from rvosbench_baselines.text import (
    TextModel,
    Tokenizer,
    padded,
    roberta_encoder,
    roberta_tokenizer,
    roberta_words,
)
from rvosbench_baselines.training import samples
from rvosbench_baselines.training.recipe import Materials, Recipe, grouped
from rvosbench_baselines.training.samples import Place, Sample
from rvosbench_baselines.training.settings import Settings, at_least, learning_rate

TEXT = TextModel("RoBERTa-base", "FacebookAI/roberta-base", encoder=True)


@dataclass(frozen=True, kw_only=True)
class SocSettings(Settings):
    frames: int = at_least(1)
    sentences: int = at_least(1)
    """How many about the same window are learnt from at once: it is then read and seen once."""
    short_side: int = at_least(32)
    long_side: int = at_least(32)
    mirror: bool
    recolour: bool
    train_text: bool
    backbone_rate: float = learning_rate()
    text_rate: float = learning_rate()
    focal_weight: float = at_least(0)
    dice_weight: float = at_least(0)
    class_weight: float = at_least(0)
    box_weight: float = at_least(0)
    giou_weight: float = at_least(0)
    contrastive_weight: float = at_least(0)

    @property
    def weights(self) -> dict[str, float]:
        return {
            "loss_sigmoid_focal": self.focal_weight,
            "loss_dice": self.dice_weight,
            "loss_con": self.contrastive_weight,
            "loss_cls": self.class_weight,
            "loss_bbox": self.box_weight,
            "loss_giou": self.giou_weight,
        }


@dataclass(frozen=True)
class SocReader:
    split: Split
    settings: SocSettings
    learning: bool

    @cached_property
    def samples(self) -> Sequence[tuple[Place, ...]]:
        every = samples.places(self.split, self.settings.frames)
        return samples.together(every, self.settings.frames, self.settings.sentences)

    def __call__(self, places: tuple[Place, ...], random: np.random.Generator) -> list[Sample]:
        settings = self.settings
        length = len(self.split.videos[places[0].video].frames)
        frames = samples.window(places[0].frame, settings.frames, length)
        read = samples.read_together(self.split, places, frames)
        if self.learning and settings.mirror and random.random() < 0.5:
            read = [samples.mirrored(one) for one in read]
        if self.learning and settings.recolour:
            recoloured = samples.recoloured(read[0], random)
            read = [replace(one, frames=recoloured.frames) for one in read]
        size = fitted_size(*read[0].size, settings.short_side, settings.long_side)
        return [samples.resized(one, size) for one in read]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`rows` [B] tell of each sentence, which of the clips it is about."""

    frames: Tensor
    padding: Tensor
    rows: Tensor
    ids: Tensor
    present: Tensor
    target: SocTarget


class SocRecipe(Recipe):
    KIND = SocSettings

    def __init__(self, settings: SocSettings, materials: Materials) -> None:
        self.settings = settings
        config = with_sizes(configuration(settings.variant), settings.model)
        self.model: Soc = Soc(config, frozen_text=not settings.train_text)
        published = config.text == TextSize()
        self.tokenizer: Tokenizer = (
            roberta_tokenizer(materials.text_model)
            if published
            else roberta_words(config.text.vocabulary, SAMPLE_WORDS)
        )
        if materials.weights is not None:
            fit(
                self.model,
                read_state(materials.weights),
                RULES,
                source=materials.weights,
                what=settings.variant,
            )
        elif published:
            encoder = roberta_encoder(materials.text_model, TEXT)
            self.model.text_encoder.load_state_dict(encoder.state_dict())

    def reader(self, split: Split, *, learning: bool) -> SocReader:
        return SocReader(split, self.settings, learning)

    def collate(self, examples: list[list[Sample]]) -> Batch:
        """Of each example the frames are the same in all of its samples."""
        clips = [normalised(np.ascontiguousarray(one[0].frames), one[0].size) for one in examples]
        frames, padding = pad_clips(clips)
        every = [sample for one in examples for sample in one]
        rows = torch.tensor([row for row, one in enumerate(examples) for _ in one])
        longest = most_tokens(self.model.config.text)
        ids = [self.tokenizer.encode(one.text, longest) for one in every]
        table, present = padded(ids, self.tokenizer.pad)
        return Batch(frames, padding, rows, table, present, target_of(every, frames.shape[-2:]))

    def losses(self, batch: Batch, device: torch.device) -> dict[str, Tensor]:
        target = batch.target
        seen = self.model.see(batch.frames.to(device), batch.padding.to(device))
        read = self.model.read(batch.ids.to(device), batch.present.to(device))
        output = self.model.relate(seen.of(batch.rows.to(device)), read)
        found = losses(
            output,
            SocTarget(
                target.masks.to(device),
                target.boxes.to(device),
                target.visible.to(device),
                target.labels.to(device),
            ),
        )
        return {"loss": total(found, self.settings.weights)} | found

    def groups(self) -> list[dict[str, Any]]:
        settings = self.settings
        rates = {"backbone.": settings.backbone_rate, "text_encoder.": settings.text_rate}
        return grouped(self.model.named_parameters(), rates, settings.rate, settings.weight_decay)

    def predictor(self, setup: Setup) -> Predictor:
        return SocPredictor(self.model, self.tokenizer, Inference.of(setup), setup.device)


def target_of(examples: Sequence[Sample], size: Sequence[int]) -> SocTarget:
    """Of clips of one length, padded to `size` below and to the right; boxes are shares of the pictures
    without padding."""
    unions = [one.union for one in examples]
    masks = torch.zeros(len(unions[0]), len(unions), *size)
    boxes = torch.zeros(len(unions[0]), len(unions), 4)
    for clip, union in enumerate(unions):
        masks[:, clip, : union.shape[1], : union.shape[2]] = torch.from_numpy(np.ascontiguousarray(union))
        for frame, mask in enumerate(union):
            boxes[frame, clip] = torch.tensor(box_of(mask))
    visible = masks.flatten(2).any(-1)
    return SocTarget(masks, boxes, visible, torch.zeros(len(unions), dtype=torch.int64))


def box_of(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Centre, width and height of what can be seen, as shares of the picture; zeros where nothing can."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not rows.size:
        return 0.0, 0.0, 0.0, 0.0
    height, width = mask.shape
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return (
        float((left + right) / 2 / width),
        float((top + bottom) / 2 / height),
        float((right - left) / width),
        float((bottom - top) / height),
    )


RECIPE = SocRecipe
