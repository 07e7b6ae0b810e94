"""How figures are printed: in percent with one digit, as papers print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench.statistics.intervals import Interval


def printed(key: str, value: float, *, signed: bool = False) -> str:
    """What is no fraction, such as a variance, is printed as it is."""
    from rvosbench.metrics.catalogue import ALL

    fractions = {info.key for info in ALL if info.unit == "fraction"}
    sign = "+" if signed else ""
    text = f"{100 * value:{sign}.1f}" if key in fractions else f"{value:{sign}.4f}"
    return text if any(digit in text for digit in "123456789") else text.lstrip("+-")


def bar(key: str, interval: Interval | None, *, signed: bool = False) -> str:
    """Where the figure might have been with other videos."""
    if interval is None:
        return ""
    low, high = (printed(key, end, signed=signed) for end in interval[:2])
    return f"[{low}, {high}]"


def probability(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
