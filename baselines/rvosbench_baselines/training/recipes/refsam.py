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
from rvosbench_baselines.sizes import with_sizes
from rvosbench_baselines.training import samples
from rvosbench_baselines.training.recipe import Materials, Recipe, grouped
from rvosbench_baselines.training.samples import Place, Sample
from rvosbench_baselines.training.settings import Settings, at_least, learning_rate


@dataclass(frozen=True, kw_only=True)
class RefSamSettings(Settings):
    frames: int = at_least(1)
    reach: int = at_least(1)
    """Frames of a sample are one to so many apart."""
    sentences: int = at_least(1)
    """How many about the same frames are learnt from at once: these are then read and encoded once."""
    short_side: int = at_least(0)
    mirror: bool
    text: Literal["t5-small", "t5-3b", "t5-11b", "roberta-base", "roberta-large", "tiny", "bare"]
    whole_sam: bool
    """Whether all of SAM is trained; without it adapters, mask decoder and the new parts are."""
    track_rate: float = learning_rate()
    dice_weight: float = at_least(0)
    focal_weight: float = at_least(0)


@dataclass(frozen=True)
class RefSamReader:
    split: Split
    settings: RefSamSettings
    learning: bool

    @cached_property
    def samples(self) -> Sequence[tuple[Place, ...]]:
        """Sentences about the same frames of a video."""
        every = samples.places(self.split, self.settings.frames)
        return samples.together(every, self.settings.frames, self.settings.sentences)

    def __call__(self, places: tuple[Place, ...], random: np.random.Generator) -> list[Sample]:
        settings = self.settings
        length = len(self.split.videos[places[0].video].frames)
        steps = random.integers(1, settings.reach + 1, settings.frames - 1)
        frames = places[0].frame + np.concatenate(([0], np.cumsum(steps)))
        read = samples.read_together(self.split, places, [min(int(one), length - 1) for one in frames])
        if self.learning and settings.mirror and random.random() < 0.5:
            read = [samples.mirrored(one) for one in read]
        return read


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """`pixels` [T, 3, side, side], and for each of its texts `wanted` [T, side, side]; how far the pictures
    reach."""

    texts: tuple[str, ...]
    pixels: Tensor
    wanted: tuple[Tensor, ...]
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
        elif settings.whole_sam:
            self.model.mask_decoder.reset_for_words()
        if settings.whole_sam:
            self.model.image_encoder.requires_grad_(True)

    def reader(self, split: Split, *, learning: bool) -> RefSamReader:
        return RefSamReader(split, self.settings, learning)

    def collate(self, examples: list[list[Sample]]) -> list[Clip]:
        return [self._prepared(one) for one in examples]

    def losses(self, batch: list[Clip], device: torch.device) -> dict[str, Tensor]:
        """The mean over sentences. Those of as many tokens go through the model at once, and each frame goes
        through the image encoder once for all of them."""
        self.text.to(device)
        side, settings = self.model.config.vit.image, self.settings
        groups: dict[int, list[tuple[int, int, Tensor]]] = {}
        for number, clip in enumerate(batch):
            for place, text in enumerate(clip.texts):
                # A copy, since what was made in inference mode cannot be learnt through.
                words = self.text.encode(text).clone()
                groups.setdefault(words.shape[1], []).append((number, place, words))
        seen = [self.model.see(frames) for frames in torch.stack([one.pixels for one in batch], 1).to(device)]
        count = sum(len(clip.texts) for clip in batch)
        sums: dict[str, Tensor] = {}
        for group in groups.values():
            clips = torch.tensor([number for number, _, _ in group], device=device)
            words = torch.cat([words for _, _, words in group])
            logits, _ = self.model.follow([frame.of(clips) for frame in seen], words)
            for row, (number, place, _) in enumerate(group):
                clip = batch[number]
                wanted = clip.wanted[place].to(device)
                found = losses(logits[:, row, None], wanted, clip.insides, side)
                for name, value in found.items():
                    sums[name] = sums.get(name, value.new_zeros(())) + value / count
        loss = settings.dice_weight * sums["loss_dice"] + settings.focal_weight * sums["loss_focal"]
        return {"loss": loss} | sums

    def groups(self) -> list[dict[str, Any]]:
        settings = self.settings
        rates = {"track_net.": settings.track_rate}
        return grouped(self.model.named_parameters(), rates, settings.rate, settings.weight_decay)

    def predictor(self, setup: Setup) -> Predictor:
        rules = Rules(short_side=setup.whole_number("short-side"), threshold=setup.number("threshold"))
        return RefSamPredictor(self.model, self.text, rules, setup.device)

    def _prepared(self, read: list[Sample]) -> Clip:
        """Of sentences about the same frames."""
        side = self.model.config.vit.image
        frames = [
            prepare(np.ascontiguousarray(one), side=side, short_side=self.settings.short_side)
            for one in read[0].frames
        ]
        inside = frames[0].inside
        wanted = torch.zeros(len(read), len(frames), side, side)
        for target, sample in zip(wanted, read, strict=True):
            small = samples.masks_at(sample.union, inside)
            target[:, : inside[0], : inside[1]] = torch.from_numpy(small)
        return Clip(
            tuple(sample.text for sample in read),
            torch.cat([one.pixels for one in frames]),
            wanted.unbind(),
            tuple(one.inside for one in frames),
        )


RECIPE = RefSamRecipe
