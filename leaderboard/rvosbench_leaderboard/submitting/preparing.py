"""Predictions made ready on this machine: judged before a byte is sent, and packed where they are a
folder."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from rvosbench.errors import Code, DatasetError, PredictionsRefused, Problem, ProblemLog, Severity, UsageError
from rvosbench.predictions.archive import list_archive
from rvosbench.predictions.files import FileTree, Folder, list_folder
from rvosbench.progress import Progress
from rvosbench.splits.locate import Located, locate, open_located

MOST_FILES = 1_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LOOKED_AT = 3  # files of each folder, where nothing is known of the split
_ZIP = (b"PK\3\4", b"PK\5\6")


@dataclass(frozen=True, slots=True)
class Prepared:
    """`fully` is whether they were validated, or only looked over since the split is not here. `problems` are
    warnings."""

    file: Path
    fully: bool
    problems: tuple[Problem, ...]


def prepare(
    predictions: Path, dataset: str, split: str, data: Path | None, packed: Path, progress: Progress
) -> Prepared:
    """Raises PredictionsRefused with everything that the server would refuse them for. `packed` is where a
    folder is packed into."""
    if not predictions.exists():
        raise UsageError(no_predictions(predictions))
    located = _located(dataset, split, data)
    if located is not None and located.converted:
        return _validated(predictions, located, packed, progress)
    tree = _looked_over(predictions)
    if predictions.is_dir():
        _zip_folder(predictions, packed, progress)
        return Prepared(packed, False, tree)
    return Prepared(predictions, False, tree)


def no_predictions(path: Path) -> Problem:
    return Problem(
        Code.MISSING_FILE,
        str(path),
        expected="a folder or file of predictions",
        found="nothing",
        fix="check the path",
    )


def _located(dataset: str, split: str, data: Path | None) -> Located | None:
    """None if this installation knows no such dataset: the server judges alone."""
    try:
        return locate(f"{dataset}:{split}", data)
    except (UsageError, DatasetError):
        return None


def _validated(predictions: Path, located: Located, packed: Path, progress: Progress) -> Prepared:
    from rvosbench.pack.run import pack
    from rvosbench.validate.run import validate

    split = open_located(located)
    if predictions.is_dir():
        done = pack(predictions, split, "rvosbench", packed, force=True, progress=progress)
        return Prepared(done.file, True, done.problems)
    verdict = validate(predictions, split, progress=progress)
    if not verdict.accepted:
        raise PredictionsRefused(*verdict.problems)
    return Prepared(predictions, True, verdict.problems)


def _looked_over(predictions: Path) -> tuple[Problem, ...]:
    """What can be told without the split: that the zip is whole and safe, and that masks are in it."""
    log = ProblemLog()
    if predictions.is_dir():
        tree = list_folder(predictions, MOST_FILES, log)
    elif _is_zip(predictions):
        tree = list_archive(predictions, MOST_FILES, log)
    else:
        return ()  # a table or a list of results, which the server reads
    if tree is not None:
        _look_at_masks(tree, log)
    if log.has_errors:
        raise PredictionsRefused(*log)
    return tuple(one for one in log if one.severity is Severity.WARNING)


def _look_at_masks(tree: FileTree, log: ProblemLog) -> None:
    masks = 0
    for path, folder in tree.folders.items():
        names = [name for name in folder.names if name.lower().endswith(".png")]
        masks += len(names)
        _look_at_some(tree, path, folder, names[:_LOOKED_AT], log)
    if not masks:
        log.add(
            Code.NOT_PREDICTIONS,
            tree.source,
            expected="PNG files, VIDEO/EXPRESSION/FRAME.png",
            found="no PNG file",
            fix="submit the folder or zip that holds the masks",
        )


def _look_at_some(tree: FileTree, path: str, folder: Folder, names: list[str], log: ProblemLog) -> None:
    starts = folder.starts(names, len(_SIGNATURE), log)
    for name, start in zip(names, starts, strict=True):
        if start is not None and start != _SIGNATURE:
            log.add(
                Code.UNREADABLE_FILE,
                f"{tree.source.name}: {path}/{name}",
                expected="a PNG file",
                found="something else under that name",
                fix="write the masks as PNG",
            )


def _is_zip(file: Path) -> bool:
    try:
        with file.open("rb") as source:
            return source.read(4) in _ZIP
    except OSError as error:
        raise UsageError(
            Problem(
                Code.UNREADABLE_FILE,
                str(file),
                expected="a file that can be read",
                found=str(error.strerror),
                fix="check its rights",
            )
        ) from error


def _zip_folder(folder: Path, target: Path, progress: Progress) -> None:
    """The same files give the same bytes, so that an upload which was broken off can go on."""
    files = sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
    progress.start("packing", len(files), "file")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for file in files:
            name = file.relative_to(folder).as_posix()
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
            progress.advance()
    progress.finish()
