"""A model to train that needs no text encoder: numbers in, their double out, with dropout and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rvosbench_baselines.base import Predictor, Setup
from rvosbench_baselines.training.journal import Journal
from rvosbench_baselines.training.loop import Training, Validate
from rvosbench_baselines.training.parallel import Place
from rvosbench_baselines.training.recipe import Recipe
from rvosbench_baselines.training.settings import Settings
from torch import Tensor, nn

from rvosbench.progress import Silent
from rvosbench.splits.split import Split

SETTINGS = Settings(
    variant="toy",
    seed=3,
    length=8,
    unit="step",
    batch=2,
    accumulate=1,
    rate=0.01,
    drops=(6,),
    drop_factor=0.1,
    patience=0,
    weight_decay=0.01,
    clip_norm=1.0,
    precision="fp32",
    workers=0,
    validate_every=0,
    save_every=1,
)


@dataclass(frozen=True)
class Numbers:
    count: int = 10

    @property
    def samples(self) -> Sequence[int]:
        return range(self.count)

    def __call__(self, sample: int, random: np.random.Generator) -> float:
        return sample / self.count + float(random.uniform(0, 0.01))


class ToyRecipe(Recipe):
    def __init__(self, dropout: float = 0.2) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 1))

    def reader(self, split: Split, *, learning: bool) -> Numbers:
        return Numbers()

    def collate(self, examples: list[float]) -> Tensor:
        return torch.tensor(examples)[:, None]

    def losses(self, batch: Tensor, device: torch.device) -> dict[str, Tensor]:
        noise = 0.01 * torch.randn(batch.shape)  # as losses that draw points do
        return {"loss": (self.model(batch) - 2 * batch + noise).square().mean()}

    def groups(self) -> list[dict[str, Any]]:
        return [{"params": list(self.model.parameters()), "lr": 0.01, "weight_decay": 0.01}]

    def predictor(self, setup: Setup) -> Predictor:
        raise AssertionError("nobody predicts here: `validate` is a function of the test")


def training(
    folder: Path,
    settings: Settings = SETTINGS,
    *,
    resume: bool = False,
    place: Place | None = None,
    validate: Validate | None = None,
    recipe: Recipe | None = None,
) -> Training:
    folder.mkdir(parents=True, exist_ok=True)
    own = place or Place(0, 1, torch.device("cpu"))
    made = Training(recipe or ToyRecipe(), settings, Numbers(), own, folder, validate)
    if resume:
        made.resume()
    if own.first:
        made.journal = Journal(folder, made.position.step, Silent())
    return made
