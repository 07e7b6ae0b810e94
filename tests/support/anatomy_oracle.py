"""The anatomy once more: from arrays of pixels, by the words of docs/anatomy.md, for all kinds that take no
more than the frames one by one. Shares nothing with the product but the scores of a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import score_oracle
from scoring import Mask

FIRST = ("absent", "missed", "wrong-object", "switch", "extra-object", "missed-one", "drift", "boundary")
SECOND = (*reversed(FIRST[:-1]), "boundary")


def takes(mask: Mask, thing: Mask) -> bool:
    shared = (mask & thing).sum()
    return bool(shared and (2 * shared >= thing.sum() or 2 * shared >= mask.sum()))


def others(truth: Mask, things: Sequence[Mask]) -> list[Mask]:
    own = [(thing & ~truth, thing.sum()) for thing in things]
    return [part for part, size in own if size and 2 * part.sum() >= size]


def j(truth: Mask, mask: Mask) -> float:
    either = (truth | mask).sum()
    return float((truth & mask).sum() / either) if either else 1.0


class Frame:
    def __init__(self, targets: Sequence[Mask], things: Sequence[Mask], mask: Mask) -> None:
        self.targets = [one for one in targets if one.any()]
        self.truth = np.any(np.stack(targets), axis=0) if targets else np.zeros_like(mask)
        self.others = others(self.truth, things)
        self.mask = mask

    @property
    def score(self) -> float:
        return sum(score_oracle.score(self.truth, self.mask)) / 2

    @property
    def on_target(self) -> bool:
        return takes(self.mask, self.truth) or any(takes(self.mask, one) for one in self.targets)

    @property
    def taken(self) -> list[Mask]:
        return [one for one in self.others if takes(self.mask, one)]

    @property
    def left(self) -> list[Mask]:
        left = [one for one in self.targets if not takes(self.mask, one)]
        return left if len(left) < len(self.targets) else []

    def repair(self, kind: str, astray: str) -> None:
        seen, answered = bool(self.truth.any()), bool(self.mask.any())
        if kind == "boundary" or (kind == "absent" and not seen) or (kind == "missed" and not answered):
            self.mask = self.truth
        if not (seen and answered):
            return
        if kind == astray and self.taken and not self.on_target:
            self.mask = self.truth
        elif kind == "extra-object" and self.on_target:
            while self.taken:
                for one in self.taken:
                    self.mask = self.mask & ~one
        elif kind == "missed-one":
            while self.left:
                for one in self.left:
                    self.mask = self.mask | one
        elif kind == "drift" and not self.taken and not self.left and j(self.truth, self.mask) < 0.5:
            self.mask = self.truth


def shares(
    targets: Sequence[Sequence[Mask]],
    things: Sequence[Sequence[Mask]],
    masks: Sequence[Mask],
    order: Sequence[str],
) -> Mapping[str, float]:
    """Frame by frame: the targets, the other objects, the prediction."""
    frames = [Frame(*parts) for parts in zip(targets, things, masks, strict=True)]
    both = [one for one in frames if one.truth.any() and one.mask.any()]
    lost = sum(bool(one.taken) and not one.on_target for one in both)
    astray = "wrong-object" if 2 * lost > len(both) else "switch"
    found = {}
    for kind in order:
        before = [one.score for one in frames]
        for one in frames:
            one.repair(kind, astray)
        found[kind] = float(np.mean([one.score for one in frames]) - np.mean(before))
    return found
