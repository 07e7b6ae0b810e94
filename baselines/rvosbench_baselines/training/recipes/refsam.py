"""RefSAM: a few neighbouring frames, one after the other, and the track that goes from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from rvosbench.splits.split import Split
from rvosbench_baselines.base import Predictor, Setup
from rvosbench_baselines.refsam.config import configuration
from rvosbench_baselines.refsam.criterion import losses
from rvosbench_baselines.refsam.frames import prepare
from rvosbench_baselines.refsam.model import RefSam
from rvosbench_baselines.refsam.predictor import RefSamPredictor, Rules
from rvosbench_baselines.refsam.text_encoder import load_text_encoder
from rvosbench_baselines.refsam.weights import load_sam
from rvosbench_baselines.training import samples
from rvosbench_baselines.training.recipe import Materials, Recipe, grouped
from rvosbench_baselines.training.samples import Place, Sample
from rvosbench_baselines.training.settings import Settings, at_least, with_sizes


@dataclass(frozen=True, kw_only=True)
class RefSamSettings(Settings):
    frames: int = at_least(1)
    reach: int = at_least(1)
    """Frames of a sample are one to so many apart."""
    short_side: int = at_least(0)
    mirror: bool
    text: Literal["t5-small", "t5-3b", "t5-11b", "roberta-base", "roberta-large", "tiny"]
    whole_sam: bool
    """Whether all of SAM is trained; without it adapters, mask decoder and the new parts are."""
    track_rate: float = at_least(0)
    dice_weight: float = at_least(0)
    focal_weight: float = at_least(0)


@dataclass(frozen=True)
class RefSamReader:
    split: Split
    settings: RefSamSettings
    learning: bool

    @cached_property
    def samples(self) -> Sequence[Place]:
        return samples.places(self.split, self.settings.frames)

    def __call__(self, place: Place, random: np.random.Generator) -> Sample:
        settings = self.settings
        length = len(self.split.videos[place.video].frames)
        steps = random.integers(1, settings.reach + 1, settings.frames - 1)
        places = place.frame + np.concatenate(([0], np.cumsum(steps)))
        sample = samples.read(self.split, place, [min(int(one), length - 1) for one in places])
        if self.learning and settings.mirror and random.random() < 0.5:
            sample = samples.mirrored(sample)
        return sample


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """`pixels` [T, 3, side, side], `wanted` [T, side, side], and how far the pictures reach."""

    text: str
    pixels: Tensor
    wanted: Tensor
    insides: tuple[tuple[int, int], ...]


class RefSamRecipe(Recipe):
    KIND = RefSamSettings

    def __init__(self, settings: RefSamSettings, materials: Materials) -> None:
        self.settings = settings
        config = with_sizes(configuration(settings.variant, text=settings.text), settings.model)
        self.model: RefSam = RefSam(config)
        self.text = load_text_encoder(config.text, materials.text_model, seed=settings.seed)
        if materials.weights is not None:
            load_sam(self.model, materials.weights)
        if settings.whole_sam:
            self.model.image_encoder.requires_grad_(True)

    def reader(self, split: Split, *, learning: bool) -> RefSamReader:
        return RefSamReader(split, self.settings, learning)

    def collate(self, examples: list[Sample]) -> list[Clip]:
        return [self._prepared(one) for one in examples]

    def losses(self, batch: list[Clip], device: torch.device) -> dict[str, Tensor]:
        self.text.encoder.to(device)
        side, settings = self.model.config.vit.image, self.settings
        sums: dict[str, Tensor] = {}
        for clip in batch:
            # A copy, since what was made in inference mode cannot be learnt through.
            words = self.text.encode(clip.text).clone()
            logits, _ = self.model(clip.pixels.to(device), words)
            found = losses(logits, clip.wanted.to(device), clip.insides, side)
            for name, value in found.items():
                sums[name] = sums.get(name, value.new_zeros(())) + value / len(batch)
        loss = settings.dice_weight * sums["loss_dice"] + settings.focal_weight * sums["loss_focal"]
        return {"loss": loss} | sums

    def groups(self) -> list[dict[str, Any]]:
        settings = self.settings
        rates = {"track_net.": settings.track_rate}
        return grouped(self.model.named_parameters(), rates, settings.rate, settings.weight_decay)

    def predictor(self, setup: Setup) -> Predictor:
        rules = Rules(short_side=setup.whole_number("short-side"), threshold=setup.number("threshold"))
        return RefSamPredictor(self.model, self.text, rules, setup.device)

    def _prepared(self, sample: Sample) -> Clip:
        side = self.model.config.vit.image
        frames = [
            prepare(np.ascontiguousarray(one), side=side, short_side=self.settings.short_side)
            for one in sample.frames
        ]
        inside = frames[0].inside
        wanted = torch.zeros(len(frames), side, side)
        small = samples.masks_at(sample.union, inside)
        wanted[:, : inside[0], : inside[1]] = torch.from_numpy(small)
        return Clip(
            sample.text,
            torch.cat([one.pixels for one in frames]),
            wanted,
            tuple(one.inside for one in frames),
        )


RECIPE = RefSamRecipe
