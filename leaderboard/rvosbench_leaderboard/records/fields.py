"""Typed reading of TOML tables: every key that is wrong, missing or unknown becomes a problem of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import read_text

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MAX_TEXT = 2_000


def load(path: Path, log: ProblemLog) -> dict[str, Any] | None:
    """Numbers keep their printed digits."""
    text = read_text(path, log)
    if text is None:
        return None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        complain(log, str(path), "a file in TOML", str(error) or "tables nested without end")
        return None


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

    def take(self, key: str, kinds: type | tuple[type, ...], expected: str) -> Any:
        """None if it is not there or is no such thing; what is no such thing is a problem."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self.complain(key, expected, f"{value!r:.80}")
            return None
        return value

    def text(self, key: str, *, required: bool = False) -> str:
        value: str | None = self.take(key, str, "text")
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
        return self._matching(key, _DATE, "a date as text, such as 2026-02-28")

    def _matching(self, key: str, form: re.Pattern[str], expected: str) -> str | None:
        value = self.text(key)
        if value and not form.fullmatch(value):
            self.complain(key, expected, value)
            return None
        return value or None

    def whole(self, key: str, least: int = 0) -> int | None:
        value: int | None = self.take(key, int, "a whole number")
        if value is not None and value < least:
            self.complain(key, f"at least {least}", str(value))
            return None
        return value

    def number(self, key: str) -> Decimal | None:
        """A finite one, from 0 upwards."""
        value = self.take(key, (int, Decimal), "a number")
        if value is None:
            return None
        number = Decimal(value)
        if not number.is_finite() or number < 0:
            self.complain(key, "a number from 0 upwards", str(value))
            return None
        return number

    def numbers(self, key: str) -> dict[str, Decimal]:
        table = self.table(key)
        found = {name: number for name in table.values if (number := table.number(name)) is not None}
        table.finish()
        return found

    def table(self, key: str) -> Fields:
        return Fields(self.take(key, dict, "a table") or {}, f"{self.where}: {key}", self._log)

    def tables(self, key: str) -> Iterator[Fields]:
        for number, values in enumerate(self.take(key, list, "tables") or (), start=1):
            where = f"{self.where}: {key} {number}"
            if isinstance(values, dict):
                yield Fields(values, where, self._log)
            else:
                complain(self._log, where, "a table", f"{values!r:.80}")

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, "a list of texts") or []
        if not all(isinstance(value, str) for value in values):
            self.complain(key, "a list of texts", f"{values!r:.80}")
            return ()
        return tuple(values)

    def finish(self) -> None:
        """Call it last: what was not asked for is unknown."""
        for key in sorted(self.values.keys() - self._asked):
            self.complain(key, "a key that is known", f"{self.values[key]!r:.80}")
