"""The figures of A2D- and JHMDB-Sentences from arrays of pixels: every rule spelled out, in loops.

The published script takes mAP from pycocotools, in double precision, and P@K and the mean IoU from the best
query of a sample, in single precision with a millionth added to intersection and union.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
OVERLAPS = tuple(float(step) for step in np.linspace(0.5, 0.95, 10))
RECALLS = tuple(float(step) for step in np.linspace(0, 1, 101))


@dataclass(frozen=True)
class Query:
    image: str
    mask: Mask
    score: float


def figures(truths: Mapping[str, Mask], queries: Sequence[Query]) -> dict[str, float]:
    """`queries` in the order of the submission; every image of `truths` has at least one."""
    of_image = {image: [query for query in queries if query.image == image] for image in truths}
    average = {overlap: average_precision(truths, of_image, overlap) for overlap in OVERLAPS}
    found = {"mAP": sum(average.values()) / len(average), "AP50": average[0.5], "AP75": average[OVERLAPS[5]]}
    return found | best_figures(truths, of_image)


def average_precision(
    truths: Mapping[str, Mask], of_image: Mapping[str, Sequence[Query]], overlap: float
) -> float:
    """Images in the order of their names, queries of an image by falling score, then all of them by falling
    score; both sorts leave equal scores in the order in which they were."""
    ranked: list[tuple[float, bool]] = []
    for image in sorted(truths):
        free = True
        for query in sorted(of_image[image], key=lambda query: -query.score)[:100]:
            hit = free and _iou(query.mask, truths[image]) >= min(overlap, 1 - 1e-10)
            free = free and not hit
            ranked.append((query.score, hit))
    ranked.sort(key=lambda one: -one[0])
    right, curve = 0, []
    for place, (_, hit) in enumerate(ranked, 1):
        right += hit
        curve.append((right / len(truths), right / (place + float(np.spacing(1)))))
    best_from_here, best = [0.0] * len(curve), 0.0
    for place in reversed(range(len(curve))):
        best = max(best, curve[place][1])
        best_from_here[place] = best
    heights = []
    for recall in RECALLS:
        first = next((place for place, (reached, _) in enumerate(curve) if reached >= recall), None)
        heights.append(0.0 if first is None else best_from_here[first])
    return math.fsum(heights) / len(heights)


def best_figures(truths: Mapping[str, Mask], of_image: Mapping[str, Sequence[Query]]) -> dict[str, float]:
    """Of equal scores the last in the submission is the best."""
    shared, either = [], []
    for image, truth in truths.items():
        best = of_image[image][0]
        for query in of_image[image]:
            best = query if query.score >= best.score else best
        shared.append(int(np.count_nonzero(best.mask & truth)))
        either.append(int(np.count_nonzero(best.mask | truth)))
    ious = [_single(i, u) for i, u in zip(shared, either, strict=True)]
    found = {"mIoU": math.fsum(ious) / len(ious), "oIoU": sum(shared) / sum(either)}
    for tenths in (5, 6, 7, 8, 9):
        found[f"P@{tenths / 10}"] = sum(iou > tenths / 10 for iou in ious) / len(ious)
    return found


def _iou(mask: Mask, truth: Mask) -> float:
    either = np.count_nonzero(mask | truth)
    return np.count_nonzero(mask & truth) / either if either else 0.0


def _single(shared: int, either: int) -> float:
    epsilon = np.float32(1e-6)
    return float((np.float32(shared) + epsilon) / (np.float32(either) + epsilon))
