"""Pickle files of strangers: data is read, nothing is ever called.

A pickle is a program. All that it may make here are lists, dicts, tuples, sets, numbers and strings, which
need no name of a class or function; a file that names one is refused. Files of Python 2 hold byte strings,
which are read as latin-1.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.absent import not_read

MAX_BYTES = 1 << 30


class _NamesSomething(Exception):
    """The file wants to import something."""


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise _NamesSomething(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise _NamesSomething("something that lies outside of the file")


def read_pickle(path: Path, log: ProblemLog) -> Any:
    """What the file holds; None, with the reason in the log, if there is none to be had."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            log.add(
                Code.FILE_TOO_LARGE,
                path,
                expected=f"at most {MAX_BYTES >> 20} MiB",
                found=f"{size} bytes",
                fix=_FIX,
            )
            return None
        with path.open("rb") as file:
            return _Plain(file, encoding="latin-1").load()
    except _NamesSomething as error:
        log.add(
            Code.BAD_STRUCTURE,
            path,
            expected="a pickle of lists, dicts, numbers and strings, and nothing that could be run",
            found=f"it asks for {error}",
            fix="do not open it with Python's pickle; download the file from the authors again",
        )
    except OSError as error:
        not_read(path, error, log)
    except Exception as error:  # damaged bytes lead to whatever error they lead to
        log.add(
            Code.UNREADABLE_FILE,
            path,
            expected="a whole pickle file",
            found=str(error) or type(error).__name__,
            fix=_FIX,
        )
    return None


_FIX = "download the file again"
