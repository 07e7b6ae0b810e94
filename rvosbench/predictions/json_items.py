"""The items of a long JSON list one by one, at the speed of the standard library and in bounded memory.

The text is taken piece by piece, and one item after the other is decoded from what is at hand. Nesting is
bounded by Python itself, which a stream of events is not.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TextIO

_PIECE = 1 << 16  # characters that are read at a time
_LONGEST = 1 << 26  # characters of one item, if nobody knows better
_SPACE = re.compile(r"[ \t\n\r]*")


class ListError(ValueError):
    """The text is no JSON list, or ends too early."""


def items(file: TextIO, longest: int = _LONGEST, twice: Callable[[str], None] | None = None) -> Iterator[Any]:
    """Of a document that must be a list. Every defect is a ValueError or a RecursionError. `longest` is how
    many characters an item may have; `twice` is called with a key that an object has more than once."""
    text = _Text(file, longest, twice)
    if text.next() != "[":
        raise ListError("a list must begin with [")
    text.skip(1)
    if text.next() == "]":
        text.skip(1)
    else:
        while True:
            yield text.decode()
            mark = text.next()
            text.skip(1)
            if mark == "]":
                break
    if mark := text.next():
        raise ListError(f"{mark!r} after the end of the list")


class _Text:
    def __init__(self, file: TextIO, longest: int, twice: Callable[[str], None] | None) -> None:
        self._file = file
        self._longest = longest
        self._twice = twice
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=self._object)

    def next(self) -> str:
        """The next character that is no space, which is not taken; "" at the end."""
        while True:
            self._at = self._end_of_space(self._at)
            if self._at < len(self._text) or not self._more(_PIECE):
                return self._text[self._at : self._at + 1]

    def skip(self, characters: int) -> None:
        self._at += characters

    def decode(self) -> Any:
        """The value that begins here. A comma or bracket after it tells that it is whole: of 10.5, no more
        than "10." may be at hand."""
        self.next()
        piece = _PIECE
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                after = self._end_of_space(end)
                if self._text[after : after + 1] in (",", "]"):
                    self._at = after
                    return value
                reason = "neither , nor ] after a result" if self._text[after:] else "it ends inside the list"
            except json.JSONDecodeError as error:
                reason = self._reason(error)
            if len(self._text) - self._at > self._longest:
                raise ListError(f"a result of more than {self._longest:,} characters: {reason}")
            if not self._more(piece):
                raise ListError(reason)
            piece *= 2  # so that a long value is not begun anew too often

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The last of equal keys, as in the standard library."""
        found = dict(pairs)
        if len(found) < len(pairs) and self._twice is not None:
            for key, times in Counter(key for key, _ in pairs).items():
                if times > 1:
                    self._twice(key)
        return found

    def _end_of_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found is not None else at

    def _more(self, characters: int) -> bool:
        more = self._file.read(characters)
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)

    def _reason(self, error: json.JSONDecodeError) -> str:
        if error.pos >= len(self._text.rstrip()):
            return "it ends inside the list"
        return f"{error.msg} near {self._text[error.pos : error.pos + 20]!r}"


def _refuse_constant(name: str) -> NoReturn:
    raise ListError(f"{name}, which is no JSON")
