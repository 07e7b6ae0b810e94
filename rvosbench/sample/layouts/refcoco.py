"""RefCOCO and its kin: one frame of each film as a photograph, objects as polygons, sentences in a pickle.

Pixels are kept exactly: polygons are rectangles along the borders of pixels. One object that no sentence
means is a crowd, which COCO writes as run lengths.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.base import Layout, write_files, write_json
from rvosbench.sample.predictions import QUALITIES, GuessedPngs, coco_results
from rvosbench.sample.sentences import Kind, Sentence
from rvosbench.sample.shapes import SHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 2  # sentences for an object


@dataclass(frozen=True, slots=True)
class RefCocoForm:
    """`splits` has those of each group; the second of a group is about another frame."""

    folder: str
    by: str
    splits: Mapping[Group, tuple[str, ...]]


PLAIN = RefCocoForm(
    "refcoco",
    "unc",
    {Group.TRAIN: ("train",), Group.VALID: ("val",), Group.TEST: ("testA", "testB")},
)
PLUS = RefCocoForm(
    "refcoco+", "unc", {Group.TRAIN: ("train",), Group.VALID: ("val",), Group.TEST: ("testA",)}
)
UMD = RefCocoForm("refcocog", "umd", {Group.TRAIN: ("train",), Group.VALID: ("val",), Group.TEST: ("test",)})


class RefCocoLayout(Layout):
    def __init__(self, folder: Path, predictions: Path | None, form: RefCocoForm) -> None:
        super().__init__(folder, predictions)
        self._form = form
        self._refs: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []
        self._objects: list[dict[str, Any]] = []
        self._crowded = False
        self._results: dict[str, list[dict[str, Any]]] = {quality: [] for quality in QUALITIES}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        del pngs
        for place, split in enumerate(self._form.splits[film.group]):
            self._add(film, shown(film) if place == 0 else 0, split, film.number * 10 + place + 1)

    def _add(self, film: Film, frame: int, split: str, image: int) -> None:
        name = f"COCO_train2014_{image:012d}"
        height, width = film.size
        write_files(self._folder / "images" / "train2014", [name], ".jpg", [film.jpegs[frame]])
        self._images.append({"id": image, "file_name": f"{name}.jpg", "height": height, "width": width})
        for actor in sorted(film.masks[frame]):
            sentences = said(film, actor)
            number = 100 * image + actor
            kept = {10 * number + place: one.text for place, one in enumerate(sentences)}
            self._object(film, actor, frame, image, number, crowd=not kept and not self._crowded)
            for sentence in kept if film.group is Group.VALID else ():
                sample = f"v_{name}_f_{name}_i_{sentence}"
                for quality, found in coco_results(film, sample, (actor,), frame).items():
                    self._results[quality] += found
            if kept:
                self._refs.append(_ref(number, image, split, kept, film.category(actor)))

    def _object(self, film: Film, actor: int, frame: int, image: int, number: int, *, crowd: bool) -> None:
        mask = film.world.mask(actor, frame)
        self._crowded |= crowd
        self._objects.append(
            {
                "id": number,
                "image_id": image,
                "category_id": SHAPES.index(film.category(actor)) + 1,
                "iscrowd": int(crowd),
                "area": float(mask.sum()),
                "bbox": list(map(float, film.masks[frame][actor].bbox)),
                "segmentation": run_lengths(mask) if crowd else rectangles(mask),
            }
        )

    def finish(self) -> None:
        folder = self._folder / self._form.folder
        kinds = [{"id": number, "name": name} for number, name in enumerate(SHAPES, 1)]
        document = {"images": self._images, "annotations": self._objects, "categories": kinds}
        write_json(folder / "instances.json", document)
        (folder / f"refs({self._form.by}).p").write_bytes(pickle.dumps(self._refs, protocol=2))
        if self._predictions is not None:
            for quality, results in self._results.items():
                write_json(self._predictions / quality / "results.json", results)


def shown(film: Film) -> int:
    """One in the middle in which flickering predictions are not empty."""
    return film.length // 2 // 3 * 3


def said(film: Film, actor: int) -> tuple[Sentence, ...]:
    """What can be seen in a photograph: sentences about looks."""
    return tuple(one for one in film.said_of(actor) if one.kind is Kind.APPEARANCE)[:MOST]


def rectangles(mask: NDArray[np.bool_]) -> list[list[float]]:
    """Runs of equal rows as polygons along the borders of pixels."""
    found: list[list[float]] = []
    borders = np.flatnonzero((mask[1:] != mask[:-1]).any(axis=1)) + 1
    tops = [0, *borders.tolist()]
    for top, bottom in zip(tops, [*borders.tolist(), len(mask)], strict=True):
        edges = np.flatnonzero(np.diff(mask[top].astype(np.int8), prepend=0, append=0)).tolist()
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            found.append([*(left, top), *(right, top), *(right, bottom), *(left, bottom)])
    return found


def run_lengths(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """As COCO writes crowds: column by column, background first."""
    edges = np.flatnonzero(np.diff(mask.ravel(order="F").astype(np.int8), prepend=0))
    return {"size": list(mask.shape), "counts": np.diff(edges, prepend=0, append=mask.size).tolist()}


def _ref(number: int, image: int, split: str, sentences: Mapping[int, str], category: str) -> dict[str, Any]:
    return {
        "ref_id": number,
        "ann_id": number,
        "image_id": image,
        "category_id": SHAPES.index(category) + 1,
        "split": split,
        "file_name": f"COCO_train2014_{image:012d}_{number}.jpg",
        "sent_ids": list(sentences),
        "sentences": [
            {"sent_id": key, "sent": text, "raw": f"{text.capitalize()}.", "tokens": text.split()}
            for key, text in sentences.items()
        ],
    }
