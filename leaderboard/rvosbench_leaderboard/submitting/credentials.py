"""The token of a server: from a file, the environment, or what `--login` stored."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError

VARIABLE = "RVOSBENCH_TOKEN"


def stored_in() -> Path:
    return Path(platformdirs.user_config_dir("rvosbench")) / "tokens.json"


def find_token(origin: str, file: Path | None, environment: Mapping[str, str] | None = None) -> str | None:
    """None where none is known."""
    if file is not None:
        return _from_file(file)
    given = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    return given or _stored().get(origin)


def store_token(origin: str, token: str) -> Path:
    """Readable by its owner alone from the first byte on."""
    place = stored_in()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = place.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        json.dump(_stored() | {origin: token}, target, indent=2)
    new.replace(place)
    return place


def _from_file(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _no_token(file, "a file that cannot be read") from error
    if not text or len(text.split()) != 1:
        raise _no_token(file, "an empty file" if not text else "more than one word")
    return text


def _stored() -> dict[str, str]:
    place = stored_in()
    try:
        readable = stat.S_IMODE(place.stat().st_mode) & 0o077
        found = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _no_token(place, "a file that cannot be read") from error
    if readable:
        raise RvosbenchError(
            Problem(
                Code.CANNOT_WRITE,
                str(place),
                expected="a file that only its owner can read: it holds tokens",
                found="one that others can read",
                fix=f"chmod 600 {place}",
            )
        )
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _no_token(file: Path, found: str) -> UsageError:
    return UsageError(
        Problem(Code.UNREADABLE_FILE, str(file), "a file with one token", found, "name the right file")
    )
