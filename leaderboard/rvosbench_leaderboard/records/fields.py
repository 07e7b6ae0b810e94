"""Typed reading of TOML tables: every key that is wrong, missing or unknown becomes a problem of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import read_text

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIGURE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
# Control characters, and those that nobody sees: some of them turn the text around.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
MAX_TEXT = 2_000
MOST = 10**15  # no number of a record is larger


def load(path: Path, log: ProblemLog) -> dict[str, Any] | None:
    """Numbers keep their printed digits."""
    text = read_text(path, log)
    if text is None:
        return None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        complain(log, str(path), "a file in TOML", "tables nested without end")
    except tomllib.TOMLDecodeError as error:
        complain(log, str(path), "a file in TOML", str(error))
    except (ValueError, ArithmeticError):  # TOML allows them; Python reads no such number
        complain(log, str(path), f"numbers up to {MOST:.0e}", "one of thousands of digits")
    return None


def said(value: object) -> str:
    """A value in a message."""
    try:
        return f"{value!r:.80}"
    except ValueError:  # Python prints no number of that length
        return "a number of thousands of digits"


def finite(value: object) -> float | None:
    """As a float, if it is a number, and no larger than any of a record is."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return float(number) if number.is_finite() and abs(number) <= MOST else None


def _unseen(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_unseen, value))
    return isinstance(value, str) and _UNSEEN.search(value) is not None


def complain(log: ProblemLog, where: str, expected: str, found: str, fix: str = "") -> None:
    fix = fix or "mend the key; docs/leaderboard.md lists all of them"
    log.add(Code.NOT_A_RECORD, where, expected=expected, found=found, fix=fix)


class Fields:
    """One table. `where` names file and table in messages."""

    def __init__(self, values: Mapping[str, Any], where: str, log: ProblemLog) -> None:
        self.values, self.where, self._log = values, where, log
        self._asked: set[str] = set()

    def complain(self, key: str, expected: str, found: str) -> None:
        complain(self._log, f"{self.where}: {key}" if key else self.where, expected, found)

    def take(self, key: str, kinds: type | tuple[type, ...], expected: str, *, lines: bool = False) -> Any:
        """None if it is not there or is no such thing; what is no such thing is a problem. `lines`: the
        text may have several, and tabs."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self.complain(key, expected, said(value))
            return None
        if _unseen(re.sub(r"[\n\t]", " ", value) if lines and isinstance(value, str) else value):
            self.complain(key, "characters that can be seen", said(value))
            return None
        return value

    def text(self, key: str, *, required: bool = False, lines: bool = False) -> str:
        value: str | None = self.take(key, str, "text", lines=lines)
        if value is not None and len(value) > MAX_TEXT:
            self.complain(key, f"at most {MAX_TEXT:,} characters", f"{len(value):,}")
        if required and key not in self.values:
            self.complain(key, "a text", "nothing")
        elif required and value == "":
            self.complain(key, "a text", "an empty one")
        return value or ""

    def id(self, key: str) -> str:
        value = self.text(key, required=True)
        if value and not ID.fullmatch(value):
            self.complain(
                key, "small letters, digits, dots, underscores and hyphens, 120 at most", value[:130]
            )
            return ""
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str = "") -> str:
        value = self.text(key, required=not default)
        if value and value not in choices:
            self.complain(key, "one of " + ", ".join(choices), value)
        return value if value in choices else default or choices[0]

    def address(self, key: str) -> str | None:
        value = self.text(key)
        if value and not value.startswith(("https://", "http://")):
            self.complain(key, "an address that begins with https:// or http://", value)
            return None
        return value or None

    def sha256(self, key: str) -> str | None:
        return self._matching(key, _SHA256, "64 hexadecimal digits")

    def date(self, key: str) -> str | None:
        value = self._matching(key, _DATE, "a date as text, such as 2026-02-28")
        try:
            return value and date.fromisoformat(value).isoformat()
        except ValueError:
            self.complain(key, "a day of the calendar", str(value))
            return None

    def _matching(self, key: str, form: re.Pattern[str], expected: str) -> str | None:
        value = self.text(key)
        if value and not form.fullmatch(value):
            self.complain(key, expected, value)
            return None
        return value or None

    def whole(self, key: str, least: int = 0, most: int = MOST) -> int | None:
        value: int | None = self.take(key, int, "a whole number")
        if value is not None and not least <= value <= most:
            self.complain(key, f"at least {least}" if value < least else f"at most {most}", said(value))
            return None
        return value

    def number(self, key: str) -> Decimal | None:
        """A finite one, from 0 upwards."""
        value = self.take(key, (int, Decimal), "a number")
        if value is None:
            return None
        number = finite(value)
        if number is None or number < 0:
            self.complain(key, f"a number from 0 to {MOST:.0e}", said(value))
            return None
        return Decimal(value)

    def rest(self) -> dict[str, Decimal]:
        """Whatever was not asked for is a number."""
        keys = [key for key in self.values if key not in self._asked]
        return {key: number for key in keys if (number := self.number(key)) is not None}

    def numbers(self, key: str) -> dict[str, Decimal]:
        return self.table(key).rest()

    def figures(self, key: str) -> dict[str, str]:
        """Numbers as they are printed."""
        table = self.table(key)
        found = {name: str(number) for name, number in table.rest().items()}
        for name, text in found.items():
            if not name or not _FIGURE.fullmatch(text):
                what = "digits, without an exponent" if name else "the name of a metric"
                table.complain(name, what, f"{text:.80}" if name else "none")
        return {name: text for name, text in found.items() if name and _FIGURE.fullmatch(text)}

    def table(self, key: str) -> Fields:
        values = self.take(key, dict, "a table") or {}
        good = {name: value for name, value in values.items() if not _unseen(name)}
        for name in values.keys() - good.keys():
            self.complain(key, "keys of characters that can be seen", said(name))
        return Fields(good, f"{self.where}: {key}", self._log)

    def tables(self, key: str) -> Iterator[Fields]:
        for number, values in enumerate(self.take(key, list, "tables") or (), start=1):
            where = f"{self.where}: {key} {number}"
            if isinstance(values, dict):
                yield Fields(values, where, self._log)
            else:
                complain(self._log, where, "a table", said(values))

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, "a list of texts") or []
        if not all(isinstance(value, str) for value in values):
            self.complain(key, "a list of texts", said(values))
            return ()
        return tuple(values)

    def finish(self) -> None:
        """Call it last: what was not asked for is unknown."""
        for key in sorted(self.values.keys() - self._asked):
            name = said(key) if _unseen(key) else key
            self.complain(name, "a key that is known", said(self.values[key]))
