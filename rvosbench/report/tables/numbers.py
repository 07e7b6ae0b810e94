"""Rounding, once and for all: the decimal digits of the very double, half to even."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from rvosbench.metrics.catalogue import ALL

DIGITS = 1
_FRACTIONS = frozenset(info.key for info in ALL if info.unit == "fraction")
_MORE_DIGITS = 3  # of what is no percentage, such as a variance
_EXACT = 1200  # decimal digits: more than any double has


def is_percentage(key: str) -> bool:
    return key in _FRACTIONS


def shown(key: str, value: float, digits: int = DIGITS) -> str:
    """A fraction in percent; anything else as it is, with three more digits."""
    if is_percentage(key):
        return rounded(value, digits, scale=2)
    return rounded(value, digits + _MORE_DIGITS)


def rounded(value: float, digits: int, scale: int = 0) -> str:
    """`value` times ten to the power of `scale`. What rounds to nothing has no sign."""
    with localcontext() as context:
        context.prec = _EXACT
        exact = Decimal(value).scaleb(scale)
        text = str(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN))
    return text.removeprefix("-") if not text.strip("-0.") else text
