"""A film of coloured tiles that move, and SAM 2 with made-up weights."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import tiny_sam2
import torch
from numpy.typing import NDArray
from rvosbench_baselines.tracks.sam2_model import Sam2

Film = NDArray[np.uint8]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Generator[None]:
    """These models are so small that threads cost more than they give."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def sam2(tmp_path_factory: pytest.TempPathFactory) -> Sam2:
    return tiny_sam2.hiera_t(tmp_path_factory.mktemp("sam2"))


@pytest.fixture(scope="session")
def film() -> Film:
    """[6, 60, 100, 3]"""
    tiles = np.random.default_rng(0).integers(0, 256, (6, 10, 3), dtype=np.uint8)
    picture = tiles.repeat(10, axis=0).repeat(10, axis=1)
    return np.stack([np.roll(picture, 4 * shift, axis=1) for shift in range(6)])
