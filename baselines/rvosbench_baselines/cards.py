"""The cards of the baselines that are installed, ours and third parties'. No torch is needed to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint

from rvosbench import registry
from rvosbench.errors import Code, Problem, RvosbenchError, Severity, UsageError
from rvosbench_baselines.base import Baseline, Variant


@dataclass(frozen=True, slots=True)
class Card:
    baseline: Baseline
    package: str
    """The distribution that registers it, with its version."""


def read_cards() -> tuple[list[Card], list[Problem]]:
    """Every card, by name; those of other packages that cannot be read are warnings."""
    cards, problems = [], []
    for name, point in sorted(registry.registered(registry.BASELINES).items()):
        try:
            cards.append(_card(name, point))
        except RvosbenchError as error:
            problems += [_warning(problem) for problem in error.problems]
    return cards, problems


def find(name: str) -> Card:
    points = registry.registered(registry.BASELINES)
    if name not in points:
        raise UsageError(_unknown(Code.UNKNOWN_BASELINE, name, sorted(points), "an installed baseline"))
    return _card(name, points[name])


def find_variant(card: Baseline, name: str | None) -> Variant:
    """The first of the card where none is named."""
    if name is None:
        return card.variants[0]
    variant = card.variant(name)
    if variant is None:
        names = [one.name for one in card.variants]
        raise UsageError(_unknown(Code.UNKNOWN_VARIANT, name, names, f"a variant of {card.name}"))
    return variant


def _card(name: str, point: EntryPoint) -> Card:
    loaded = registry.load(point)
    package = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown"
    if not isinstance(loaded, Baseline):
        raise RvosbenchError(
            Problem(
                Code.PLUGIN_FAILED,
                path=f"{name} = {point.value}",
                expected="an object of rvosbench_baselines.base.Baseline",
                found=type(loaded).__name__,
                fix=f"report this to the authors of {package}",
            )
        )
    return Card(loaded, package)


def _unknown(code: Code, name: str, names: Sequence[str], what: str) -> Problem:
    near = get_close_matches(name, names, n=1)
    return Problem(
        code,
        path=name,
        expected=f"{what}: {', '.join(names) or 'there is none'}",
        found=name,
        fix=f"did you mean {near[0]}?" if near else "choose one of these",
    )


def _warning(problem: Problem) -> Problem:
    return Problem(problem.code, problem.path, problem.expected, problem.found, problem.fix, Severity.WARNING)
