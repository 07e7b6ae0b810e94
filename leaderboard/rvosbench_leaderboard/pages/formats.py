"""How figures, times and sizes are written where people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

DECIMALS = 2  # of percentages, everywhere
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_PLAIN_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?")
_BUCKETS = (  # durations are told coarsely: exact ones could tell something about ground truth
    (timedelta(minutes=1), "under 1 min"),
    (timedelta(minutes=5), "1 to 5 min"),
    (timedelta(minutes=15), "5 to 15 min"),
    (timedelta(hours=1), "15 to 60 min"),
)


def percent(value: float | None) -> str:
    """A fraction as people print it: 0.5231 -> 52.31."""
    return "–" if value is None else f"{100 * value:.{DECIMALS}f}"  # noqa: RUF001  (a dash, for readers)


def told(metrics: Mapping[str, float]) -> dict[str, float]:
    """Fractions with no more digits than are printed: pages hold values that scripts sort by, too."""
    return {key: round(value, DECIMALS + 2) for key, value in metrics.items()}


def rounded(value: float) -> float:
    """The figure that is compared: two entries with the same printed score share a rank."""
    return round(100 * value, DECIMALS)


def signed(value: float | None) -> str:
    """A difference of two fractions, in points."""
    return "–" if value is None else f"{100 * value:+.{DECIMALS}f}"  # noqa: RUF001


def when(value: datetime | None) -> str:
    """A time in UTC; the browser adds the reader's own beside it."""
    return "–" if value is None else f"{utc(value):%Y-%m-%d %H:%M} UTC"  # noqa: RUF001


def plain(value: object) -> str:
    """A number of a form, without needless digits."""
    return f"{value:,.6g}" if isinstance(value, int | float) else str(value)


def day(value: datetime | None) -> str:
    return "–" if value is None else f"{utc(value):%Y-%m-%d}"  # noqa: RUF001


def stamp(value: datetime) -> str:
    """For the `datetime` attribute of a `<time>` element."""
    return f"{utc(value).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def size(value: int | None) -> str:
    """In powers of 1000, as file managers of today count."""
    if value is None:
        return "–"  # noqa: RUF001
    amount, unit = float(value), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{value:,} bytes" if unit == 0 else f"{amount:.3g} {_UNITS[unit]}"


def bucket(value: timedelta | None) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    return next((text for limit, text in _BUCKETS if value < limit), "over 1 h")


def link(value: object) -> str | None:
    """The address if it is one of the web; anything else is shown as text and leads nowhere."""
    text = str(value).strip()
    if _PLAIN_LINK.fullmatch(text):  # as nearly all are; to take an address apart is slow
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return (
        text
        if parts.scheme in ("http", "https") and parts.netloc and not set(text) & set(" \t\r\n")
        else None
    )


FILTERS: Mapping[str, object] = {
    "percent": percent,
    "signed": signed,
    "when": when,
    "day": day,
    "plain": plain,
    "stamp": stamp,
    "size": size,
    "bucket": bucket,
    "link": link,
}
