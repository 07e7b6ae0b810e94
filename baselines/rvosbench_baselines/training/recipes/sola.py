"""SOLA's selection module: all tracks of a video, one sentence, and which of the tracks it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from rvosbench.errors import Code, DatasetError, Problem, UsageError
from rvosbench.splits.split import Split
from rvosbench_baselines.base import Predictor, Setup
from rvosbench_baselines.checkpoints import fit, read_state
from rvosbench_baselines.sola.config import configuration
from rvosbench_baselines.sola.losses import losses
from rvosbench_baselines.sola.model import Sola
from rvosbench_baselines.sola.predictor import RULES, SolaPredictor, open_tables, sentence_encoder
from rvosbench_baselines.tracks.folder import LABELS_SUFFIX
from rvosbench_baselines.tracks.table import SUFFIX, TrackTable
from rvosbench_baselines.training.recipe import Materials, Recipe
from rvosbench_baselines.training.settings import Settings, at_least, with_sizes

KINDS = ("gt", "grid", "gdino")


@dataclass(frozen=True, kw_only=True)
class SolaSettings(Settings):
    prompts: tuple[str, ...]
    """Which tracks are learnt from, of gt, grid and gdino."""
    val_prompts: tuple[str, ...]
    same: float = at_least(0)
    """IoU with an object above which a track is one of it."""
    alignment_weight: float = at_least(0)


@dataclass(frozen=True, slots=True)
class Example:
    tokens: Tensor
    labels: Tensor
    text: str


@dataclass(frozen=True)
class SolaReader:
    split: Split
    folder: Path
    prompts: tuple[str, ...]
    same: float

    @cached_property
    def samples(self) -> Sequence[tuple[str, str]]:
        """Video and sentence, of the videos that have tracks."""
        found = [
            (one.video.name, one.name)
            for one in self.split.expressions
            if one.objects is not None and any(one.video.name in table.videos for table in self._tables)
        ]
        if not found:
            raise DatasetError(
                Problem(
                    Code.NOTHING_TO_LEARN,
                    str(self.folder),
                    expected="tracks of videos of the split, and sentences with ground truth",
                    found="none",
                    fix="make them: rvosbench baseline tracks DATASET:SPLIT --sam2 FILE --out tracks",
                )
            )
        return found

    def __call__(self, sample: tuple[str, str], random: np.random.Generator) -> Example:
        video, name = sample
        expression = self.split.videos[video].expressions[name]
        tokens, labels = [], []
        for table in self._tables:
            overlaps = self._overlaps(table, video)
            for row in table.of_video(video):
                if row.expression in (None, name):
                    tokens.append(row.tokens)
                    found = [overlaps.get((row.track, one), 0.0) for one in expression.objects or ()]
                    labels.append(float(max(found, default=0.0) > self.same))
        stacked = np.stack(tokens) if tokens else np.zeros((0, 1, 1), np.float32)
        return Example(torch.from_numpy(stacked), torch.tensor(labels), expression.text)

    @cached_property
    def _tables(self) -> tuple[TrackTable, ...]:
        return tuple(TrackTable.open(self.folder / (kind + SUFFIX)) for kind in self.prompts)

    def _overlaps(self, table: TrackTable, video: str) -> dict[tuple[int, str], float]:
        """(track, object) -> IoU."""
        found: dict[tuple[int, str], float] = self._labels[table.path.name].get(video, {})
        return found

    @cached_property
    def _labels(self) -> dict[str, dict[str, dict[tuple[int, str], float]]]:
        found: dict[str, dict[str, dict[tuple[int, str], float]]] = {}
        for kind in self.prompts:
            path = self.folder / (kind + LABELS_SUFFIX)
            try:
                rows = pq.read_table(path, columns=["video", "track", "object", "iou"]).to_pylist()
            except (OSError, pa.ArrowException) as error:
                raise UsageError(_no_labels(path, error)) from error
            of_kind = found.setdefault(kind + SUFFIX, {})
            for row in rows:
                of_kind.setdefault(row["video"], {})[row["track"], row["object"]] = row["iou"]
        return found


class SolaRecipe(Recipe):
    KIND = SolaSettings

    def __init__(self, settings: SolaSettings, materials: Materials) -> None:
        self.settings, self._materials = settings, materials
        config = with_sizes(configuration(settings.variant), settings.model)
        self.words = sentence_encoder(settings.variant, materials.text_model, "cpu", settings.seed)
        self.model: Sola = Sola(config)
        if materials.weights is not None:
            state = read_state(materials.weights)
            fit(self.model, state, RULES, source=materials.weights, what=settings.variant)

    def reader(self, split: Split, *, learning: bool) -> SolaReader:
        settings, files = self.settings, self._materials
        folder = files.tracks if learning else files.val_tracks
        if folder is None:
            raise UsageError(
                Problem(
                    Code.MISSING_FILE,
                    "--tracks" if learning else "--val-tracks",
                    expected="the folder with the tracks of the split and their labels",
                    found="the option is not given",
                    fix="make them: rvosbench baseline tracks DATASET:SPLIT --sam2 FILE --out tracks",
                )
            )
        kinds = settings.prompts if learning else settings.val_prompts
        return SolaReader(split, folder, kinds, settings.same)

    def collate(self, examples: list[Example]) -> list[Example]:
        return [one for one in examples if len(one.tokens)] or examples[:1]

    def losses(self, batch: list[Example], device: torch.device) -> dict[str, Tensor]:
        """One video at a time: padding would change every score."""
        self.words.to(device)
        negatives = self.model.negative_token.weight
        sums = {name: negatives.sum() * 0 for name in ("loss_selection", "loss_alignment")}
        for one in batch:
            if not len(one.tokens):
                continue
            with torch.no_grad():
                words = self.words.of(one.text)
            found = losses(self.model(one.tokens.to(device), words), one.labels.to(device), words, negatives)
            sums["loss_selection"] = sums["loss_selection"] + found.selection / len(batch)
            sums["loss_alignment"] = sums["loss_alignment"] + found.alignment / len(batch)
        loss = sums["loss_selection"] + self.settings.alignment_weight * sums["loss_alignment"]
        return {"loss": loss} | sums

    def groups(self) -> list[dict[str, Any]]:
        settings = self.settings
        weights = [one for one in self.model.parameters() if one.requires_grad]
        return [{"params": weights, "lr": settings.rate, "weight_decay": settings.weight_decay}]

    def predictor(self, setup: Setup) -> Predictor:
        return SolaPredictor(self.model, self.words, open_tables(setup), threshold=setup.number("threshold"))


def _no_labels(path: Path, error: Exception) -> Problem:
    return Problem(
        Code.MISSING_FILE,
        str(path),
        expected="how alike tracks and objects are, which `rvosbench baseline tracks` writes for splits with "
        "ground truth",
        found="no such file" if isinstance(error, FileNotFoundError) else str(error),
        fix="make the tracks of a split with ground truth",
    )


RECIPE = SolaRecipe
