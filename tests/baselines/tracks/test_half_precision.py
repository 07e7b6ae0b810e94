"""On a GPU SAM 2 runs in bfloat16. The same on the CPU: what is stored is in single precision, and close."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rvosbench_baselines.tracks import grid
from rvosbench_baselines.tracks.sam2_model import Sam2
from rvosbench_baselines.tracks.settings import DEFAULTS, Prompts
from rvosbench_baselines.tracks.tracker import follow

GRID = replace(DEFAULTS[Prompts.GRID], points=2, predicted_iou=0.0, stability=0.0, limit=1)


def test_candidates_and_tracks_in_bfloat16(
    sam2: Sam2, film: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = grid.candidates(sam2, 1, film[1], GRID)
    (single,) = follow(sam2, film.__getitem__, 3, (60, 100), candidates, GRID)
    monkeypatch.setattr(Sam2, "precision", lambda _: torch.autocast("cpu", dtype=torch.bfloat16))
    assert grid.candidates(sam2, 1, film[1], GRID)
    (half,) = follow(sam2, film.__getitem__, 3, (60, 100), candidates, GRID)
    assert half.tokens.dtype == np.float32
    assert not np.array_equal(half.tokens, single.tokens)
    likeness = (half.tokens * single.tokens).sum(1) / (
        np.linalg.norm(half.tokens, axis=1) * np.linalg.norm(single.tokens, axis=1)
    )
    assert likeness.min() > 0.9
