"""From what the user types (`mevis-v1:valid_u`, `mevis`) to a converted split."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from rvosbench.datasets import base
from rvosbench.errors import Code, DatasetError, Problem, UsageError
from rvosbench.ids import SplitName, split_folder
from rvosbench.splits.split import Split, open_folder

MEVIS_VERSIONS = ("mevis-v1", "mevis-v2")


@dataclass(frozen=True, slots=True)
class Located:
    """`chosen` says which version a bare name was taken for; None where nothing had to be chosen. `data` is
    the folder of all splits, if one was named."""

    dataset: base.Dataset
    split: str
    folder: Path
    chosen: str | None = None
    data: Path | None = None

    @property
    def converted(self) -> bool:
        return self.folder.is_dir()


def locate(name: str, data: Path | str | None = None) -> Located:
    """The dataset, split and folder that a name stands for, converted or not."""
    wanted = SplitName.parse(name)
    if not wanted.split and name.endswith(":"):  # as of a variable of the shell that is not set
        raise _no_split(name)
    chosen = None
    dataset_id = wanted.dataset
    if dataset_id == "mevis":
        dataset_id = _mevis(wanted.split, data)
        chosen = f"mevis was taken for {dataset_id}"
    dataset = base.find(dataset_id)
    split = wanted.split or dataset.info.default_split
    base.check_split(dataset, split)
    folder = split_folder(dataset_id, split, data)
    return Located(dataset, split, folder, chosen, Path(data) if data is not None else None)


def _mevis(split: str | None, data: Path | str | None) -> str:
    """Version 1 if that is converted, else version 2."""
    for version in MEVIS_VERSIONS:
        wanted = split or base.find(version).info.default_split
        if split_folder(version, wanted, data).is_dir():
            return version
    return MEVIS_VERSIONS[-1]


def _no_split(name: str) -> UsageError:
    return UsageError(
        Problem(
            Code.UNKNOWN_SPLIT,
            name,
            expected="DATASET:SPLIT, or DATASET alone for the split that the field reports",
            found="nothing behind the colon",
            fix="name the split, or leave the colon out",
        )
    )


def open_located(located: Located) -> Split:
    return open_folder(require(located))


def require(located: Located) -> Path:
    """The folder of a split that is converted; an error that says how to convert it if it is not."""
    if not located.converted:
        name = f"{located.dataset.info.id}:{located.split}"
        words = ["rvosbench", "convert", located.dataset.info.id, "RELEASE_FOLDER", "--split", located.split]
        if located.data is not None:
            words += ["--data", str(located.data)]
        raise DatasetError(
            Problem(
                Code.NOT_CONVERTED,
                name,
                expected=f"a converted split in {located.folder}",
                found="no such folder",
                fix=f"{shlex.join(words)}; or name the folder of all converted splits with --data",
            )
        )
    return located.folder
