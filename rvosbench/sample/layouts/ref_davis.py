"""Ref-DAVIS17, as downloaded and as the usual script converts it.

As in the real release, the second annotator's files are in latin-1 and three names are misspelt in the texts;
pixels between two shapes that touch are void.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.sample.encode import label_png
from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.base import Layout, stems, write_files, write_json, write_lines
from rvosbench.sample.predictions import GuessedPngs, write_palette_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOID = 255
# The first training videos bear the names that the texts of the release misspell.
MISSPELT = {"classic-car": "clasic-car", "dogs-scale": "dog-scale", "motorbike": "motor-bike"}
TEXTS = {
    "Davis17_annot1.txt": "utf-8",
    "Davis17_annot1_full_video.txt": "utf-8",
    "Davis17_annot2.txt": "latin-1",
    "Davis17_annot2_full_video.txt": "latin-1",
}
SPLITS = {Group.TRAIN: ("train", "train"), Group.VALID: ("val", "valid")}  # in DAVIS, in the converted form

Descriptions = dict[int, tuple[str, str, str, str]]  # actor -> one text of each of the four files


class DavisVideo:
    """What both forms say of a film."""

    def __init__(self, film: Film) -> None:
        names = list(MISSPELT)
        takes_name = film.group is Group.TRAIN and film.number < len(names)
        self.name = names[film.number] if takes_name else film.name
        self.stems = stems(film)
        self.maps = [label_png(with_void(labels)) for labels in film.world.labels]
        self.descriptions = _descriptions(film)
        if film.group is Group.VALID and film.number % 2:
            # As in DAVIS, not everything that is annotated is spoken of.
            self.descriptions.pop(film.actors[-1], None)
        self.categories = {str(actor + 1): film.category(actor) for actor in film.actors}


class RefDavisLayout(Layout):
    """DAVIS-2017 with four files of texts."""

    def __init__(self, folder: Path, predictions: Path | None) -> None:
        super().__init__(folder, predictions)
        self._lines: dict[str, list[str]] = {name: [] for name in TEXTS}
        self._sets: dict[str, list[str]] = {split: [] for split, _ in SPLITS.values()}
        self._semantics: dict[str, dict[str, str]] = {}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        del pngs
        if film.group not in SPLITS:
            return
        video = DavisVideo(film)
        davis = self._folder / "DAVIS"
        write_files(davis / "JPEGImages" / "480p" / video.name, video.stems, ".jpg", film.jpegs)
        write_files(davis / "Annotations_unsupervised" / "480p" / video.name, video.stems, ".png", video.maps)
        self._sets[SPLITS[film.group][0]].append(video.name)
        self._semantics[video.name] = video.categories
        written = MISSPELT.get(video.name, video.name)
        for file, name in enumerate(TEXTS):
            # Not in the order of the objects: readers must sort.
            for actor, texts in reversed(video.descriptions.items()):
                self._lines[name].append(f'{written} {actor + 1} "{texts[file]}"')
        if film.group is Group.VALID and self._predictions is not None:
            named = [(actor,) for actor in video.descriptions]
            write_palette_trees(self._predictions, film, named, video.stems)

    def finish(self) -> None:
        davis = self._folder / "DAVIS"
        for split, names in self._sets.items():
            write_lines(davis / "ImageSets" / "2017" / f"{split}.txt", names)
        write_json(davis / "davis_semantics.json", self._semantics)
        for name, encoding in TEXTS.items():
            write_lines(self._folder / "davis_text_annotations" / name, self._lines[name], encoding)


class ConvertedRefDavisLayout(Layout):
    """The form of Ref-YouTube-VOS: four expressions in a row for every object, one of each file."""

    def __init__(self, folder: Path, predictions: Path | None) -> None:
        super().__init__(folder, predictions)
        self._videos: dict[str, dict[str, Any]] = {split: {} for _, split in SPLITS.values()}
        self._objects: dict[str, dict[str, Any]] = {split: {} for _, split in SPLITS.values()}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        del pngs
        if film.group not in SPLITS:
            return
        video = DavisVideo(film)
        split = SPLITS[film.group][1]
        write_files(self._folder / split / "JPEGImages" / video.name, video.stems, ".jpg", film.jpegs)
        write_files(self._folder / split / "Annotations" / video.name, video.stems, ".png", video.maps)
        said = [(actor, text) for actor, texts in video.descriptions.items() for text in texts]
        self._videos[split][video.name] = {
            "expressions": {
                str(number): {"exp": text, "obj_id": str(actor + 1)}
                for number, (actor, text) in enumerate(said)
            },
            "frames": video.stems,
        }
        self._objects[split][video.name] = {
            "objects": {key: {"category": category} for key, category in video.categories.items()}
        }

    def finish(self) -> None:
        for split, videos in self._videos.items():
            write_json(
                self._folder / "meta_expressions" / split / "meta_expressions.json", {"videos": videos}
            )
            write_json(self._folder / split / "meta.json", {"videos": self._objects[split]})


def with_void(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Void along the lines where one shape covers another."""
    marked = labels.copy()
    for one, other in (
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
    ):
        touching = (labels[one] != labels[other]) & (labels[one] != 0) & (labels[other] != 0)
        marked[one][touching] = VOID
        marked[other][touching] = VOID
    return marked


def _descriptions(film: Film) -> Descriptions:
    """Four texts for every actor that some sentence means alone; the others stay without."""
    found: Descriptions = {}
    for actor in film.actors:
        texts = [sentence.text for sentence in film.said_of(actor)]
        if texts:
            first, second, third, fourth = (texts[place % len(texts)] for place in range(4))
            if not found:
                third = third.replace("the ", "the naïve-looking ", 1)
            found[actor] = (first, second, third, fourth)
    return found
