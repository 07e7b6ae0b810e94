"""JHMDB-Sentences: one sentence and one mask per video, frames as PNG, a list of the scored frames."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.io import savemat

from rvosbench.sample.dice import Dice
from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.a2d_sentences import csv_lines
from rvosbench.sample.layouts.base import Layout, write_files, write_json, write_lines
from rvosbench.sample.predictions import QUALITIES, GuessedPngs, coco_results

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 3  # scored frames per video
UNMASKED = 2  # frames at the end of the first video that have no mask, as happens in the real release
_MAT_TEXT = 116  # bytes
ROOT = "data/jhmdb_sentences"  # what the paths in the list of the real release begin with


class JhmdbSentencesLayout(Layout):
    def __init__(self, folder: Path, predictions: Path | None) -> None:
        super().__init__(folder, predictions)
        self._sentences: list[list[object]] = [["video_id", "query"]]
        self._samples: list[list[object]] = []
        self._results: dict[str, list[dict[str, Any]]] = {quality: [] for quality in QUALITIES}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        del pngs
        if film.group is not Group.VALID:
            return
        actor = protagonist(film)
        length = film.length - (UNMASKED if len(self._sentences) == 1 else 0)
        action = film.name.rpartition("-")[0]
        names = [f"{frame + 1:05d}" for frame in range(film.length)]
        images, masks = f"Rename_Images/{action}/{film.name}", f"puppet_mask/{action}/{film.name}"
        write_files(self._folder / images, names, ".png", film.pngs)
        (self._folder / masks).mkdir(parents=True)
        stack = np.stack([film.world.mask(actor, frame) for frame in range(length)], axis=2)
        (self._folder / masks / "puppet_mask.mat").write_bytes(_mat_file(stack.astype(np.uint8)))
        text = film.said_of(actor)[0].text
        self._sentences.append([film.name, text])
        for frame in scored_frames(film, actor, length):
            image = f"{ROOT}/{images}/{names[frame]}.png"
            self._samples.append([film.name, image, f"{ROOT}/{masks}/puppet_mask.mat", length, text])
            identity = f"v_{film.name}_f_{frame + 1}"
            for quality, results in coco_results(film, identity, (actor,), frame).items():
                self._results[quality] += results

    def finish(self) -> None:
        write_lines(self._folder / "jhmdb_annotation.txt", csv_lines(self._sentences))
        write_json(self._folder / "jhmdb_sentences_samples_metadata.json", self._samples)
        if self._predictions is not None:
            for quality, results in self._results.items():
                write_json(self._predictions / quality / "results.json", results)


def _mat_file(stack: NDArray[np.uint8]) -> bytes:
    """Without the time of writing, which SciPy puts into the text at its beginning."""
    file = io.BytesIO()
    savemat(file, {"part_mask": stack}, do_compression=True)
    return b"MATLAB 5.0 MAT-file".ljust(_MAT_TEXT) + file.getvalue()[_MAT_TEXT:]


def protagonist(film: Film) -> int:
    """The actor that is seen in the most frames, of those that a sentence means alone."""
    candidates = [actor for actor in film.actors if film.said_of(actor)]
    return max(candidates, key=lambda actor: sum(actor in masks for masks in film.masks))


def scored_frames(film: Film, actor: int, length: int) -> list[int]:
    seen = [frame for frame in range(length) if actor in film.masks[frame]]
    return sorted(Dice("scored frames", film.name).shuffled(seen)[:SAMPLES])
