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
from rvosbench_baselines.sizes import with_sizes
from rvosbench_baselines.sola.config import configuration
from rvosbench_baselines.sola.losses import losses
from rvosbench_baselines.sola.model import Selection, Sola
from rvosbench_baselines.sola.predictor import RULES, SolaPredictor, open_tables
from rvosbench_baselines.sola.words import sentence_encoder
from rvosbench_baselines.tracks.folder import LABELS_SUFFIX
from rvosbench_baselines.tracks.table import SUFFIX, TrackRow, TrackTable
from rvosbench_baselines.training.recipe import Materials, Recipe
from rvosbench_baselines.training.settings import Settings, at_least

KINDS = ("gt", "grid", "gdino")
Overlaps = dict[tuple[int, str], float]
"""(track, object) -> IoU."""


@dataclass(frozen=True, kw_only=True)
class SolaSettings(Settings):
    prompts: tuple[str, ...]
    """Which tracks are learnt from, of gt, grid and gdino."""
    val_prompts: tuple[str, ...]
    sentences: int = at_least(1)
    """How many of a video are learnt from at once: its tracks are then read and encoded once."""
    same: float = at_least(0)
    """IoU with an object above which a track is one of it."""
    alignment_weight: float = at_least(0)


@dataclass(frozen=True, slots=True)
class Example:
    """Sentences that choose from the same tracks [N, T, width], with labels [sentences, N]."""

    tokens: Tensor
    labels: Tensor
    texts: tuple[str, ...]


@dataclass(frozen=True)
class SolaReader:
    split: Split
    folder: Path
    prompts: tuple[str, ...]
    same: float
    sentences: int = 1

    @cached_property
    def samples(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """Video and sentences, of the videos that have tracks."""
        of_video: dict[str, list[str]] = {}
        for one in self.split.expressions:
            if one.objects is not None and any(one.video.name in table.videos for table in self._tables):
                of_video.setdefault(one.video.name, []).append(one.name)
        found = [
            (video, tuple(names[start : start + self.sentences]))
            for video, names in of_video.items()
            for start in range(0, len(names), self.sentences)
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

    def __call__(self, sample: tuple[str, tuple[str, ...]], random: np.random.Generator) -> list[Example]:
        video, names = sample
        rows = [
            (row, self._overlaps(table, video)) for table in self._tables for row in table.of_video(video)
        ]
        groups: dict[tuple[int, ...], list[str]] = {}
        for name in names:
            own = [place for place, (row, _) in enumerate(rows) if row.expression in (None, name)]
            groups.setdefault(tuple(own), []).append(name)
        return [
            self._example(video, same, [rows[place] for place in places]) for places, same in groups.items()
        ]

    def _example(
        self, video: str, names: Sequence[str], rows: Sequence[tuple[TrackRow, Overlaps]]
    ) -> Example:
        sentences = [self.split.videos[video].expressions[name] for name in names]
        labels = [
            [
                float(max((ious.get((row.track, one), 0.0) for one in sentence.objects or ()), default=0.0))
                for row, ious in rows
            ]
            for sentence in sentences
        ]
        tokens = np.stack([row.tokens for row, _ in rows]) if rows else np.zeros((0, 1, 1), np.float32)
        same = torch.tensor(labels).reshape(len(sentences), len(rows)) > self.same
        return Example(torch.from_numpy(tokens), same.float(), tuple(one.text for one in sentences))

    @cached_property
    def _tables(self) -> tuple[TrackTable, ...]:
        return tuple(TrackTable.open(self.folder / (kind + SUFFIX)) for kind in self.prompts)

    def _overlaps(self, table: TrackTable, video: str) -> Overlaps:
        found: Overlaps = self._labels[table.path.name].get(video, {})
        return found

    @cached_property
    def _labels(self) -> dict[str, dict[str, Overlaps]]:
        found: dict[str, dict[str, Overlaps]] = {}
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
        self.words = sentence_encoder(settings.variant, materials.text_model, "cpu", config.width)
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
        return SolaReader(split, folder, kinds, settings.same, settings.sentences)

    def collate(self, examples: list[list[Example]]) -> list[Example]:
        every = [one for sample in examples for one in sample]
        return [one for one in every if len(one.tokens)] or every[:1]

    def losses(self, batch: list[Example], device: torch.device) -> dict[str, Tensor]:
        """One video at a time: padding would change every score."""
        self.words.to(device)
        negatives = self.model.negative_token.weight
        sums = {name: negatives.sum() * 0 for name in ("loss_selection", "loss_alignment")}
        count = sum(len(one.texts) for one in batch)
        for one in batch:
            if not len(one.tokens):
                continue
            with torch.no_grad():
                words = [self.words.of(text) for text in one.texts]
            chosen = self.model.select_each(self.model.encode(one.tokens.to(device)), words)
            for sentence, labels in enumerate(one.labels.to(device)):
                selection = Selection(chosen.scores[sentence], chosen.tokens[sentence])
                found = losses(selection, labels, words[sentence], negatives)
                sums["loss_selection"] = sums["loss_selection"] + found.selection / count
                sums["loss_alignment"] = sums["loss_alignment"] + found.alignment / count
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
