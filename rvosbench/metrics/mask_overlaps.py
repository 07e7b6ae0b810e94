"""How much the detections of an image overlap its ground truths, worked out on runs, never on pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks.rle_pairs import Pairs, pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 1 << 18  # bytes of counts


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """In pixels."""

    detection_areas: NDArray[np.int64]
    truth_areas: NDArray[np.int64]
    intersections: NDArray[np.int64]  # [detections, ground truths]

    @property
    def unions(self) -> NDArray[np.int64]:
        return self.detection_areas[:, None] + self.truth_areas - self.intersections

    @property
    def ious(self) -> NDArray[np.float64]:
        """As pycocotools has it: two empty masks do not overlap."""
        return self.intersections / np.maximum(self.unions, 1)


def overlaps(truths: Sequence[bytes], detections: Sequence[bytes], height: int, width: int) -> Overlaps:
    """Of masks of one image, given as COCO compressed counts. Raises RleError if one of them is no mask."""
    if not truths and not detections:
        nothing = np.zeros(0, np.int64)
        return Overlaps(nothing, nothing, np.zeros((0, 0), np.int64))
    parts = [_overlaps(truths, some, height, width) for some in _portions(detections)]
    if len(parts) == 1:
        return parts[0]
    return Overlaps(
        np.concatenate([part.detection_areas for part in parts]),
        parts[0].truth_areas,
        np.concatenate([part.intersections for part in parts]),
    )


def _portions(counts: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Those that are taken apart together: what a byte of counts becomes on the way takes a hundred."""
    found, start, size = [], 0, 0
    for place, one in enumerate(counts):
        if size + len(one) > _AT_ONCE and place > start:
            found.append(counts[start:place])
            start, size = place, 0
        size += len(one)
    return [*found, counts[start:]]


def _overlaps(truths: Sequence[bytes], detections: Sequence[bytes], height: int, width: int) -> Overlaps:
    masks = pairs([*truths, *detections], height, width)
    intersections = np.zeros((len(detections), len(truths)), np.int64)
    if detections:
        for place in range(len(truths)):
            intersections[:, place] = _shared_with(place, masks, len(truths))
    areas = masks.areas
    return Overlaps(areas[len(truths) :], areas[: len(truths)], intersections)


def _shared_with(place: int, masks: Pairs, truths: int) -> NDArray[np.int64]:
    """Pixels that each detection shares with one ground truth.

    The number of its foreground pixels before a position is a line with slopes 0 and 1, so interpolation
    between its edges is exact; a run holds the difference between its two ends.
    """
    own = slice(masks.first[place], masks.stop[place])
    filled = np.cumsum(masks.runs[own] * (0, 1))
    first = masks.first[truths:]
    before = np.interp(masks.edges[first[0] :], masks.edges[own].ravel(), filled)
    shared: NDArray[np.float64] = np.add.reduceat(before[:, 1] - before[:, 0], first - first[0])
    return shared.astype(np.int64)
