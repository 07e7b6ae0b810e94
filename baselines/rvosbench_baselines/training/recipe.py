"""What a baseline brings to its training: how samples are read, what they cost, and who predicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_baselines.base import Baseline, Predictor, Setup
from rvosbench_baselines.options import parse_options
from rvosbench_baselines.training.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from rvosbench.splits.split import Split

RECIPES = ("refsam", "soc", "sola", "ssa")


@dataclass(frozen=True, slots=True)
class Materials:
    """Files that a training begins with."""

    weights: Path | None = None
    text_model: Path | None = None
    tracks: Path | None = None
    """Of the split that is trained on; `val_tracks` of the one that is predicted."""
    val_tracks: Path | None = None


class Reader(Protocol):
    """Reads samples of one split, in any process; it holds no model."""

    @property
    def samples(self) -> Sequence[Any]: ...

    def __call__(self, sample: Any, random: np.random.Generator, /) -> Any:
        """What batches are made of; chance comes from `random` alone."""


class Recipe(ABC):
    """`KIND` is the type of its settings; `model` is built and filled when it is made."""

    KIND: type[Settings]
    model: nn.Module

    @abstractmethod
    def __init__(self, settings: Settings, materials: Materials) -> None:
        """Of its own kind of settings."""

    @abstractmethod
    def reader(self, split: Split, *, learning: bool) -> Reader:
        """`learning`: with augmentation."""

    @abstractmethod
    def collate(self, examples: list[Any]) -> Any: ...

    @abstractmethod
    def losses(self, batch: Any, device: torch.device) -> dict[str, Tensor]:
        """By name, unweighted; the weighted sum, which is minimised, is called `loss`."""

    @abstractmethod
    def groups(self) -> list[dict[str, Any]]:
        """Parameters with their own rates, for the optimiser."""

    @abstractmethod
    def predictor(self, setup: Setup) -> Predictor:
        """With the weights as they are; `predict` leaves the model in evaluation mode."""


class Objective(nn.Module):
    """The model and its losses as one module, so that they can be spread over processes."""

    def __init__(self, recipe: Recipe, device: torch.device) -> None:
        super().__init__()
        self.model = recipe.model
        self._losses, self._device = recipe.losses, device

    def forward(self, batch: Any) -> dict[str, Tensor]:
        return self._losses(batch, self._device)


def find(name: str) -> type[Recipe]:
    if name not in RECIPES:
        raise UsageError(
            Problem(
                Code.UNKNOWN_BASELINE,
                name,
                expected=f"a baseline that can be trained: {', '.join(RECIPES)}",
                found=name,
                fix="choose one of these",
            )
        )
    found: type[Recipe] = import_module(f"rvosbench_baselines.training.recipes.{name}").RECIPE
    return found


def prediction_setup(
    card: Baseline, settings: Settings, dataset: str, device: str, materials: Materials
) -> Setup:
    """As `rvosbench baseline run` would predict, with the options of the settings."""
    given = list(settings.inference)
    if materials.val_tracks is not None:
        given.append(f"tracks={materials.val_tracks}")
    return Setup(
        variant=settings.variant,
        answer="masks",
        dataset=dataset,
        seed=settings.seed,
        text_model=materials.text_model,
        device=device,
        options=parse_options(given, card, dataset),
    )


def grouped(
    named: Iterable[tuple[str, nn.Parameter]], rates: Mapping[str, float], rate: float, decay: float
) -> list[dict[str, Any]]:
    """One group for each of the parts whose names begin with a key of `rates`, and one for the rest."""
    groups: dict[str, list[nn.Parameter]] = {prefix: [] for prefix in (*rates, "")}
    for name, weight in named:
        if weight.requires_grad:
            groups[next(prefix for prefix in groups if name.startswith(prefix))].append(weight)
    return [
        {"params": weights, "lr": rates.get(prefix, rate), "weight_decay": decay}
        for prefix, weights in groups.items()
        if weights
    ]
