"""Why two results differ: what was scored otherwise, and what each cause adds to the gap.

A figure that is a sum of ratios is a sum over units of what each of them adds. So a gap falls apart into the
units that only one result has, and into the changes of those that both have; and these by what differs: the
same masks scored in another way, frames that were missing, or other masks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.sources import Aspect, SentenceChanges, differing, same_masks, sentence_changes
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.metrics.boundary import F
from rvosbench.metrics.jf import mean_of_both
from rvosbench.metrics.precision import M_IOU
from rvosbench.metrics.region import J
from rvosbench.protocols.catalogue import find

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key, Opened
    from rvosbench.protocols.units import Unit


@dataclass(frozen=True, slots=True)
class Contribution:
    """`cause` is for programs, `about` for people; `share` of the gap, in the same unit as the figure."""

    cause: str
    about: str
    units: int
    share: float


@dataclass(frozen=True, slots=True)
class Move:
    """One unit that both results have. `share` is what its change adds to the gap."""

    video: str
    unit: str
    expression: str | None
    text: str
    before: float | None
    after: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """From one result to another. The contributions add up to the gap."""

    first: Opened
    second: Opened
    metric: str
    before: float
    after: float
    aspects: tuple[Aspect, ...]
    contributions: tuple[Contribution, ...]
    moves: tuple[Move, ...]
    videos: Mapping[str, float]
    sentences: SentenceChanges
    common: int

    @property
    def gap(self) -> float:
        return self.after - self.before

    @property
    def comparable(self) -> bool:
        """Whether both were scored in the same way, on the same data."""
        return not any(aspect.of_scoring for aspect in self.aspects)

    def as_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "first": self._side(self.first, self.before),
            "second": self._side(self.second, self.after),
            "gap": self.gap,
            "comparable": self.comparable,
            "differs": [aspect.as_json() for aspect in self.aspects],
            "common_units": self.common,
            "contributions": [_as_json(one) for one in self.contributions],
            "videos": dict(self.videos),
            "moves": [_as_json(one) for one in self.moves],
            "sentences": self.sentences.as_json(),
        }

    def _side(self, opened: Opened, value: float) -> dict[str, Any]:
        return {
            "name": opened.name,
            "folder": str(opened.folder),
            "value": value,
            "fingerprint": opened.result.fingerprint,
            "units": len(opened.units),
        }


def explain(first: Opened, second: Opened, metric: str | None = None) -> Explanation:
    """Of the figure that both have; the first one of the protocol that units make up, unless named."""
    key = _chosen(first, second, metric)
    aspects = differing(first, second)
    units = _by_key(first, second)
    common = [name for name in units[0] if name in units[1]]
    sides = [_Side(one, of, common, key) for one, of in zip((first, second), units, strict=True)]
    shares = {name: sides[1].shares[name] - sides[0].shares[name] for name in common}
    values = [one.result.metrics[key] for one in (first, second)]
    moved = sorted((name for name in common if shares[name]), key=lambda name: -abs(shares[name]))
    of_video: dict[str, Fraction] = {}
    for name in moved:
        of_video[name[0]] = of_video.get(name[0], Fraction()) + shares[name]
    return Explanation(
        first,
        second,
        key,
        values[0],
        values[1],
        aspects,
        tuple(_contributions(first, second, values, sides, shares, aspects)),
        tuple(_move(first, second, units, name, key, shares[name]) for name in moved),
        {video: float(of_video[video]) for video in sorted(of_video, key=lambda one: -abs(of_video[one]))},
        sentence_changes(first, second),
        len(common),
    )


class _Side:
    """One of the two results: its figure over the units that both have, and what each of them adds."""

    def __init__(self, opened: Opened, units: Mapping[Key, Unit], common: Sequence[Key], metric: str) -> None:
        self.alone = len(units) - len(common)
        self.missing = frozenset(name for name in common if units[name].missing)
        terms = find(opened.result.protocol).terms([units[name] for name in common])
        self.known = metric in terms
        self.shares = dict.fromkeys(common, Fraction())
        for weight, above, below in terms.get(metric, ()):
            total = Fraction(math.fsum(below))
            for name, value in zip(common, above.tolist(), strict=True):
                self.shares[name] += Fraction(weight) * Fraction(value) / total

    @property
    def value(self) -> Fraction:
        return sum(self.shares.values(), Fraction())


def _contributions(
    first: Opened,
    second: Opened,
    values: Sequence[float],
    sides: Sequence[_Side],
    shares: Mapping[Key, Fraction],
    aspects: Sequence[Aspect],
) -> list[Contribution]:
    """Rounding comes last: fractions add up exactly."""
    scoring = " and ".join(aspect.name for aspect in aspects if aspect.of_scoring)
    if not all(side.known for side in sides):
        return [
            Contribution(
                "no_common_units",
                f"no unit in common: {scoring or 'the units'} differ",
                0,
                values[1] - values[0],
            )
        ]
    found = []
    only = [Fraction(value) - side.value for value, side in zip(values, sides, strict=True)]
    for place, (opened, sign) in enumerate(((first, -1), (second, 1))):
        if sides[place].alone:
            found.append(
                Contribution(
                    f"only_in_{('first', 'second')[place]}",
                    f"units that only {opened.name} has",
                    sides[place].alone,
                    float(sign * only[place]),
                )
            )
    missing = sides[0].missing | sides[1].missing
    if missing:
        found.append(_part("missing", "units of which frames are missing", missing, shares))
    rest = [name for name in shares if name not in missing]
    if not scoring:
        if any(shares[name] for name in rest):
            found.append(_part("predictions", "other predictions", rest, shares))
        return found
    same = same_masks(first, second, rest)
    other = [name for name in rest if name not in same]
    if same:
        found.append(_part("scoring", f"the same masks, scored otherwise: {scoring}", same, shares))
    if other:
        about = f"other predictions together with another {scoring}"
        found.append(_part("predictions_and_scoring", about, other, shares))
    return found


def _part(
    cause: str, about: str, names: Sequence[Key] | frozenset[Key], shares: Mapping[Key, Fraction]
) -> Contribution:
    total = sum((shares[name] for name in names), Fraction())
    return Contribution(cause, about, len(names), float(total))


def _by_key(first: Opened, second: Opened) -> tuple[dict[Key, Unit], dict[Key, Unit]]:
    """By video and unit; by video, expression and frame where units of two protocols have other names."""
    same = first.result.protocol == second.result.protocol

    def key(unit: Unit) -> Key:
        name = unit.unit if same or unit.expression is None else f"{unit.expression} {unit.frame or ''}"
        return unit.video, name.strip()

    one, other = ({key(unit): unit for unit in opened.units} for opened in (first, second))
    return one, other


def _chosen(first: Opened, second: Opened, metric: str | None) -> str:
    terms = [find(one.result.protocol).terms(one.units) for one in (first, second)]
    headline = find(first.result.protocol).info.headline
    shared = [key for key in first.result.metrics if all(key in of for of in terms)]
    chosen = metric or next((key for key in headline if key in shared), "")
    if chosen in shared:
        return chosen
    raise UsageError(
        Problem(
            Code.NOTHING_TO_RESAMPLE,
            f"--metric {metric}" if metric else f"{first.folder}, {second.folder}",
            expected="a figure that units add up to in both results: " + (", ".join(shared) or "none"),
            found=chosen or f"protocols {first.result.protocol} and {second.result.protocol}",
            fix="choose one of these" if shared else "score both by a protocol that fits both",
        )
    )


def _move(
    first: Opened,
    second: Opened,
    units: tuple[Mapping[Key, Unit], Mapping[Key, Unit]],
    name: Key,
    metric: str,
    share: Fraction,
) -> Move:
    before, after = units[0][name], units[1][name]
    sentence = next(
        (
            one.sentences[before.video, before.expression or ""]
            for one in (first, second)
            if (before.video, before.expression or "") in one.sentences
        ),
        None,
    )
    return Move(
        before.video,
        before.unit,
        before.expression,
        sentence.text if sentence else "",
        _value(before, metric),
        _value(after, metric),
        float(share),
    )


def _value(unit: Unit, metric: str) -> float | None:
    """What the unit itself scores; by a figure that is made of several, its J&F or IoU."""
    j, f = unit.values.get(J.info.key), unit.values.get(F.info.key)
    if metric in unit.values:
        return unit.values[metric]
    return unit.values.get(M_IOU.key) if j is None or f is None else mean_of_both(j, f)


def _as_json(one: Contribution | Move) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
