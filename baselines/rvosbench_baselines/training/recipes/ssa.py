"""SSA: frames near each other, in many sizes and windows; losses of frames and of the video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.splits.split import Split
from rvosbench_baselines.base import Predictor, Setup
from rvosbench_baselines.checkpoints import fit, read_state
from rvosbench_baselines.sample_words import SAMPLE_WORDS
from rvosbench_baselines.sizes import with_sizes
from rvosbench_baselines.ssa.config import ClipSize, configuration
from rvosbench_baselines.ssa.criterion import SsaWeights, losses, total
from rvosbench_baselines.ssa.frames import fitted_size
from rvosbench_baselines.ssa.model import STRIDE, Ssa
from rvosbench_baselines.ssa.predictor import Inference, SsaPredictor
from rvosbench_baselines.ssa.weights import RULES
from rvosbench_baselines.text import Tokenizer, clip_tokenizer, clip_words, padded
from rvosbench_baselines.training import samples
from rvosbench_baselines.training.recipe import Materials, Recipe
from rvosbench_baselines.training.samples import Place, Sample
from rvosbench_baselines.training.settings import Settings, at_least


@dataclass(frozen=True, kw_only=True)
class SsaSettings(Settings):
    frames: int = at_least(1)
    reach: int = at_least(0)
    """How far the other frames of a sample may be from the one that it is drawn for."""
    short_sides: tuple[int, ...]
    long_side: int = at_least(32)
    crop: tuple[int, ...]
    """Least and greatest side of the window that is cut out; empty: the whole picture."""
    mirror: bool
    targets: Literal["objects", "union"]
    backbone_factor: float = at_least(0)
    """Of the rate, for the adapters in the backbone."""
    class_weight: float = at_least(0)
    mask_weight: float = at_least(0)
    dice_weight: float = at_least(0)
    similarity_weight: float = at_least(0)
    nothing_weight: float = at_least(0)
    points: int = at_least(1)
    follow_alignment: bool

    @property
    def weights(self) -> SsaWeights:
        return SsaWeights(
            class_weight=self.class_weight,
            mask_weight=self.mask_weight,
            dice_weight=self.dice_weight,
            similarity_weight=self.similarity_weight,
            nothing_weight=self.nothing_weight,
            points=self.points,
            follow_alignment=self.follow_alignment,
        )


@dataclass(frozen=True)
class SsaReader:
    split: Split
    settings: SsaSettings
    learning: bool

    @cached_property
    def samples(self) -> Sequence[Place]:
        return samples.places(self.split, 1 if self.settings.unit == "step" else self.settings.frames)

    def __call__(self, place: Place, random: np.random.Generator) -> Sample:
        settings = self.settings
        length = len(self.split.videos[place.video].frames)
        frames = samples.around(place.frame, settings.frames, settings.reach, length, random)
        sample = samples.read(self.split, place, frames)
        short = int(random.choice(settings.short_sides)) if self.learning else settings.short_sides[-1]
        if self.learning and settings.mirror and random.random() < 0.5:
            sample = samples.mirrored(sample)
        sample = samples.resized(sample, fitted_size(sample.size, short, settings.long_side))
        if self.learning and len(settings.crop) == 2:
            sample = samples.cropped(sample, *settings.crop, random)
        return sample


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    frames: list[Tensor]
    ids: Tensor
    targets: list[Tensor]


class SsaRecipe(Recipe):
    KIND = SsaSettings

    def __init__(self, settings: SsaSettings, materials: Materials) -> None:
        self.settings = settings
        config = with_sizes(configuration(settings.variant), settings.model)
        published = config.clip == ClipSize()
        if published and materials.weights is None:
            raise UsageError(_no_clip())
        self.model: Ssa = Ssa(config)
        self.tokenizer: Tokenizer = (
            clip_tokenizer(materials.text_model)
            if published
            else clip_words(config.clip.vocabulary, SAMPLE_WORDS)
        )
        if materials.weights is not None:
            state = read_state(materials.weights)
            fit(self.model, state, RULES, source=materials.weights, what=settings.variant)
        elif not published:
            # Nobody has trained the small CLIP, so it has to learn with the rest.
            self.model.backbone.clip_model.requires_grad_(True)

    def reader(self, split: Split, *, learning: bool) -> SsaReader:
        return SsaReader(split, self.settings, learning)

    def collate(self, examples: list[Sample]) -> Batch:
        frames = [
            torch.from_numpy(np.ascontiguousarray(one.frames)).permute(0, 3, 1, 2).float() for one in examples
        ]
        context = self.model.config.clip.context
        ids = [self.tokenizer.encode(one.text, context) for one in examples]
        table, _ = padded(ids, self.tokenizer.pad, context)
        height, width = (-(-max(one.size[axis] for one in examples) // STRIDE) * STRIDE for axis in range(2))
        targets = []
        for one in examples:
            masks = one.masks if self.settings.targets == "objects" else one.union[None]
            target = torch.zeros(*masks.shape[:2], height, width)
            target[:, :, : one.size[0], : one.size[1]] = torch.from_numpy(np.ascontiguousarray(masks))
            targets.append(target)
        return Batch([frame for clip in frames for frame in clip], table, targets)

    def losses(self, batch: Batch, device: torch.device) -> dict[str, Tensor]:
        frames = [one.to(device) for one in batch.frames]
        output = self.model(frames, batch.ids.to(device))
        with torch.autocast(device.type, enabled=False):
            found = losses(output, [one.to(device) for one in batch.targets], self.settings.weights)
            return {"loss": total(found, self.settings.weights)} | found

    def groups(self) -> list[dict[str, Any]]:
        """Norms and embeddings do not decay."""
        settings, still = self.settings, set()
        for module in self.model.modules():
            if isinstance(module, nn.LayerNorm | nn.GroupNorm | nn.Embedding):
                still |= {id(one) for one in module.parameters(recurse=False)}
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, weight in self.model.named_parameters():
            if weight.requires_grad:
                key = name.startswith("backbone."), id(weight) in still
                groups.setdefault(key, []).append(weight)
        return [
            {
                "params": weights,
                "lr": settings.rate * (settings.backbone_factor if in_backbone else 1),
                "weight_decay": 0.0 if rests else settings.weight_decay,
            }
            for (in_backbone, rests), weights in groups.items()
        ]

    def predictor(self, setup: Setup) -> Predictor:
        return SsaPredictor(self.model, self.tokenizer, Inference.of(setup), setup.device)


def _no_clip() -> Problem:
    return Problem(
        Code.MISSING_FILE,
        "--weights",
        expected="a file that holds CLIP, which SSA keeps as it is: of its authors, or of a training before",
        found="the option is not given, and what is random and frozen can learn nothing",
        fix="give one with --weights FILE (`rvosbench baseline list ssa` says where they are), or train the "
        "reduced variant, --config learn-ssa",
    )


RECIPE = SsaRecipe
