"""Folders of label maps: one PNG per frame, whose pixel values are the numbers of the objects, 0 background.

DAVIS and YouTube-VOS keep their masks so. Colours are a palette on top and mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.datasets.linking import Size
from rvosbench.errors import Code, ProblemLog
from rvosbench.masks import rle
from rvosbench.masks.png import PngError, PngModeError, PngSizeError, read_labels
from rvosbench.schema import Mask, ObjectRecord, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAST_LABEL = 254  # 255 marks void regions
_DECIMAL = re.compile(r"[0-9]{1,9}")
_FIX = "extract the annotations of the release again"


@dataclass(frozen=True, slots=True)
class LabelMaps:
    """What one folder shows: its size as (height, width), the masks of every label in the order of the
    frames, and the frames that have no label map."""

    size: Size | None
    masks: Mapping[int, tuple[Mask, ...]]
    missing: tuple[str, ...]


def read_label_maps(
    folder: Path,
    stems: Sequence[str],
    log: ProblemLog,
    *,
    size: Size | None = None,
    every_frame: bool = True,
) -> LabelMaps | None:
    """The label maps of one video, all of `size` or else of the size of the first. A frame without one is a
    problem, unless `every_frame` is false. None if there is no such folder."""
    there = stems_in(folder, (".png",), log)
    if there is None:
        return None
    masks: dict[int, list[Mask]] = {}
    for index, stem in enumerate(stems):
        if stem in there:
            labels = _read(folder / f"{stem}.png", size, log)
            if labels is not None:
                size = labels.shape
                for label, mask in rle.labels_to_masks(index, labels).items():
                    masks.setdefault(label, []).append(mask)
    missing = tuple(stem for stem in stems if stem not in there)
    if every_frame:
        _report_missing(folder, missing, log)
    return LabelMaps(size, {label: tuple(masks[label]) for label in sorted(masks)}, missing)


def stems_in(folder: Path, suffixes: Collection[str], log: ProblemLog) -> set[str] | None:
    """The names, without suffix, of the files in a folder that end in one of `suffixes`. Hidden ones, which
    file managers leave behind, do not count. None, with the reason in the log, if it cannot be listed."""
    try:
        return {
            path.stem
            for path in folder.iterdir()
            if path.suffix in suffixes and not path.name.startswith(".")
        }
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no file can have such a name
        log.add(
            Code.MISSING_FILE, folder, expected="a folder of images for every video", found="none", fix=_FIX
        )
    except OSError as error:
        log.add(
            Code.UNREADABLE_FILE,
            folder,
            expected="a folder that can be read",
            found=str(error.strerror),
            fix="check its rights and the disk",
        )
    return None


def object_records(
    masks: Mapping[int, tuple[Mask, ...]],
    named: Collection[str],
    categories: Mapping[str, str] | None,
    where: str,
    log: ProblemLog,
    *,
    void: int | None = None,
) -> tuple[ObjectRecord, ...]:
    """Every label that is seen and every object that a sentence names. `categories` is None where the release
    has none; an object that it should list but does not is kept, with a warning."""
    seen = {str(label): rows for label, rows in masks.items()}
    records = []
    for name in sorted(seen.keys() | set(named), key=int):
        is_void = name == str(void)
        if name not in seen:
            log.warn(
                Code.UNKNOWN_OBJECT,
                f"{where}, object {name}",
                expected="an object that a sentence names to be visible in some frame",
                found="it is in none",
                fix="nothing to do if the release is so: the object is kept without masks",
            )
        if categories is not None and name not in categories and not is_void:
            log.warn(
                Code.UNKNOWN_OBJECT,
                f"{where}, object {name}",
                expected="a category for every object of the masks and sentences",
                found="none",
                fix="nothing to do if the release is so: the object is kept without a category",
            )
        role = Role.VOID if is_void else Role.TARGET if name in named else Role.DISTRACTOR
        category = None if is_void or categories is None else categories.get(name)
        records.append(ObjectRecord(name, name, category, role, seen.get(name, ())))
    return tuple(records)


def label_name(value: object, where: str, log: ProblemLog) -> str | None:
    """The `obj_id` of a file of sentences as the name of an object: the label of its pixels, in decimal."""
    number = int(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= LAST_LABEL:
        return str(number)
    log.add(
        Code.BAD_STRUCTURE,
        where,
        expected=f"an object number from 1 to {LAST_LABEL}, the label of its pixels",
        found=repr(value)[:80],
        fix="compare the file with the official release; download it again if it differs",
    )
    return None


def _read(path: Path, size: Size | None, log: ProblemLog) -> NDArray[np.uint8] | None:
    try:
        return read_labels(path, size)
    except PngModeError as error:
        log.add(
            Code.WRONG_MODE,
            path,
            expected="a gray or palette image of at most 8 bits, whose pixel values are labels",
            found=str(error),
            fix="use the file of the release; saved again in colours it has lost its labels",
        )
    except PngSizeError as error:
        height, width = size or (0, 0)
        log.add(
            Code.WRONG_SIZE,
            path,
            expected="label maps of one size in each video",
            found=f"{error} after {width}x{height}",
            fix=_FIX,
        )
    except PngError as error:
        log.add(Code.UNREADABLE_FILE, path, expected="a whole PNG file", found=str(error), fix=_FIX)
    return None


def _report_missing(folder: Path, missing: Sequence[str], log: ProblemLog) -> None:
    for stem in missing:
        log.add(
            Code.MISSING_FRAME,
            folder / f"{stem}.png",
            expected="a label map for every listed frame",
            found="it is not there",
            fix=_FIX,
        )
