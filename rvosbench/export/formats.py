"""The forms a split can be exported to. To add one, write a file with a `write` and list it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.export import coco, croissant, davis_png, expression_png, hub, ytvis
from rvosbench.export.base import Options, Overlap
from rvosbench.export.publish import published
from rvosbench.splits.split import Split

FORMATS: Mapping[str, Callable[[Split, Path, Options], None]] = {
    "coco": coco.write,
    "ytvis": ytvis.write,
    "davis-png": davis_png.write,
    "png": expression_png.write,
    "croissant": croissant.write,
}
HUB = "hub"  # the one form that takes several splits
NAMES = (*FORMATS, HUB)


@dataclass(frozen=True, slots=True)
class Export:
    folder: Path
    files: int
    size: int  # bytes
    problems: tuple[Problem, ...]


def export(
    splits: Sequence[Split], form: str, out: Path, *, force: bool = False, options: Options | None = None
) -> Export:
    """Writes `out`, whole or not at all. Only the hub form takes more than one split."""
    options = options or Options()
    _check(splits, form, options)
    with published(out, splits, force=force, progress=options.progress) as folder:
        if form == HUB:
            hub.write(splits, folder, options)
        else:
            FORMATS[form](splits[0], folder, options)
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    return Export(out, len(files), size, tuple(options.log))


def _check(splits: Sequence[Split], form: str, options: Options) -> None:
    if form not in NAMES:
        raise _refused(Code.UNKNOWN_FORMAT, form, "one of " + ", ".join(NAMES), form, "choose one of these")
    if form != HUB and len(splits) != 1:
        found = ", ".join(split.manifest.split for split in splits) or "none"
        raise _refused(Code.BAD_OPTION, form, "one split", found, "name one split, as in DATASET:SPLIT")
    if options.overlap is not Overlap.REFUSE and form != "davis-png":
        raise _refused(
            Code.BAD_OPTION,
            f"--overlap {options.overlap}",
            "the form davis-png, the only one that holds one object per pixel",
            form,
            "leave --overlap out: this form keeps every object whole",
        )


def _refused(code: Code, path: str, expected: str, found: str, fix: str) -> UsageError:
    return UsageError(Problem(code, path, expected=expected, found=found, fix=fix))
