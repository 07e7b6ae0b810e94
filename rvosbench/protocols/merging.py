"""One mask per expression to label maps, as scripts for Ref-DAVIS17 do since ReferFormer: the k-th sentence
of an annotator about a video is label k, and where masks overlap the lowest label wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks.planes import Plane
from rvosbench.protocols.pictures import report_labels

if TYPE_CHECKING:
    from rvosbench.protocols.stretch import Stretch


def merged(stretch: Stretch, annotator: int, most: int) -> list[dict[int, Plane] | None]:
    """For each frame its proposals that are not empty, by label; None where a mask is missing. No map can be
    made then: pixels that the missing mask would have taken might be right for another label."""
    expressions = [one for one in stretch.video.expressions.values() if one.annotator == annotator]
    if len(expressions) > most:
        report_labels(f"{stretch.video.name}, annotator {annotator}", len(expressions), most, stretch.log)
        return [{} for _ in stretch.frames]
    columns = [
        dict(zip(scores.frames, scores.masks, strict=True)) for scores in map(stretch.scores, expressions)
    ]
    maps: list[dict[int, Plane] | None] = []
    for frame in stretch.frames:
        masks = [column.get(frame) for column in columns]
        there = [mask for mask in masks if mask is not None]
        maps.append(one_map(there) if len(there) == len(masks) else None)
    return maps


def one_map(masks: Sequence[Plane]) -> dict[int, Plane]:
    """Label -> its pixels, those that are not empty; masks come in the order of their labels."""
    found: dict[int, Plane] = {}
    taken: Plane | None = None
    for label, mask in enumerate(masks, 1):
        own = mask if taken is None else _without(mask, taken)
        if own.area:
            found[label] = own
        taken = mask if taken is None else taken | mask
    return found


def _without(mask: Plane, taken: Plane) -> Plane:
    words = np.frombuffer(mask.words, np.uint64) & ~np.frombuffer(taken.words, np.uint64)
    return Plane(words.tobytes(), mask.height, mask.width)
