"""Label maps of Ref-DAVIS17, merged from the probabilities of single sentences.

As in the inference of ReferFormer and those after it: probabilities below a half count as nothing, the
background has 0.1, and a pixel belongs to the greatest; of equal ones to the first. The k-th sentence of an
annotator is label k. What is greatest so far is kept on disk, so a video may be as long as it likes and its
sentences may come in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.errors import Code, DatasetError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Video

THRESHOLD = np.float32(0.5)


class LabelMaps:
    """The label maps of one video, of every annotator."""

    def __init__(self, video: Video, scratch: Path) -> None:
        self._labels = labels_of(video)
        self.annotators = sorted({annotator for annotator, _ in self._labels.values()})
        shape = (len(self.annotators), len(video.frames), *video.size)
        self._greatest = _on_disk(scratch / "probabilities.npy", np.float32, shape)
        self._label = _on_disk(scratch / "labels.npy", np.uint8, shape)

    def add(self, expression: str, frame: int, probabilities: NDArray[np.float32]) -> None:
        annotator, label = self._labels[expression]
        place = self.annotators.index(annotator), frame
        greatest, labels = self._greatest[place], self._label[place]
        wins = (probabilities >= THRESHOLD) & (
            (probabilities > greatest) | ((probabilities == greatest) & (label < labels))
        )
        greatest[wins] = probabilities[wins]
        labels[wins] = label

    def frames(self, annotator: int) -> Iterator[NDArray[np.uint8]]:
        """When all sentences have been added."""
        for labels in self._label[self.annotators.index(annotator)]:
            yield np.array(labels)


def labels_of(video: Video) -> dict[str, tuple[int, int]]:
    """Expression -> annotator and label."""
    count: dict[int, int] = {}
    found = {}
    for one in video.expressions.values():
        if one.annotator is None:
            raise DatasetError(
                Problem(
                    Code.PROTOCOL_DOES_NOT_FIT,
                    f"{video.name}, expression {one.name}",
                    expected="sentences that tell their annotator, for label maps of each annotator",
                    found="none is told",
                    fix="choose another --form, such as png",
                )
            )
        count[one.annotator] = count.get(one.annotator, 0) + 1
        found[one.name] = one.annotator, count[one.annotator]
    return found


def _on_disk(path: Path, kind: type[np.generic], shape: Sequence[int]) -> NDArray[np.generic]:
    """Zeros that take no room before they are written."""
    return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=tuple(shape))
