"""Masks whose J and F are known, from an independent implementation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.bool_]


def rectangle(rows: tuple[int, int], columns: tuple[int, int], side: int = 100) -> Pixels:
    """First and last row and column are inside."""
    mask = np.zeros((side, side), np.bool_)
    mask[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
    return mask


TRUTH = rectangle((40, 59), (30, 59))
EMPTY, FULL = np.zeros((100, 100), np.bool_), np.ones((100, 100), np.bool_)
GOLDEN = [
    (TRUTH, TRUTH, 1.0, 1.0),
    (TRUTH, rectangle((40, 59), (31, 60)), 0.9354838709677419, 1.0),
    (TRUTH, rectangle((40, 59), (32, 61)), 0.875, 1.0),
    (TRUTH, rectangle((40, 59), (33, 62)), 0.8181818181818182, 0.64),
    (TRUTH, rectangle((43, 62), (33, 62)), 0.6194331983805668, 0.1),
    (TRUTH, EMPTY, 0.0, 0.0),
    (TRUTH, rectangle((35, 64), (25, 64)), 0.5, 0.0),
    (TRUTH, FULL, 0.06, 0.0),
    (EMPTY, EMPTY, 1.0, 1.0),
    (EMPTY, TRUTH, 0.0, 0.0),
    (FULL, FULL, 1.0, 1.0),
    (EMPTY, FULL, 0.0, 1.0),
    (rectangle((80, 99), (80, 99)), rectangle((82, 99), (82, 99)), 0.81, 0.9620253164556963),
    (rectangle((0, 19), (0, 19)), rectangle((0, 17), (0, 17)), 0.81, 0.96),
]
