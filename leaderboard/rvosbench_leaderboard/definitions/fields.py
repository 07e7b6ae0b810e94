"""Values of a definition, taken one by one: what is wrong with any of them is said with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.definitions.lines import Path, place_of

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_MOST = 10_000  # of any count


class Fields:
    """One table of the file. Every value is asked for by its name; `end` refuses what nobody asked for."""

    def __init__(
        self,
        values: Any,
        path: Path,
        lines: Mapping[Path, int],
        name: str,
        log: ProblemLog,
        said: tuple[str, ...] = (),
    ) -> None:
        self._path, self._lines, self._name, self._log = path, lines, name, log
        self._said = said  # the path, with slugs for numbers
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(values, dict):
            self.wrong(
                "", "a table of names and values", repr(values), "write it as [[...]] with a line each"
            )

    def wrong(self, key: str, expected: str, found: str, fix: str) -> None:
        path = (*self._path, key) if key else self._path
        said = ".".join((*self._said, key) if key else self._said)
        at = place_of(self._name, self._lines, path, said)
        self._log.add(Code.BAD_DEFINITION, at, expected=expected, found=found, fix=fix)

    def text(self, key: str, *, default: str | None = None, most: int = 200) -> str:
        value = self._take(key, default)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > most or (default is None and not value.strip()):
            self.wrong(key, f"a text of 1 to {most} characters", _short(value), "put a text in quotes")
            return ""
        return value.strip()

    def slug(self, key: str = "slug") -> str:
        value = self.text(key, most=60)
        if value and not SLUG.fullmatch(value):
            near = "-".join(re.findall(r"[a-z0-9]+", value.lower()))
            fix = f"write it as {near}" if near else "make it up of these"
            self.wrong(key, "lower-case letters, digits and single hyphens", repr(value), fix)
            return ""
        return value

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        value = self._take(key, default)
        if value not in choices:
            near = get_close_matches(str(value), choices, n=1)
            fix = f"did you mean {near[0]}?" if near else "choose one of these"
            self.wrong(key, "one of " + ", ".join(choices), repr(value), fix)
            return default
        return str(value)

    def flag(self, key: str) -> bool:
        value = self._take(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "true or false", repr(value), "write it without quotes")
            return False
        return value

    def count(self, key: str) -> int | None:
        """A limit; None where there is none."""
        if key not in self._values:
            self._asked.add(key)
            return None
        value = self._take(key, None)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
            self.wrong(key, f"a number from 1 to {_MOST:,}", repr(value), "leave it out for no limit")
            return None
        return value

    def size(self, key: str, default: str) -> int:
        value = self._take(key, default)
        found = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if found is None or not 1 <= float(found[1]) * _UNITS[found[2]] <= 1 << 40:
            self.wrong(key, 'a size such as "4 GB"', repr(value), "write a number, a space and a unit")
            return 1
        return int(float(found[1]) * _UNITS[found[2]])

    def moment(self, key: str) -> datetime | None:
        if key not in self._values:
            self._asked.add(key)
            return None
        value = self._take(key, None)
        if not isinstance(value, datetime) or value.tzinfo is None:
            self.wrong(
                key,
                "a time with its zone, such as 2027-03-01T23:59:00Z",
                str(value) if value is not None else "nothing",
                "add Z for UTC, or an offset such as +01:00",
            )
            return None
        return value.astimezone(UTC)

    def texts(self, key: str) -> list[str]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong(key, "a list of texts", _short(value), 'write it as ["a", "b"]')
            return []
        return [one.strip() for one in value]

    def tables(self, key: str) -> list[Fields]:
        value = self._take(key, [])
        if not isinstance(value, list) or not value:
            self.wrong(key, f"at least one [[{key}]]", "none", "add one")
            return []
        return [
            Fields(
                one,
                (*self._path, key, place),
                self._lines,
                self._name,
                self._log,
                (*self._said, key, _called(one, place)),
            )
            for place, one in enumerate(value)
        ]

    def end(self) -> None:
        for key in self._values:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, n=1)
                fix = f"did you mean {near[0]}?" if near else "take the line out"
                self.wrong(key, "one of " + ", ".join(sorted(self._asked)), key, fix)

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        if key not in self._values and default is None:
            self.wrong(key, f"a value for {key}", "none", f"add a line `{key} = ...`")
        return self._values.get(key, default)


def _called(table: Any, place: int) -> str:
    """By its slug; by its number where that is no slug."""
    slug = table.get("slug") if isinstance(table, dict) else None
    return slug if isinstance(slug, str) and SLUG.fullmatch(slug) else str(place + 1)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "..."
