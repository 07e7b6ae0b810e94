"""Ref-YouTube-VOS: every fifth frame, one object per sentence, and a list of valid videos that holds the test
videos too. The ground truth of valid, published later, lies beside, with the mapping that it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rvosbench.sample.encode import label_png
from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.base import Layout, stems, write_files, write_json
from rvosbench.sample.predictions import GuessedPngs
from rvosbench.sample.sentences import Sentence

EVERY = 5
MAPPING = "meta_expressions_with_objects.json"


class RefYoutubeVosLayout(Layout):
    def __init__(self, folder: Path, predictions: Path | None) -> None:
        super().__init__(folder, predictions)
        self._videos: dict[Group, dict[str, Any]] = {group: {} for group in Group}
        self._objects: dict[str, Any] = {}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        names = frame_names(film)
        folder = self._folder / film.group
        write_files(folder / "JPEGImages" / film.name, names, ".jpg", film.jpegs)
        if film.group is not Group.TEST:
            maps = [label_png(labels) for labels in film.world.labels]
            write_files(folder / "Annotations" / film.name, names, ".png", maps)
        sentences = single_target(film)
        self._videos[film.group][film.name] = {
            "frames": names,
            "expressions": {
                key: {"exp": one.text, "obj_id": object_id(one.targets[0])} for key, one in sentences.items()
            },
        }
        self._objects[film.name] = {
            object_id(actor): {"category": film.category(actor), "frames": _seen(film, actor, names)}
            for actor in film.actors
        }
        self._predict(film, {key: one.targets for key, one in sentences.items()}, names, pngs)

    def finish(self) -> None:
        train, valid, test = (self._videos[group] for group in Group)
        meta = self._folder / "meta_expressions"
        write_json(meta / "train" / "meta_expressions.json", {"videos": train})
        write_json(meta / "valid" / "meta_expressions.json", {"videos": _without_objects(valid | test)})
        write_json(meta / "test" / "meta_expressions.json", {"videos": _without_objects(test)})
        write_json(self._folder / "valid" / MAPPING, {"videos": valid})
        objects = {name: {"objects": self._objects[name]} for name in train}
        write_json(self._folder / "train" / "meta.json", {"videos": objects})


def frame_names(film: Film) -> list[str]:
    """As in the release, not every video begins at 0."""
    return stems(film, start=15 if film.number % 3 == 1 else 0, step=EVERY)


def single_target(film: Film) -> dict[str, Sentence]:
    sentences = [one for one in film.sentences if len(one.targets) == 1]
    return {str(number): sentence for number, sentence in enumerate(sentences)}


def object_id(actor: int) -> str:
    """As text, and from 1 on: 0 is the background."""
    return str(actor + 1)


def _seen(film: Film, actor: int, names: list[str]) -> list[str]:
    return [name for name, masks in zip(names, film.masks, strict=True) if actor in masks]


def _without_objects(videos: dict[str, Any]) -> dict[str, Any]:
    return {
        name: video | {"expressions": {key: {"exp": one["exp"]} for key, one in video["expressions"].items()}}
        for name, video in videos.items()
    }
