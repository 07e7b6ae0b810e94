"""Several tests at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted so that the chance of any false positive stays at the level (Holm, A Simple Sequentially
    Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979)."""
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for number, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        least = max(least, min(1.0, (len(p_values) - number) * p_values[place]))
        adjusted[place] = least
    return tuple(adjusted)
