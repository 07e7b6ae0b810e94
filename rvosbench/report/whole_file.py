"""A file that appears whole or not at all, in place of an earlier one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError


def check_new(path: Path, *, force: bool) -> None:
    """That nothing is there that would be lost, unless `force` says that it may be."""
    if path.exists() and not force:
        raise UsageError(
            Problem(
                Code.CANNOT_WRITE,
                str(path),
                expected="a new file",
                found="it is there already",
                fix="choose another name, or replace it with --force",
            )
        )


def write_file(path: Path, content: bytes | str) -> None:
    """The folder is made if it is not there. Text becomes UTF-8."""
    octets = content.encode("utf-8") if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise RvosbenchError(
            Problem(
                Code.CANNOT_WRITE,
                str(path),
                expected="a file that can be written",
                found=str(error.strerror or error),
                fix="free some space or choose another path",
            )
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
