"""What a server wants of one video: the names of the files and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.errors import PredictionsRefused, ProblemLog
from rvosbench.masks.planes import Plane
from rvosbench.pack.pngs import gray_png, palette_png
from rvosbench.protocols.merging import one_map
from rvosbench.validate.decoding import Size, decoded_labels, decoded_mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from rvosbench.predictions.base import Kind, VideoPredictions
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Video


@dataclass
class Files:
    """Paths, below where predictions begin, and contents; and what is wrong with the predictions."""

    found: list[tuple[str, bytes]] = field(default_factory=list)
    log: ProblemLog = field(default_factory=ProblemLog)


def files_of(
    video: Video, size: Size, wanted: Sequence[Wanted], predictions: VideoPredictions, kind: Kind, to: Kind
) -> Files:
    """`kind` is that of the predictions, `to` the one that is written: masks or labels."""
    files = Files()
    try:
        if kind == "labels":
            _copy_labels(video, size, wanted, predictions, files)
        elif to == "labels":
            _merge_masks(video, size, predictions, files)
        else:
            _copy_masks(video, size, wanted, predictions, files)
    except PredictionsRefused as error:
        files.log.include(error.problems)
    return files


def _copy_masks(
    video: Video, size: Size, wanted: Sequence[Wanted], predictions: VideoPredictions, files: Files
) -> None:
    empty = gray_png(Plane.empty(*size))  # many are
    for one in wanted:
        stems = [video.frames[frame] for frame in one.frames]
        for stem, mask in _masks(one.expression or "", stems, video, size, predictions, files).items():
            content = gray_png(mask) if any(mask.words) else empty
            files.found.append((f"{one.name}/{stem}.png", content))


def _copy_labels(
    video: Video, size: Size, wanted: Sequence[Wanted], predictions: VideoPredictions, files: Files
) -> None:
    for one in wanted:
        stems = [video.frames[frame] for frame in one.frames]
        for stem, png in zip(stems, predictions.labels(one.annotator or 0, stems), strict=True):
            path = f"{one.name}/{stem}.png"
            labels = decoded_labels(path, png, size, files.log)
            if labels is not None:
                files.found.append((path, palette_png(labels)))


def _merge_masks(video: Video, size: Size, predictions: VideoPredictions, files: Files) -> None:
    """As scoring does it: the k-th sentence of an annotator is label k, the lowest label wins."""
    of_annotator: dict[int, list[str]] = {}
    for name, expression in video.expressions.items():
        if expression.annotator is not None:
            of_annotator.setdefault(expression.annotator, []).append(name)
    for annotator in sorted(of_annotator):
        columns = [
            _masks(name, video.frames, video, size, predictions, files) for name in of_annotator[annotator]
        ]
        for stem in video.frames:
            masks = [column[stem] for column in columns if stem in column]
            if len(masks) == len(columns):
                labels = _label_map(one_map(masks).items(), size)
                files.found.append((f"anno_{annotator}/{video.name}/{stem}.png", palette_png(labels)))


def _label_map(masks: Iterable[tuple[int, Plane]], size: Size) -> NDArray[np.uint8]:
    found = np.zeros(size, np.uint8)
    for label, mask in masks:
        found[mask.to_array()] = label
    return found


def _masks(
    expression: str,
    stems: Sequence[str],
    video: Video,
    size: Size,
    predictions: VideoPredictions,
    files: Files,
) -> Mapping[str, Plane]:
    """By their stems, those that are there and whole."""
    pictures = predictions.pictures(expression, stems)
    decoded = {
        stem: decoded_mask(f"{video.name}/{expression}/{stem}", picture, size, files.log)
        for stem, picture in zip(stems, pictures, strict=True)
    }
    return {stem: mask for stem, mask in decoded.items() if mask is not None}
