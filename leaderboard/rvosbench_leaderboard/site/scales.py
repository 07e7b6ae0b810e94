"""Axes and labels of charts: values to pixels, round ticks, and texts that do not cover each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LETTER = 6.4  # pixels, of a typical letter at 11 pixels
_LINE = 13
_STEPS = (1, 2, 5, 10)
_WIDE = 12  # a logarithmic axis over less has the ticks of a linear one
_CROWD, _NAMED = 60, 25  # of so many points only the first few get a text


@dataclass(frozen=True, slots=True)
class Scale:
    """`first` and `last` become the pixels `start` and `end`."""

    first: float
    last: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (self._flat(one) for one in (self.first, self.last, value))
        return round(self.start + (at - low) / ((high - low) or 1.0) * (self.end - self.start), 1)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Pixel and text of each."""
        wide = self.logarithmic and self.last / self.first > _WIDE
        values = _powers(self.first, self.last) if wide else _round(self.first, self.last)
        return tuple((self(value), f"{value:,.6g}") for value in values)

    def _flat(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    anchor: str
    text: str


def linear(values: Sequence[float], start: float, end: float, *, margin: float = 0.06) -> Scale:
    low, high = min(values), max(values)
    room = (high - low) * margin or max(1.0, abs(high) * margin)
    return Scale(low - room, high + room, start, end)


def logarithmic(values: Sequence[float], start: float, end: float) -> Scale:
    """Of positive values."""
    return Scale(min(values) / 1.4, max(values) * 1.4, start, end, logarithmic=True)


def labels(
    points: Iterable[tuple[float, float, float, str]],
    width: float,
    *,
    top: float,
    bottom: float,
    above: bool = False,
) -> tuple[Label, ...]:
    """Of points (x, y, radius, text), the important ones first. A text for which there is no room beside its
    point is left out; the table below the chart has all of them. Points without a
    text keep their place free. `above`: there first, clear of a line."""
    every = list(points)
    if len(every) > _CROWD:
        every = [(x, y, r, text if place < _NAMED else "") for place, (x, y, r, text) in enumerate(every)]
    taken = [(x - r, y - r, x + r, y + r) for x, y, r, _ in every]
    found = []
    for x, y, r, text in every:
        if not text:
            continue
        wide = _LETTER * len(text)
        places = [
            (x + r + 4, y + 4, "start"),
            (x - r - 4, y + 4, "end"),
            (x, y - r - 5, "middle"),
            (x, y + r + _LINE, "middle"),
        ]
        if above:
            places = [(x - 2, y - r - 4, "end"), *places[2:], *places[:2]]
        for at, line, anchor in places:
            left = at - {"start": 0.0, "end": wide, "middle": wide / 2}[anchor]
            box = (left, line - _LINE + 3, left + wide, line + 2)
            inside = box[0] >= 0 and box[2] <= width and box[1] >= top and box[3] <= bottom
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append(Label(round(at, 1), round(line, 1), anchor, text))
                break
    return tuple(found)


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _round(first: float, last: float, about: int = 5) -> list[float]:
    rough = (last - first) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in _STEPS if power * factor >= rough)
    return [round(place * step, 9) for place in range(math.ceil(first / step), math.floor(last / step) + 1)]


def _powers(first: float, last: float) -> list[float]:
    """1, 2 and 5 of each power of ten."""
    powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    return [
        value for power in powers for factor in _STEPS[:3] if first <= (value := factor * 10.0**power) <= last
    ]
