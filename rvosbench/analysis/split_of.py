"""The converted split that a result was scored on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, DatasetError, Problem
from rvosbench.splits.locate import locate, open_located

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.splits.split import Split


def open_split(opened: Opened, data: Path | str | None = None) -> Split:
    """The split among those in `data`. One of the same name with other contents is refused: masks of one
    conversion say nothing about scores of another."""
    result = opened.result
    name = f"{result.dataset}:{result.split}"
    split = open_located(locate(name, data))
    if split.manifest.fingerprint != result.dataset_fingerprint:
        raise DatasetError(
            Problem(
                Code.OTHER_DATA,
                str(split.folder),
                expected=f"{name} as {opened.name} was scored on it (data {result.dataset_fingerprint[:8]})",
                found=f"{name} with other contents (data {split.manifest.fingerprint[:8]})",
                fix="say with --data where the data of the result is, or evaluate again on this one",
            )
        )
    return split
