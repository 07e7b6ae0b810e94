"""The training itself: steps, their logs, validations and checkpoints, from wherever a run stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_baselines.training.checkpoint import (
    BEST,
    LAST,
    Position,
    load,
    random_states,
    restore_random,
    save,
    seed_all,
)
from rvosbench_baselines.training.feeding import Feed, Order, batches
from rvosbench_baselines.training.journal import Journal
from rvosbench_baselines.training.parallel import Place, mean_over_processes
from rvosbench_baselines.training.recipe import Objective, Reader, Recipe
from rvosbench_baselines.training.settings import Settings

HALF = {"bf16": torch.bfloat16, "fp16": torch.float16}
SCORE = "J&F"

Validate = Callable[[], Mapping[str, float]]
"""Figures of the model as it is; `J&F` and, where rates fall by patience, `loss` are among them."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When things are due, in steps."""

    settings: Settings
    per_epoch: int

    @property
    def end(self) -> int:
        return self.settings.length * self._unit

    def due(self, step: int, every: int) -> bool:
        return step == self.end or (every > 0 and step % (every * self._unit) == 0)

    def factor(self, step: int) -> float:
        """Of the learning rates, for the step that comes after `step`."""
        passed = sum(step >= drop * self._unit for drop in self.settings.drops)
        return self.settings.drop_factor**passed

    @property
    def _unit(self) -> int:
        return self.per_epoch if self.settings.unit == "epoch" else 1


class Training:
    def __init__(
        self,
        recipe: Recipe,
        settings: Settings,
        reader: Reader,
        place: Place,
        folder: Path,
        validate: Validate | None,
    ) -> None:
        self._recipe, self._settings, self._place = recipe, settings, place
        self._folder, self._validate = folder, validate
        self.journal: Journal | None = None  # that of the first process; the others have none
        self._feed = Feed(reader.samples, reader, settings.seed)
        self._order = Order(len(reader.samples), settings.batch, settings.seed, place.rank, place.world)
        self._clock = Clock(settings, max(1, self._order.batches // settings.accumulate))
        self.position = Position()
        recipe.model.to(place.device)
        objective = Objective(recipe, place.device)
        self._objective = (
            DistributedDataParallel(objective, find_unused_parameters=True) if place.world > 1 else objective
        )
        self._groups = recipe.groups()
        self._rates = [group["lr"] for group in self._groups]
        self._optimiser = torch.optim.AdamW(self._groups, lr=settings.rate)
        self._scaler = torch.amp.GradScaler(
            place.device.type, enabled=settings.precision == "fp16" and place.device.type == "cuda"
        )
        seed_all(settings.seed + place.rank)

    @property
    def end(self) -> int:
        return self._clock.end

    def resume(self) -> bool:
        """Go on from the last checkpoint of the folder, if there is one."""
        if not (self._folder / LAST).exists():
            return False
        found = load(self._folder / LAST, self._place.device)
        self._recipe.model.load_state_dict(found["model_state_dict"])
        self._optimiser.load_state_dict(found["optimiser"])
        self._scaler.load_state_dict(found["scaler"])
        self.position = Position(**found["position"])
        restore_random(found["random"][self._place.rank])
        return True

    def run(self) -> None:
        while self.position.step < self.end:
            epoch, done = divmod(self.position.step, self._clock.per_epoch)
            count = self._settings.accumulate
            feed = batches(
                self._feed,
                self._order,
                epoch,
                done * count,
                self._recipe.collate,
                self._settings.workers,
            )
            for _ in range(done, self._clock.per_epoch):
                self._step(islice(feed, count))
                if self.position.step == self.end:
                    break

    def _step(self, feed: Iterator[Any]) -> None:
        position = self.position
        self._recipe.model.train()
        factor = position.factor if self._settings.patience else self._clock.factor(position.step)
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        figures = self._learn(list(feed))
        position.step += 1
        if self.journal is not None:
            self.journal.write("train", position.step, figures | {"rate": self._settings.rate * factor})
        self._after_step()

    def _learn(self, feed: list[Any]) -> dict[str, float]:
        """One step of the optimiser; the mean losses. Where one process diverges, all of them stop."""
        sums = mean_over_processes(self.backward(feed), self._place)
        if not math.isfinite(sums["loss"]):
            raise RvosbenchError(self._diverged(f"a loss of {sums['loss']}", step=self.position.step + 1))
        self._scaler.unscale_(self._optimiser)
        weights = [weight for group in self._optimiser.param_groups for weight in group["params"]]
        norm = clip_grad_norm_(weights, self._settings.clip_norm or math.inf)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._optimiser.zero_grad(set_to_none=True)
        return sums | {"gradient": norm.item()}

    def backward(self, feed: list[Any]) -> dict[str, float]:
        """The gradients of a step, of all its batches and processes; and the mean losses of this process."""
        sums: dict[str, float] = {}
        for number, batch in enumerate(feed, start=1):
            with self._alone() if number < len(feed) else nullcontext():
                with self._precision():
                    found = self._objective(batch)
                self._scaler.scale(found["loss"] / len(feed)).backward()
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + value.item() / len(feed)
        return sums

    def _alone(self) -> Any:
        """Gradients of all but the last batch of a step stay in their process."""
        objective = self._objective
        return objective.no_sync() if isinstance(objective, DistributedDataParallel) else nullcontext()

    def _precision(self) -> Any:
        kind = HALF.get(self._settings.precision)
        return nullcontext() if kind is None else torch.autocast(self._place.device.type, kind)

    def _after_step(self) -> None:
        step, settings = self.position.step, self._settings
        validates = self._validate is not None and self._clock.due(step, settings.validate_every)
        saves = self._clock.due(step, settings.save_every)
        if validates or saves:
            self._check_weights()
        better = False
        if self._validate is not None and validates:
            self._recipe.model.eval()
            figures = self._validate()
            if self.journal is not None:
                self.journal.write("validate", step, figures)
            better = figures[SCORE] > self.position.best
            self.position.best = max(self.position.best, figures[SCORE])
            self._look_for_a_plateau(figures.get("loss", 0.0))
        if better or saves:
            self._save(better=better)

    def _check_weights(self) -> None:
        """The last step may have been too great for them, which only the next loss would tell."""
        if not all(bool(weight.isfinite().all()) for weight in self._recipe.model.parameters()):
            raise RvosbenchError(self._diverged("weights that are none", step=self.position.step))

    def _look_for_a_plateau(self, loss: float) -> None:
        position, patience = self.position, self._settings.patience
        if loss < position.loss * (1 - 1e-4):  # torch's threshold of what is better
            position.loss, position.bad = loss, 0
        else:
            position.bad += 1
        if patience and position.bad > patience:
            position.factor, position.bad = position.factor * self._settings.drop_factor, 0

    def _save(self, *, better: bool) -> None:
        states = [random_states()]
        if self._place.world > 1:
            states = states * self._place.world
            torch.distributed.all_gather_object(states, random_states())
        if self._place.first:
            more = {
                "optimiser": self._optimiser.state_dict(),
                "scaler": self._scaler.state_dict(),
                "position": asdict(self.position),
                "random": states,
                "settings": self._settings.as_json(),
            }
            save(self._folder / LAST, self._recipe.model, **more)
            if better:
                save(self._folder / BEST, self._recipe.model, settings=self._settings.as_json())

    def _diverged(self, found: str, *, step: int) -> Problem:
        return Problem(
            Code.DIVERGED,
            f"{self._folder}, step {step}",
            expected="losses and weights that are numbers",
            found=found,
            fix="go on from the last checkpoint with --resume and lower rates, such as --set rate=VALUE",
        )
