"""Names of datasets and splits, and where converted splits live."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "RVOSBENCH_HOME"


@dataclass(frozen=True, slots=True)
class SplitName:
    """`mevis-v1:valid_u`, taken apart. `split` is None where the user named none."""

    dataset: str
    split: str | None

    @classmethod
    def parse(cls, text: str) -> SplitName:
        dataset, _, split = text.partition(":")
        return cls(dataset, split or None)

    def __str__(self) -> str:
        return f"{self.dataset}:{self.split}" if self.split else self.dataset


def home(data: Path | str | None = None) -> Path:
    """The folder of all converted splits: `data`, else $RVOSBENCH_HOME, else the platform's data folder."""
    if data is not None:
        return Path(data).expanduser()
    if from_environment := os.environ.get(HOME_VARIABLE):
        return Path(from_environment).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("rvosbench"))


def split_folder(dataset: str, split: str, data: Path | str | None = None) -> Path:
    return home(data) / dataset / split
