"""Names of files in a zip: how they are spelled, and which of them no prediction can have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from rvosbench.errors import Code, ProblemLog

_AT_ONCE = 1024
_LONGEST_PART = 255  # characters; no disk has room for more
_SUSPECT = ("\\", ":", "//", "./", " /", ".\n", " \n", "\n/", "\n\n", "\ufffd")
_REASONS = (
    (re.compile(r"\ufffd"), "bytes that are not UTF-8"),
    (re.compile(r"[\x00-\x1f\x7f-\x9f]"), "a control character"),
    (re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"), "a character that is not to be seen"),
    (re.compile(rf"[^/]{{{_LONGEST_PART + 1}}}"), f"a part of more than {_LONGEST_PART} characters"),
    (re.compile(r"^[A-Za-z]:"), "a drive"),
    (re.compile(r"\\"), "a backslash"),
    (re.compile(r"^/"), "a name from the root of the disk"),
    (re.compile(r"(^|/)\.\.(/|$)"), "a way out of the archive (..)"),
    (re.compile(r"^$|//|(^|/)\.(/|$)"), "an empty part or a part that is a dot"),
    (re.compile(r"[. ](/|$)"), "a part that ends in a dot or a space"),
)


def decoded(name: bytes, utf8: bool) -> str:
    """As the standard says: UTF-8 where the flag is set, else code page 437. Accents are made one with their
    letters, as macOS keeps them apart."""
    if name.isascii():
        return name.decode("ascii")
    return unicodedata.normalize("NFC", name.decode("utf-8" if utf8 else "cp437", "replace"))


def check_names(path: Path, names: Sequence[str], log: ProblemLog) -> None:
    """Nothing is unpacked, so no name could do harm; but one of these does not come about by accident."""
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        if not _free_of_suspicion(some):
            for name in some:
                _check_name(path, name, log)


def _free_of_suspicion(names: Sequence[str]) -> bool:
    """Looks at many names as one text: a hundred times quicker than at each, and nearly always enough."""
    text = "\n".join(("", *names, ""))
    lines = text.count("\n") == len(names) + 1 and max(map(len, names)) <= _LONGEST_PART
    return lines and text.replace("\n", "").isprintable() and not any(part in text for part in _SUSPECT)


def _check_name(path: Path, name: str, log: ProblemLog) -> None:
    reason = next((reason for pattern, reason in _REASONS if pattern.search(name)), None)
    if reason is not None:
        log.add(
            Code.UNSAFE_PATH,
            f"{path.name}: {name!r:.200}",
            expected="names inside the archive, with slashes between their parts",
            found=reason,
            fix="make the archive again: cd into the predictions and `zip -r predictions.zip .`",
        )


def alike(name: str) -> str:
    """Names that are equal on a disk which takes upper and lower case for the same."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())
