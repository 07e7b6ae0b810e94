"""JSON and text written by strangers: every defect is a `Problem`, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.absent import not_read

T = TypeVar("T")

_FIX = "download the file again"
_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def read_text(path: Path, log: ProblemLog, encoding: str = "utf-8", fix: str = _FIX) -> str | None:
    """`fix` is for a file that is no text."""
    try:
        return path.read_text(encoding=encoding)
    except UnicodeDecodeError as error:
        log.add(
            Code.NOT_UTF8,
            path,
            expected=f"text in {encoding}",
            found=f"byte 0x{error.object[error.start]:02x} at offset {error.start}",
            fix=fix,
        )
    except OSError as error:
        not_read(path, error, log)
    return None


def read_json(path: Path, log: ProblemLog) -> Any:
    """The content of a small JSON file; None, with the reason in the log, if there is none to be had."""
    text = read_text(path, log)
    if text is None:
        return None
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, path, log))
    except json.JSONDecodeError as error:
        found = f"{error.msg} at line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            found = f"the file ends too early, after {len(text)} characters"
        log.add(Code.INVALID_JSON, path, expected="a whole JSON document", found=found, fix=_FIX)
    except RecursionError:
        log.add(Code.INVALID_JSON, path, expected="a whole JSON document", found="endless nesting", fix=_FIX)
    except ValueError as error:  # such as a number of more digits than Python takes
        log.add(Code.INVALID_JSON, path, expected="a whole JSON document", found=str(error), fix=_FIX)
    return None


def _unique(pairs: list[tuple[str, Any]], path: Path, log: ProblemLog) -> dict[str, Any]:
    """JSON keeps the last of equal keys without a word; here they are ids, so two of them are an error."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            log.add(
                Code.DUPLICATE_ID,
                path,
                expected="each key once",
                found=f"key {key!r} more than once",
                fix=_FIX,
            )
    return found


def expect(value: Any, kind: type[T], where: object, log: ProblemLog) -> T | None:
    """`value` if it is of the JSON type `kind`, else a problem."""
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    log.add(
        Code.BAD_STRUCTURE,
        where,
        expected=_NAMES.get(kind, kind.__name__),
        found=_NAMES.get(type(value), type(value).__name__),
        fix=_FIX,
    )
    return None


def member(record: dict[str, Any], key: str, kind: type[T], where: object, log: ProblemLog) -> T | None:
    """`record[key]` if it is there and of the JSON type `kind`, else a problem."""
    if key not in record:
        log.add(
            Code.BAD_STRUCTURE,
            where,
            expected=f"the key {key!r}",
            found="keys " + (", ".join(sorted(record)[:8]) or "none"),
            fix=_FIX,
        )
        return None
    return expect(record[key], kind, f"{where}: {key}", log)
