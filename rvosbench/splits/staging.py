"""A folder that appears whole or not at all, whoever else writes it and whenever we are killed."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.progress import Progress


@contextmanager
def locked(target: Path, progress: Progress) -> Iterator[None]:
    """Only one process at a time writes `target`; the others wait. The lock dies with its process."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path = target.parent / f".{target.name}.lock"
        path.touch()  # where this fails, the lock would be tried for ever
        lock = filelock.FileLock(path)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            progress.say(f"{target} is being written by another process; waiting for it")
            lock.acquire()
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        _sweep(target)
        yield
    finally:
        lock.release()


@contextmanager
def scratch(target: Path) -> Iterator[Path]:
    """A folder for temporary files on the disk of `target`, removed even if this process is killed: by the
    next one that holds the lock."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A new folder beside `target` which becomes `target` if the block ends well, and vanishes if not.

    Call it under `locked`. What a killed process left is swept away by the next one that holds the lock.
    """
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
        staging.chmod(0o777 & ~_umask())
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield staging
        try:
            _sync(staging)
            _replace(target, staging)
        except OSError as error:
            raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _replace(target: Path, staging: Path) -> None:
    """Between the two renames the target is absent, never half there."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old-", dir=target.parent))
        target.rename(old / target.name)
        staging.rename(target)
        shutil.rmtree(old)
    else:
        staging.rename(target)
    _sync_folder(target.parent)


def _sweep(target: Path) -> None:
    for kind in ("new", "old"):
        for left in target.parent.glob(f".{glob.escape(target.name)}.{kind}-*"):
            shutil.rmtree(left, ignore_errors=True)


def _sync(folder: Path) -> None:
    entries = list(folder.iterdir())
    if any(path.is_dir() for path in entries):
        os.sync()  # a tree may hold a hundred thousand pictures: one by one would take minutes
        return
    for path in entries:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _cannot_write(target: Path, error: OSError) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.CANNOT_WRITE,
            str(target),
            expected="a folder that can be written",
            found=error.strerror or str(error),
            fix="free some space or choose another folder",
        )
    )
