"""What a viewer of the masks would say an object does: judged from visible pixels alone, by rules of its own.

Nothing here knows how the shapes were moved. A judgement is None where the pixels do not suffice, as when
others hide the object most of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]  # [frame, height, width]
ENOUGH = 3  # frames in which an object is seen whole


@dataclass(frozen=True)
class Watched:
    """`at` are the places of its middle, as shares of the frame, in the frames `whole`: where all is seen."""

    masks: Masks
    area: NDArray[np.int64]
    whole: NDArray[np.int64]
    at: NDArray[np.float64]
    seen_at: NDArray[np.float64]  # the same in all frames in which at least a third of it is seen

    def travel(self, axis: int) -> NDArray[np.float64]:
        """Place along an axis, relative to where it was first seen whole."""
        along: NDArray[np.float64] = self.at[:, axis] - self.at[0, axis]
        return along


def watch(masks: Masks) -> Watched:
    area = masks.sum(axis=(1, 2))
    whole = np.flatnonzero(area >= 0.93 * area.max())
    seen = np.flatnonzero(area >= 0.4 * area.max())
    return Watched(masks, area, whole, _middles(masks, whole), _middles(masks, seen))


def _middles(masks: Masks, frames: NDArray[np.int64]) -> NDArray[np.float64]:
    height, width = masks.shape[1:]
    places = []
    for frame in frames:
        y, x = np.nonzero(masks[frame])
        places.append(((x.mean() + 0.5) / width, (y.mean() + 0.5) / height))
    return np.array(places)


Judgement = Callable[[Watched], bool | None]


def _goes(axis: int, sign: int) -> Judgement:
    def judge(one: Watched) -> bool | None:
        if len(one.whole) < ENOUGH:
            return None
        way = sign * one.travel(axis)
        return bool(way[-1] > 0.08 and way.min() > -0.04)

    return judge


def _reach(one: Watched) -> Any:
    return np.ptp(one.at, axis=0).max()


def goes_and_comes_back(one: Watched) -> bool | None:
    if len(one.whole) < ENOUGH:
        return None
    way = one.travel(0)
    far = way[np.argmax(np.abs(way))]
    return bool(abs(far) > 0.12 and abs(far - way[-1]) > 0.12)


def does_not_move(one: Watched) -> bool | None:
    return bool(_reach(one) < 0.02) if len(one.whole) >= ENOUGH else None


def moves(one: Watched) -> bool | None:
    return bool(_reach(one) > 0.08) if len(one.whole) >= ENOUGH else None


def stops(one: Watched) -> bool | None:
    return _pauses(one, one.masks[-2:])


def waits(one: Watched) -> bool | None:
    return _pauses(one, one.masks[:2])


def _pauses(one: Watched, pair: Masks) -> bool | None:
    """Two neighbouring frames show it in the same place, though it is elsewhere at other times."""
    if len(one.whole) < ENOUGH or min(pair.sum(axis=(1, 2))) < 0.93 * one.area.max():
        return None if pair.any(axis=(1, 2)).all() else False
    return bool((pair[0] == pair[1]).mean() > 0.999 and _reach(one) > 0.08)


def _comes(from_left: bool) -> Judgement:
    def judge(one: Watched) -> bool | None:
        seen = np.flatnonzero(one.area)
        return bool(seen[0] > 0 and _touches(one.masks[seen[0]], from_left))

    return judge


def _goes_away(to_left: bool) -> Judgement:
    def judge(one: Watched) -> bool | None:
        seen = np.flatnonzero(one.area)
        return bool(seen[-1] < len(one.area) - 1 and _touches(one.masks[seen[-1]], to_left))

    return judge


def _touches(mask: NDArray[np.bool_], left: bool) -> bool:
    """Whether it is at that side of the picture; a fast one may be well within when it is first seen."""
    columns = np.flatnonzero(mask.any(axis=0)) / mask.shape[1]
    return bool(columns[0] < 0.15 if left else columns[-1] > 0.85)


def hops(one: Watched) -> bool | None:
    if 3 * len(one.whole) < 2 * np.count_nonzero(one.area):
        return None
    steps = np.sign(np.diff(one.at[:, 1]))
    changes = np.count_nonzero(np.diff(steps[steps != 0]))
    return bool(np.ptp(one.at[:, 1]) > 0.12 and changes >= 2)


def goes_around(one: Watched) -> bool | None:
    if len(one.whole) < ENOUGH + 2:
        return None
    return bool(np.ptp(one.at[:, 1]) > 0.12 and np.ptp(one.at[:, 0]) > 0.06 and not _monotone(one))


def _monotone(one: Watched) -> bool:
    steps = np.diff(one.at[:, 0])
    return bool((steps >= 0).all() or (steps <= 0).all())


def spins(one: Watched) -> bool | None:
    """It stays, but its pixels do not."""
    if len(one.whole) < ENOUGH:
        return None
    first = one.masks[one.whole[0]]
    overlap = min(
        (first & one.masks[frame]).sum() / (first | one.masks[frame]).sum() for frame in one.whole[1:]
    )
    return bool(_reach(one) < 0.04 and overlap < 0.85)


def hides(one: Watched) -> bool | None:
    share = one.area / one.area.max()
    lowest = int(np.argmin(share[one.whole[0] : one.whole[-1] + 1])) + int(one.whole[0])
    return bool(share[lowest] < 0.4 and one.whole[0] < lowest < one.whole[-1])


def _is_at(axis: int, low: bool) -> Judgement:
    def judge(one: Watched) -> bool | None:
        if not len(one.seen_at):
            return None
        places = one.seen_at[:, axis] if low else 1 - one.seen_at[:, axis]
        return bool(places.max() < 0.45)

    return judge


# The words of the sentences, and what a viewer must see for them to be true.
MEANINGS: dict[str, Judgement] = {
    "moving to the left": _goes(0, -1),
    "go left": _goes(0, -1),
    "goes left": _goes(0, -1),
    "heading to the left": _goes(0, -1),
    "moving to the right": _goes(0, 1),
    "go right": _goes(0, 1),
    "goes right": _goes(0, 1),
    "heading to the right": _goes(0, 1),
    "moving up": _goes(1, -1),
    "rises": _goes(1, -1),
    "floating upwards": _goes(1, -1),
    "moving down": _goes(1, 1),
    "sinks": _goes(1, 1),
    "drifting downwards": _goes(1, 1),
    "stays where it is": does_not_move,
    "not move": does_not_move,
    "standing still": does_not_move,
    "that moves": moves,
    "that move": moves,
    "on the move": moves,
    "turns around": goes_and_comes_back,
    "turn around": goes_and_comes_back,
    "goes and comes back": goes_and_comes_back,
    "that stops": stops,
    "moves and then stops": stops,
    "that stop": stops,
    "waits before": waits,
    "wait before": waits,
    "stands at first": waits,
    "enters from the left": _comes(True),
    "enter from the left": _comes(True),
    "coming in from the left": _comes(True),
    "enters from the right": _comes(False),
    "enter from the right": _comes(False),
    "coming in from the right": _comes(False),
    "leaves on the left": _goes_away(True),
    "leave on the left": _goes_away(True),
    "going away to the left": _goes_away(True),
    "leaves on the right": _goes_away(False),
    "leave on the right": _goes_away(False),
    "going away to the right": _goes_away(False),
    "into view": lambda one: _comes(True)(one) or _comes(False)(one),
    "the scene": lambda one: _goes_away(True)(one) or _goes_away(False)(one),
    "hop": hops,
    "around in a circle": goes_around,
    "around in circles": goes_around,
    "spin": spins,
    "behind another": hides,
    "on the left": _is_at(0, True),
    "on the right": _is_at(0, False),
    "at the top": _is_at(1, True),
    "at the bottom": _is_at(1, False),
}


def meaning(text: str) -> Judgement | None:
    """That of the longest words of the table in the sentence; None if it describes looks alone."""
    known = [words for words in MEANINGS if words in text]
    return MEANINGS[max(known, key=len)] if known else None
