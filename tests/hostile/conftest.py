"""The splits that hostile submissions are handed in for."""

from __future__ import annotations

from pathlib import Path

import hostile_splits
import pytest
from hostile_attacks import LARGE, LARGE_SIZE, MASKS, SAMPLES


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Target -> the folder of its converted split."""
    found = {target: tmp_path_factory.mktemp(target) for target in (MASKS, SAMPLES, LARGE)}
    hostile_splits.masks_split(found[MASKS])
    hostile_splits.samples_split(found[SAMPLES])
    hostile_splits.masks_split(found[LARGE], *LARGE_SIZE)
    return found
