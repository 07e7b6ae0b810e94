"""A2D-Sentences: a few annotated frames per video, one sentence per instance, clips as mp4.

With the dirt of the real release: a row whose instance is called `1 (copy)`, a video without text, a frame
with an instance listed twice, one with more masks than instances, and one whose single mask lacks an axis.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from rvosbench.sample.encode import write_clip
from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.base import Layout, write_json, write_lines
from rvosbench.sample.predictions import QUALITIES, GuessedPngs, coco_results
from rvosbench.sample.shapes import SHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUBSETS = {Group.TRAIN: 0, Group.VALID: 1}


class A2dSentencesLayout(Layout):
    def __init__(self, folder: Path, predictions: Path | None) -> None:
        super().__init__(folder, predictions)
        self._videos: list[list[object]] = []
        self._sentences: list[list[object]] = []
        self._missed: list[str] = []
        self._seen = dict.fromkeys(SUBSETS, 0)
        self._results: dict[str, list[dict[str, Any]]] = {quality: [] for quality in QUALITIES}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        del pngs
        if film.group not in SUBSETS:
            return
        frames = annotated_frames(film)
        clips = self._folder / "Release" / "clips320H"
        clips.mkdir(parents=True, exist_ok=True)
        write_clip(clips / f"{film.name}.mp4", film.pictures, film.fps)
        height, width = film.size
        seconds = f"00:00:{film.length // film.fps:02d}"
        about = [film.name, code(film, 0), "00:00:00", seconds, height, width, film.length, len(frames)]
        self._videos.append([*about, SUBSETS[film.group]])
        self._seen[film.group] += 1
        first = self._seen[film.group] == 1
        if film.group is Group.TRAIN and self._seen[film.group] == 2:
            self._missed.append(film.name)
            return
        self._say(film, frames, copied=first and film.group is Group.TRAIN)
        folder = self._folder / "text_annotations" / "a2d_annotation_with_instances" / film.name
        folder.mkdir(parents=True)
        for place, frame in enumerate(frames):
            dirt = _DIRT[film.group].get(place, "") if first else ""
            _write_instances(folder / f"{frame + 1:05d}.h5", film, frame, dirt)

    def _say(self, film: Film, frames: list[int], *, copied: bool) -> None:
        for actor in film.actors:
            for sentence in film.said_of(actor)[:1]:
                self._sentences.append([film.name, actor + 1, sentence.text])
                if film.group is Group.VALID:
                    self._predict_frames(film, actor, frames)
        if copied:
            self._sentences.append([film.name, "1 (copy)", self._sentences[-1][2]])

    def _predict_frames(self, film: Film, actor: int, frames: list[int]) -> None:
        for frame in frames:
            if actor in film.masks[frame]:
                image = f"v_{film.name}_f_{frame + 1}_i_{actor + 1}"
                for quality, results in coco_results(film, image, (actor,), frame).items():
                    self._results[quality] += results

    def finish(self) -> None:
        texts = self._folder / "text_annotations"
        write_lines(self._folder / "Release" / "videoset.csv", csv_lines(self._videos))
        header: list[object] = ["video_id", "instance_id", "query"]
        write_lines(texts / "a2d_annotation.txt", csv_lines([header, *self._sentences]))
        write_lines(texts / "a2d_missed_videos.txt", self._missed)
        if self._predictions is not None:
            for quality, results in self._results.items():
                write_json(self._predictions / quality / "results.json", results)


# What is wrong with which annotated frame of the first video of a subset.
_DIRT = {
    Group.VALID: {1: "instance twice", 2: "mask too many"},
    Group.TRAIN: {2: "one instance"},
}


def annotated_frames(film: Film) -> list[int]:
    return [film.length * sixths // 6 for sixths in (1, 3, 5)]


def code(film: Film, actor: int) -> int:
    """Two digits: what it is, and what it does."""
    return 10 * (SHAPES.index(film.category(actor)) + 1) + 1 + actor % 9


def csv_lines(rows: list[list[object]]) -> list[str]:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().splitlines()


def _write_instances(path: Path, film: Film, frame: int, dirt: str) -> None:
    """Masks lie on their side: [instance, width, height]."""
    actors = sorted(film.masks[frame])
    if dirt == "one instance":
        actors = actors[:1]
    instances = [actor + 1 for actor in actors]
    shown = actors
    if dirt:
        shown = actors if dirt == "one instance" else [*actors, actors[-1]]
    if dirt == "instance twice":
        instances = [*instances, instances[-1]]
    masks = np.stack([film.world.mask(actor, frame).T for actor in shown]).astype(np.uint8)
    boxes = np.stack([_corners(film, frame, actor) for actor in shown], axis=1)
    with h5py.File(path, "w") as file:
        file["instance"] = np.array(instances, np.int64)
        file["reMask"] = masks[0] if len(instances) == 1 else masks
        file["reBBox"] = boxes[:, 0] if len(instances) == 1 else boxes
        file["id"] = np.array([code(film, actor) for actor in shown], np.int64)


def _corners(film: Film, frame: int, actor: int) -> NDArray[np.float64]:
    x, y, width, height = film.masks[frame][actor].bbox
    return np.array([x, y, x + width, y + height], np.float64)
