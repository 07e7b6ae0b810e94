"""From what the user asks for to a trained model in a folder: all is checked before anything is built."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rvosbench import __version__
from rvosbench.errors import Code, Problem, ProblemLog, UsageError
from rvosbench.evaluate.plan import check_ground_truth
from rvosbench.progress import Progress, Silent
from rvosbench.splits.locate import locate, open_located, require
from rvosbench.splits.split import Split
from rvosbench_baselines.asked import torch_device
from rvosbench_baselines.base import Baseline
from rvosbench_baselines.cards import find as find_card
from rvosbench_baselines.cards import find_variant
from rvosbench_baselines.inference.blind import open_blind
from rvosbench_baselines.inference.record import sha256_of, text_model_sha256
from rvosbench_baselines.sizes import buildable
from rvosbench_baselines.training import recipe as recipes
from rvosbench_baselines.training.checkpoint import LAST, seed_all
from rvosbench_baselines.training.journal import Journal, read_lines
from rvosbench_baselines.training.loop import SCORE, Training, Validate
from rvosbench_baselines.training.parallel import Place, joined, mean_over_processes
from rvosbench_baselines.training.recipe import Materials, Recipe, prediction_setup
from rvosbench_baselines.training.scoring import score
from rvosbench_baselines.training.settings import Settings, read_settings

RECORD = "run.json"
RATES = ("rate", "backbone_rate", "backbone_factor", "text_rate", "track_rate")
MAY_CHANGE = frozenset((*RATES, "length", "workers", "save_every", "clip_norm"))
"""Settings with which a run may go on that it did not begin with."""


@dataclass(frozen=True, slots=True)
class Request:
    """One `rvosbench baseline train`."""

    baseline: str
    dataset: str
    out: Path
    val: str | None = None
    config: str | None = None
    given: Sequence[str] = ()
    """Each as KEY=VALUE."""
    data: Path | None = None
    materials: Materials = field(default_factory=Materials)
    device: str | None = None
    resume: bool = False
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True)
class Trained:
    settings: Settings
    step: int
    last: Path
    figures: Mapping[str, float]
    """Of the last validation."""
    device: str


def train(request: Request) -> Trained:
    card = find_card(request.baseline).baseline
    kind = recipes.find(request.baseline)
    settings = read_settings(kind.KIND, request.config or request.baseline, request.given)
    find_variant(card, settings.variant)
    split = open_located(locate(request.dataset, request.data))
    val = None if request.val is None else open_located(locate(request.val, request.data))
    for one in filter(None, (split, val)):
        check_ground_truth(one)
    with joined(torch_device(request.device)) as place:
        progress = request.progress if place.first else Silent()
        record = _record(request, settings, split, val, place)
        _check_folder(request, record)
        seed_all(settings.seed)
        with buildable(settings.model):
            recipe = kind(settings, request.materials)
        _announce(request, recipe, progress)
        validate = None if val is None else _validation(request, card, recipe, settings, val, place)
        training = Training(
            recipe, settings, recipe.reader(split, learning=True), place, request.out, validate
        )
        if request.resume and not training.resume():
            progress.say("no checkpoint was written yet: the run begins from the start")
        if training.position.step >= training.end:
            progress.say(f"{training.position.step} steps are done, of {training.end}: nothing is left to do")
        if place.first:
            _begin(request.out, record)
            training.journal = Journal(request.out, training.position.step, progress)
        try:
            training.run()
        finally:
            if training.journal is not None:
                training.journal.close()
    checks = [line for line in read_lines(request.out) if line["event"] == "validate"]
    figures = {name: value for name, value in (checks[-1] if checks else {}).items() if name != "event"}
    return Trained(settings, training.position.step, request.out / LAST, figures, str(place.device))


def _validation(
    request: Request, card: Baseline, recipe: Recipe, settings: Settings, val: Split, place: Place
) -> Validate:
    located = locate(request.val or "", request.data)
    blind = open_blind(require(located))
    setup = prediction_setup(card, settings, val.manifest.dataset, str(place.device), request.materials)
    reader = recipe.reader(val, learning=False) if settings.patience else None

    def validate() -> Mapping[str, float]:
        found = score(recipe.predictor(setup), val, blind, place, list(val.videos))
        figures = {SCORE: found.mean, "J": found.j, "F": found.f}
        if reader is not None:
            figures["loss"] = _mean_loss(recipe, reader, place)
        return figures

    return validate


@torch.no_grad()
def _mean_loss(recipe: Recipe, reader: recipes.Reader, place: Place) -> float:
    """Over the samples of a split, each once; every process takes its share."""
    losses = []
    for number, sample in enumerate(reader.samples[place.rank :: place.world]):
        example = reader(sample, np.random.default_rng(number))
        losses.append(recipe.losses(recipe.collate([example]), place.device)["loss"].item())
    return mean_over_processes({"loss": sum(losses) / max(1, len(losses))}, place)["loss"]


def _announce(request: Request, recipe: Recipe, progress: Progress) -> None:
    weights = list(recipe.model.parameters())
    learnt = sum(one.numel() for one in weights if one.requires_grad)
    progress.say(f"{sum(one.numel() for one in weights):,} parameters, of which {learnt:,} are trained")
    if request.materials.weights is None and not request.resume:
        progress.say("no --weights: the model begins with random weights, its backbone too")


def _record(
    request: Request, settings: Settings, split: Split, val: Split | None, place: Place
) -> dict[str, Any]:
    files = request.materials
    return {
        "baseline": request.baseline,
        "rvosbench": __version__,
        "torch": torch.__version__,
        "settings": settings.as_json(),
        "dataset": split.manifest.dataset,
        "split": split.manifest.split,
        "dataset_fingerprint": split.manifest.fingerprint,
        "val": None if val is None else f"{val.manifest.dataset}:{val.manifest.split}",
        "val_fingerprint": None if val is None else val.manifest.fingerprint,
        "weights": None if files.weights is None else sha256_of(files.weights),
        "text_model": None if files.text_model is None else text_model_sha256(files.text_model),
        "processes": place.world,
    }


def _check_folder(request: Request, record: Mapping[str, Any]) -> None:
    """A folder of its own for every run; with `--resume` the one in which it began."""
    if request.resume:
        _check_same(request.out / RECORD, record)
    elif request.out.exists() and any(request.out.iterdir()):
        raise UsageError(
            Problem(
                Code.ANOTHER_TRAINING,
                str(request.out),
                expected="a new or empty folder",
                found="something is there",
                fix="choose another --out, or go on with what began there: --resume",
            )
        )


def _begin(folder: Path, record: Mapping[str, Any]) -> None:
    """Only once everything is built, so that a run which cannot begin leaves nothing behind."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _check_same(path: Path, record: Mapping[str, Any]) -> None:
    try:
        begun = json.loads(path.read_text(encoding="utf-8"))
        settings = begun.pop("settings")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise UsageError(
            Problem(
                Code.NOT_A_CHECKPOINT,
                str(path),
                expected="the record of the run that is to go on",
                found="no such file" if isinstance(error, FileNotFoundError) else str(error),
                fix="begin anew without --resume",
            )
        ) from error
    log = ProblemLog()
    now = {name: value for name, value in record.items() if name not in ("settings", "rvosbench", "torch")}
    pairs = [(name, begun.get(name), value) for name, value in now.items()]
    pairs += [
        (name, settings.get(name), value)
        for name, value in record["settings"].items()
        if name not in MAY_CHANGE
    ]
    for name, before, value in pairs:
        if before != value:
            log.add(
                Code.ANOTHER_TRAINING,
                f"{path}: {name}",
                expected="what the run began with",
                found=f"{value} instead of {before}",
                fix="repeat the command that it began with, and --resume; or choose another --out",
            )
    if log.has_errors:
        raise UsageError(*log)
