"""A site into a folder. What an earlier build left and this one has no more is removed; nothing else is
touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench.report.whole_file import write_file

LIST = "files.txt"  # what was built, one path a line


@dataclass(frozen=True, slots=True)
class Written:
    files: int
    changed: int
    removed: int


def write_site(folder: Path, site: Mapping[str, bytes], *, force: bool = False) -> Written:
    """Files that are the same stay as they are, so that their times say when they changed. Raises UsageError
    if a file would be replaced that no build has written, unless `force` says that it may be."""
    built = _built(folder)
    content = dict(site)
    content[LIST] = "".join(f"{path}\n" for path in sorted([*site, LIST])).encode("utf-8")
    _check_ours(folder, content, built, force=force)
    changed = 0
    for path, octets in content.items():
        target = folder / path
        if not target.is_file() or target.read_bytes() != octets:
            write_file(target, octets)
            changed += 1
    gone = sorted(built - set(content))
    for path in gone:
        _remove(folder, path)
    return Written(len(content), changed, len(gone))


def _built(folder: Path) -> frozenset[str]:
    """What an earlier build says that it wrote, as far as it lies within the folder."""
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(
        line
        for line in lines
        if line and not PurePosixPath(line).is_absolute() and ".." not in PurePosixPath(line).parts
    )


def _check_ours(folder: Path, content: Mapping[str, bytes], built: frozenset[str], *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            Problem(
                Code.CANNOT_WRITE,
                str(folder),
                expected="a folder, or nothing yet",
                found="a file",
                fix="choose another folder",
            )
        )
    theirs = sorted(path for path in content if path not in built and (folder / path).exists())
    if theirs and not force:
        raise UsageError(
            Problem(
                Code.CANNOT_WRITE,
                str(folder / theirs[0]),
                expected="a folder without files of these names, or one that an earlier build made",
                found=f"{len(theirs)} file{'s' * (len(theirs) != 1)} that no build has written",
                fix="choose another folder, or replace them with --force",
            )
        )


def _remove(folder: Path, path: str) -> None:
    target = folder / path
    if target.parent.resolve().is_relative_to(folder.resolve()) and not target.is_dir():
        try:
            target.unlink(missing_ok=True)
            if target.parent != folder and not any(target.parent.iterdir()):
                target.parent.rmdir()
        except OSError as error:
            raise RvosbenchError(
                Problem(
                    Code.CANNOT_WRITE,
                    str(target),
                    expected="a file that can be removed",
                    found=str(error.strerror or error),
                    fix="remove it, then build again",
                )
            ) from error
