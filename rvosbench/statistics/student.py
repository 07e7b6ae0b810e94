"""Student's t distribution for whole degrees of freedom, without SciPy, which takes longer to load than a
small split takes to score.

The finite sums are those of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
"""

from __future__ import annotations

import math
from functools import lru_cache

_CLOSE = 1e-13


def central_probability(t: float, freedom: int) -> float:
    """P(|T| <= t)."""
    angle = math.atan(t / math.sqrt(freedom))
    square = math.cos(angle) ** 2
    if freedom % 2:
        term, total = math.cos(angle), 0.0
        for number in range(1, freedom - 1, 2):
            total += term
            term *= square * (number + 1) / (number + 2)
        return 2 / math.pi * (angle + math.sin(angle) * total)
    term, total = 1.0, 0.0
    for number in range(0, freedom - 1, 2):
        total += term
        term *= square * (number + 1) / (number + 2)
    return math.sin(angle) * total


@lru_cache
def two_sided_quantile(level: float, freedom: int) -> float:
    """The t with P(|T| <= t) = level."""
    if not 0 < level < 1 or freedom < 1:
        raise ValueError(f"no quantile at level {level} with {freedom} degrees of freedom")
    low, high = 0.0, 1.0
    while central_probability(high, freedom) < level:
        low, high = high, 2 * high
    while high - low > _CLOSE * high:
        middle = (low + high) / 2
        if central_probability(middle, freedom) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def upper_probability(t: float, freedom: int) -> float:
    """P(T > t)."""
    half = central_probability(abs(t), freedom) / 2
    return 0.5 - half if t >= 0 else 0.5 + half


def normal_lower_probability(z: float) -> float:
    """P(Z <= z) of the standard normal distribution."""
    return math.erfc(-z / math.sqrt(2)) / 2
