"""Small splits with ground truth for hostile submissions to be scored against, and what an honest submission
of each holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scoring
from numpy.typing import NDArray

from rvosbench.masks import rle
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

MASKS, SAMPLES = "mevis-v1", "a2d-sentences"
HEIGHT, WIDTH = 60, 80
STEMS = ("00000", "00001", "00002", "00003")
FRAMES = (0, 2)  # of the samples
"""One video, `bear`, whose two sentences mean the same object."""


def target() -> NDArray[np.bool_]:
    """The object, the same in every frame."""
    mask = np.zeros((len(STEMS), HEIGHT, WIDTH), np.bool_)
    mask[:, 20:40, 30:60] = True
    return mask


def counts() -> bytes:
    return rle.encode(target()[0])


def masks_split(home: Path, height: int = HEIGHT, width: int = WIDTH, frames: int = len(STEMS)) -> Split:
    mask = np.zeros((frames, height, width), np.bool_)
    mask[:, height // 3 : 2 * height // 3, 3 * width // 8 : 3 * width // 4] = True
    sentences = [ExpressionRecord(name, text, ("1",)) for name, text in (("0", "the bear"), ("1", "it"))]
    return scoring.make_split(home, MASKS, "valid_u", [scoring.video("bear", {"1": mask}, sentences)])


def samples_split(home: Path) -> Split:
    sentences = [ExpressionRecord("0", "the bear", ("1",), frames=FRAMES)]
    return scoring.make_split(home, SAMPLES, "test", [scoring.video("bear", {"1": target()}, sentences)])


def mask_names() -> list[str]:
    return [f"bear/{expression}/{stem}.png" for expression in "01" for stem in STEMS]
