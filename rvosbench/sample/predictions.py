"""Predictions of known quality, made from the ground truth: what good, sloppy and blind models hand in.

perfect        the ground truth itself
shifted        every mask a few pixels to the right and down
late           every mask a few frames after its time
wrong-object   the first object that is not meant, all the time
flickering     nothing at all in every third frame
empty          nothing at all
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.masks import rle
from rvosbench.sample.dice import Dice
from rvosbench.sample.encode import label_png, mask_png
from rvosbench.sample.film import Film

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUALITIES = ("perfect", "shifted", "late", "wrong-object", "flickering", "empty")

Targets = tuple[int, ...]


def guess(film: Film, targets: Targets, quality: str, frame: int) -> NDArray[np.bool_]:
    match quality:
        case "perfect":
            return film.union(targets, frame)
        case "shifted":
            return _shifted(film.union(targets, frame), shift(film))
        case "late":
            return film.union(targets, max(0, frame - delay(film)))
        case "wrong-object":
            return film.union(wrong_object(film, targets), frame)
        case "flickering" if frame % 3 != 1:
            return film.union(targets, frame)
    return np.zeros(film.size, np.bool_)


def shift(film: Film) -> int:
    """In pixels, to the right as well as down."""
    return max(2, film.size[0] // 36)


def delay(film: Film) -> int:
    """In frames."""
    return max(2, film.length // 8)


def wrong_object(film: Film, targets: Targets) -> Targets:
    return next(((actor,) for actor in film.actors if actor not in targets), ())


def _shifted(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    moved = np.zeros_like(mask)
    moved[by:, by:] = mask[:-by, :-by]
    return moved


class GuessedPngs:
    """The guesses of one film as mask files: what several layouts ask for is made once."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._made: dict[tuple[Targets, str, int], bytes] = {}

    def of(self, targets: Targets, quality: str, frame: int) -> bytes:
        if quality == "empty":
            targets, frame = (), 0
        key = targets, quality, frame
        if key not in self._made:
            self._made[key] = mask_png(guess(self._film, targets, quality, frame))
        return self._made[key]


def write_tree(
    folder: Path, film: Film, expressions: Mapping[str, Targets], stems: Sequence[str], pngs: GuessedPngs
) -> None:
    """<quality>/<video>/<expression>/<frame>.png, as the MeViS server takes it."""
    for quality in QUALITIES:
        for expression, targets in expressions.items():
            place = folder / quality / film.name / expression
            place.mkdir(parents=True)
            for frame, stem in enumerate(stems):
                (place / f"{stem}.png").write_bytes(pngs.of(targets, quality, frame))


def write_palette_trees(folder: Path, film: Film, objects: Sequence[Targets], stems: Sequence[str]) -> None:
    """<quality>/anno_<0..3>/<video>/<frame>.png, as the DAVIS tool takes it: the k-th named object is label
    k, and where two masks overlap the lower label wins."""
    for quality in QUALITIES:
        places = [folder / quality / f"anno_{annotator}" / film.name for annotator in range(4)]
        for place in places:
            place.mkdir(parents=True)
        for frame, stem in enumerate(stems):
            labels = np.zeros(film.size, np.uint8)
            for label, targets in reversed(list(enumerate(objects, 1))):
                labels[guess(film, targets, quality, frame)] = label
            content = label_png(labels)
            for place in places:
                (place / f"{stem}.png").write_bytes(content)


def coco_results(film: Film, image: str, targets: Targets, frame: int) -> dict[str, list[dict[str, Any]]]:
    """Quality -> two queries for one image: the guess, and a box that no one asked for, with a low score."""
    height, width = film.size
    box = np.zeros(film.size, np.bool_)
    box[height // 4 : height // 2, width // 4 : width // 2] = True
    return {
        quality: [
            _result(image, guess(film, targets, quality, frame), _score(image, 0.5)),
            _result(image, box, _score(image, 0.0)),
        ]
        for quality in QUALITIES
    }


def _result(image: str, mask: NDArray[np.bool_], score: float) -> dict[str, Any]:
    height, width = mask.shape
    segmentation = {"size": [height, width], "counts": rle.encode(mask).decode("ascii")}
    return {"image_id": image, "category_id": 1, "segmentation": segmentation, "score": score}


def _score(image: str, low: float) -> float:
    """Different for every image, so that no rule for ties is needed."""
    return round(low + 0.01 + Dice("score", image).below(480_000) / 1_000_000, 6)
