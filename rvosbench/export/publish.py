"""Where an export is written: a folder that appears whole or not at all and replaces nothing unasked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rvosbench.errors import Code, DatasetError, Problem, RvosbenchError, UsageError
from rvosbench.masks.rle import RleError
from rvosbench.progress import Progress
from rvosbench.splits import staging
from rvosbench.splits.split import Split


@contextmanager
def published(out: Path, splits: Sequence[Split], *, force: bool, progress: Progress) -> Iterator[Path]:
    """A new folder that becomes `out` if the block ends well. `force` lets it replace what is there."""
    target = out.resolve()
    _refuse_what_must_stay(target, splits)
    _refuse_occupied(target, force=force)
    with staging.locked(target, progress):
        _refuse_occupied(target, force=force)
        with staging.staged(target) as folder:
            try:
                yield folder
            except OSError as error:
                raise _cannot_write(target, error) from error
            except RleError as error:
                raise _damaged(splits, error) from error


def _refuse_occupied(target: Path, *, force: bool) -> None:
    if target.exists() and not target.is_dir():
        raise _refused(target, "a folder", "a file", "choose another path")
    if target.is_dir() and not force and any(target.iterdir()):
        raise _refused(
            target,
            "a folder that is empty or not there yet",
            "a folder with files in it",
            "choose another folder, or replace this one with --force",
        )


def _refuse_what_must_stay(target: Path, splits: Sequence[Split]) -> None:
    """Whatever `--force` says: the export may not take the place of its own source, or of a home folder."""
    kept = {Path.cwd(): "the present folder", Path.home(): "your home folder"}
    for split in splits:
        kept[split.folder.resolve()] = "the converted split itself"
        if split.manifest.source:
            kept[Path(split.manifest.source).resolve()] = "the release that the split was made from"
    for path, what in kept.items():
        if path.is_relative_to(target):
            raise _refused(target, "a folder of its own", f"it is or holds {what}", "choose another folder")
    for split in splits:
        if target.is_relative_to(split.folder.resolve()):
            raise _refused(
                target, "a folder of its own", "it lies in the converted split", "choose another folder"
            )
        home = split.folder.resolve().parent.parent
        source = Path(split.manifest.source or home).resolve()
        if target.exists() and (target.is_relative_to(home) or target.is_relative_to(source)):
            found = "it lies among the converted splits or in the release"
            raise _refused(target, "a folder of its own", found, "choose another folder")


def _refused(target: Path, expected: str, found: str, fix: str) -> UsageError:
    return UsageError(Problem(Code.CANNOT_WRITE, str(target), expected=expected, found=found, fix=fix))


def _cannot_write(target: Path, error: OSError) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.CANNOT_WRITE,
            str(error.filename or target),
            expected="a disk that takes the export",
            found=error.strerror or str(error),
            fix="free some space or choose another folder",
        )
    )


def _damaged(splits: Sequence[Split], error: RleError) -> DatasetError:
    names = ", ".join(f"{split.manifest.dataset}:{split.manifest.split}" for split in splits)
    return DatasetError(
        Problem(
            Code.SPLIT_DAMAGED,
            names,
            expected="masks of the size of their video",
            found=str(error),
            fix=f"rvosbench doctor {names} says where; then convert the split again",
        )
    )
