"""The disk with which boundaries are dilated, row by row.

The official scripts take `skimage.morphology.disk` and hand it to `cv2.dilate`. For a whole radius that is
what anyone would expect. MOSEv2 also uses radii that are not whole: such a disk lies off its centre, and may
have an even number of rows. The last bit of the floating-point steps decides which pixels belong, so the
steps are those of `numpy.arange` and of the comparison in scikit-image.
"""

from __future__ import annotations

import functools
import math
import struct


@functools.lru_cache(maxsize=256)
def spans(radius: float) -> bytes:
    """For each row of the disk that holds pixels three int32: row, first column, last column, as offsets from
    the anchor; narrow rows first, so that each span lies within the next one."""
    start = -float(radius)
    step = (start + 1.0) - start
    size = math.ceil((float(radius) + 1.0) - start)
    squares = [(start + place * step) ** 2 for place in range(size)]
    limit = float(radius) ** 2
    anchor = size // 2
    rows: list[tuple[int, int, int]] = []
    for y, square in enumerate(squares):
        inside = [x for x, other in enumerate(squares) if other + square <= limit]
        if inside:
            rows.append((y - anchor, inside[0] - anchor, inside[-1] - anchor))
    rows.sort(key=lambda row: (row[2] - row[1], row[0]))
    return b"".join(struct.pack("=3i", *row) for row in rows)


def boundary_radius(height: int, width: int) -> int:
    """How far apart boundaries may be to match, by the rule that DAVIS set: 0.8 % of the diagonal."""
    return math.ceil(0.008 * math.sqrt(height * height + width * width))
