"""Predictions of SOLA: the tracks of a video are read, those that a sentence means are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvosbench.errors import Code, DatasetError, Problem, UsageError
from rvosbench_baselines.base import Clip, Prediction, Sentence, Setup
from rvosbench_baselines.checkpoints import StateRules, fit, generate, read_state
from rvosbench_baselines.sizes import as_trained
from rvosbench_baselines.sola.config import configuration
from rvosbench_baselines.sola.model import Sola
from rvosbench_baselines.sola.words import Words, sentence_encoder
from rvosbench_baselines.tracks.table import SUFFIX, TrackRow, TrackTable

RULES = StateRules(fix="give a file that SOLA's training wrote, epoch_N.pth; no trained one was released")
ORDER = ("grid", "gdino")
"""The kinds of tracks that are chosen from, in the authors' order. Those that start from ground truth are not
among them."""


class SolaPredictor:
    def __init__(
        self,
        model: Sola,
        words: Words,
        tables: Sequence[TrackTable],
        *,
        threshold: float,
    ) -> None:
        self._model, self._words, self._tables, self._threshold = model, words, tables, threshold

    def predict(self, clip: Clip) -> Iterator[Prediction]:
        rows = self._tracks(clip)
        encoded = self._encoded(rows)
        for sentence in clip.sentences:
            chosen = self._chosen(sentence, rows, encoded)
            for frame in sentence.frames:
                yield Prediction(sentence.expression, frame, mask=_union(chosen, frame, clip))

    def _tracks(self, clip: Clip) -> list[TrackRow]:
        for table in self._tables:
            if clip.name not in table.videos:
                raise _no_tracks(table, clip.name)
        rows = [row for table in self._tables for row in table.of_video(clip.name)]
        for row in rows:
            if row.size != (clip.height, clip.width) or len(row.tokens) != len(clip):
                raise _other_video(clip, row)
        return rows

    @torch.inference_mode()
    def _encoded(self, rows: Sequence[TrackRow]) -> Tensor | None:
        """What does not depend on the sentence, of all tracks of the video."""
        if not rows:
            return None
        tokens = torch.from_numpy(np.stack([row.tokens for row in rows]))
        return self._model.encode(tokens.to(self._words.device))

    @torch.inference_mode()
    def _chosen(self, sentence: Sentence, rows: Sequence[TrackRow], encoded: Tensor | None) -> list[TrackRow]:
        """Those above the threshold, of the tracks that belong to no sentence or to this one."""
        own = [place for place, row in enumerate(rows) if row.expression in (None, sentence.expression)]
        if encoded is None or not own:
            return []
        scores = self._model.select(encoded[own], self._words.of(sentence.text)).scores.sigmoid()
        return [
            rows[place] for place, score in zip(own, scores.tolist(), strict=True) if score > self._threshold
        ]


def load(setup: Setup) -> SolaPredictor:
    tables = open_tables(setup)
    config = configuration(setup.variant)
    weights = setup.weights
    model = Sola(config) if weights is None else as_trained(Sola, config, weights, setup.variant)
    words = sentence_encoder(setup.variant, setup.text_model, setup.device, model.config.width)
    if setup.weights is not None:
        fit(model, read_state(setup.weights), RULES, source=setup.weights, what=setup.variant)
    else:
        generate(model, setup.seed or 0)
        generator = torch.Generator().manual_seed(setup.seed or 0)  # a buffer, which `generate` leaves alone
        model.positional_encoding_gaussian_matrix.normal_(generator=generator)
    return SolaPredictor(model.to(setup.device).eval(), words, tables, threshold=setup.number("threshold"))


def open_tables(setup: Setup) -> list[TrackTable]:
    """The tables that the option `tracks` names: one file, or a folder with one or both of the kinds."""
    place = setup.options.get("tracks")
    if place is None:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--option tracks=FOLDER",
                expected="the tracks of this split, which SOLA chooses from",
                found="the option is not given",
                fix=f"make them: rvosbench baseline tracks {setup.dataset}:SPLIT --sam2 FILE --out tracks; "
                f"then give --option tracks=tracks/{setup.dataset}/SPLIT",
            )
        )
    path = Path(str(place))
    paths = [path / (kind + SUFFIX) for kind in ORDER] if path.is_dir() else [path]
    tables = [TrackTable.open(one) for one in paths if one.exists() or not path.is_dir()]
    if not tables:
        raise _unfit(path, f"{' or '.join(kind + SUFFIX for kind in ORDER)}", "neither")
    for table in tables:
        if table.about["dataset"] != setup.dataset:
            raise _unfit(table.path, f"tracks of {setup.dataset}", f"those of {table.about['dataset']}")
        if table.about["prompts"] not in ORDER:
            raise _unfit(
                table.path,
                "tracks that a model found",
                "tracks that start from the ground truth, which are for training",
            )
    return tables


def _union(tracks: Sequence[TrackRow], frame: int, clip: Clip) -> NDArray[np.bool_]:
    whole = np.zeros((clip.height, clip.width), np.bool_)
    for track in tracks:
        whole |= track.mask(frame)
    return whole


def _unfit(path: Path, expected: str, found: str) -> UsageError:
    return UsageError(
        Problem(
            Code.BAD_OPTION,
            f"--option tracks={path}",
            expected=expected,
            found=found,
            fix="rvosbench baseline tracks DATASET:SPLIT --sam2 FILE --prompts grid --out DIR makes them",
        )
    )


def _no_tracks(table: TrackTable, video: str) -> DatasetError:
    return DatasetError(
        Problem(
            Code.UNKNOWN_VIDEO,
            f"{table.path}: {video}",
            expected="the tracks of every video of the split",
            found="not of this one: they are of another split, or it failed",
            fix="repeat the `rvosbench baseline tracks` that made them",
        )
    )


def _other_video(clip: Clip, row: TrackRow) -> DatasetError:
    return DatasetError(
        Problem(
            Code.WRONG_SIZE,
            f"tracks of {clip.name}",
            expected=f"{len(clip)} frames of {clip.height} x {clip.width} pixels, as the split says",
            found=f"{len(row.tokens)} of {row.size[0]} x {row.size[1]}",
            fix="make the tracks of this split again",
        )
    )
