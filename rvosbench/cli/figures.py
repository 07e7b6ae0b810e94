"""How figures are printed: in percent with one digit, as papers print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench.statistics.intervals import Interval


def printed(key: str, value: float, *, signed: bool = False) -> str:
    """What is no fraction, such as a variance, is printed as it is."""
    from rvosbench.report.tables.numbers import shown

    text = shown(key, value)
    return f"+{text}" if signed and value > 0 and text.strip("0.") else text


def bar(key: str, interval: Interval | None, *, signed: bool = False) -> str:
    """Where the figure might have been with other videos."""
    if interval is None:
        return ""
    low, high = (printed(key, end, signed=signed) for end in interval[:2])
    return f"[{low}, {high}]"


def probability(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
