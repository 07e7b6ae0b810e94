"""Label maps in `predictions.parquet`: a row for each label of a map, called `anno_<annotator>/<label>`, as
`rvosbench eval` keeps them. A map without any label has one row of label 0, which is the background."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rvosbench.masks import rle
from rvosbench.predictions.base import Png, Scored, VideoPredictions

BACKGROUND = 0
_NAME = re.compile(r"anno_([0-9])/([0-9]{1,3})")
_LARGEST = 255  # of a label that an 8-bit map can hold


def name(annotator: int, label: int) -> str:
    return f"anno_{annotator}/{label}"


def annotators_in(expressions: Iterable[str | None]) -> tuple[int, ...]:
    """Those whose label maps a table holds; none if its rows are called otherwise."""
    found = [_NAME.fullmatch(one or "") for one in expressions]
    if not all(found) or any(int(one[2]) > _LARGEST for one in found if one):
        return ()
    return tuple(sorted({int(one[1]) for one in found if one}))


class Rows(Protocol):
    """The rows of one video."""

    @property
    def expressions(self) -> Sequence[str]:
        """Those of which there is a row."""

    def queries(self, expression: str, stems: Sequence[str]) -> list[list[Scored]]: ...

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class ParquetLabels(VideoPredictions):
    masks: Rows

    def labels(self, annotator: int, stems: Sequence[str]) -> list[Png | None]:
        of_label = {label: self.masks.queries(name(annotator, label), stems) for label in self._of(annotator)}
        return [
            _map({label: rows[place][0] for label, rows in of_label.items() if rows[place]})
            for place in range(len(stems))
        ]

    def absent_labels(self, annotator: int, stems: Sequence[str]) -> list[str]:
        there: set[str] = set()
        for label in self._of(annotator):
            there |= set(stems).difference(self.masks.absent(name(annotator, label), stems))
        return [stem for stem in stems if stem not in there]

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        """A label map is not a mask of an expression: there is none of these."""
        return list(stems)

    def _of(self, annotator: int) -> list[int]:
        found = (_NAME.fullmatch(one) for one in self.masks.expressions)
        return sorted(int(one[2]) for one in found if one and int(one[1]) == annotator)


def _map(labels: Mapping[int, Scored]) -> Png | None:
    if not labels:
        return None
    from PIL import Image  # whoever reads no label maps from a table starts sooner

    first = next(iter(labels.values()))
    pixels = np.zeros((first.height, first.width), np.uint8)
    for label, mask in labels.items():
        pixels[rle.decode(mask.counts, mask.height, mask.width)] = label
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return Png(file.getvalue())
