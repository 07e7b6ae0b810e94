"""Where in a TOML file a value stands: the parser of the standard library does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*\[(\[)?\s*([A-Za-z0-9_.\- ]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


def lines_of(text: str) -> Mapping[Path, int]:
    """Line numbers of tables and keys, for files in the plain style: one key a line, headers for tables."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    inside: Path = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count('"""') % 2:
            opens, quoted = not quoted, not quoted
            if not opens:
                continue
        elif quoted:
            continue
        if header := _HEADER.match(line):
            inside = _table(header[2], bool(header[1]), counts)
            found[inside] = number
        elif key := _KEY.match(line):
            found.setdefault((*inside, key[1]), number)
    return found


def _table(name: str, repeated: bool, counts: dict[Path, int]) -> Path:
    """`[[tracks.phases]]` is the next phase of the latest track."""
    path: Path = ()
    parts = [part.strip() for part in name.split(".")]
    for place, part in enumerate(parts):
        path = (*path, part)
        last = place == len(parts) - 1
        if last and repeated:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def place_of(name: str, lines: Mapping[Path, int], path: Path, said: str) -> str:
    """As messages have it: the file, the line, and what stands there as its author calls it."""
    line = line_of(lines, path)
    at = f"{name}, line {line}" if line else name
    return f"{at}: {said}" if said else at


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Of the value, or of the nearest thing around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None
