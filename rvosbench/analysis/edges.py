"""How well the outline of a mask lies on the edges of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN = 6  # pixels around the mask that count as elsewhere
FEWEST = 24  # pixels of an outline: less is no outline
TOLERANCE = 1  # pixels by which an annotation may miss an edge
FLOOR = 1.0  # of 255: noise of a flat picture is no edge


class Outline(NamedTuple):
    """Where a mask ends: places in the part of the picture around it, and where that part is."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    top: int
    left: int
    height: int
    width: int


def outline_of(mask: NDArray[np.bool_], reach: int) -> Outline | None:
    """Pixels of the mask that have a neighbour outside of it, but for those so near to the border of the
    picture that they cannot be moved by `reach`. None if there are too few."""
    height, width = mask.shape
    inner = mask[1:-1, 1:-1]
    whole = mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    rows, columns = (places + 1 for places in np.nonzero(inner & ~whole))
    fits = (rows >= reach) & (rows < height - reach) & (columns >= reach) & (columns < width - reach)
    rows, columns = rows[fits], columns[fits]
    if len(rows) < FEWEST:
        return None
    room = reach + MARGIN
    top, left = max(0, int(rows.min()) - room), max(0, int(columns.min()) - room)
    bottom, right = min(height, int(rows.max()) + room + 1), min(width, int(columns.max()) + room + 1)
    return Outline(rows - top, columns - left, top, left, bottom - top, right - left)


def strength(picture: NDArray[np.uint8], outline: Outline) -> NDArray[np.float32] | None:
    """How strong the edge at each pixel around the mask is: the gradient of the colour that changes most, the
    strongest within the tolerance. None if the picture is too small for the mask."""
    part = picture[outline.top :, outline.left :][: outline.height, : outline.width]
    if part.shape[:2] != (outline.height, outline.width):
        return None
    pixels = np.pad(part, ((1, 1), (1, 1), (0, 0)), mode="edge").astype(np.float32)
    along = (pixels[:-2] + 2 * pixels[1:-1] + pixels[2:]) / 8  # Sobel, in levels of grey per pixel
    across = (pixels[:, :-2] + 2 * pixels[:, 1:-1] + pixels[:, 2:]) / 8
    changes = np.hypot(along[:, 2:] - along[:, :-2], across[2:] - across[:-2]).max(axis=2)
    return _strongest_near(changes)


def _strongest_near(changes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The maximum over a square of `TOLERANCE` pixels to every side."""
    padded = np.pad(changes, TOLERANCE)
    steps = range(2 * TOLERANCE + 1)
    height, width = changes.shape
    rows = np.maximum.reduce([padded[step : step + height] for step in steps])
    found: NDArray[np.float32] = np.maximum.reduce([rows[:, step : step + width] for step in steps])
    return found


def agreement(edges: NDArray[np.float32], outline: Outline, down: int = 0, right: int = 0) -> float:
    """The logarithm of how much stronger edges are on the outline, moved so far, than around it on the
    average."""
    on_it = edges[outline.rows + down, outline.columns + right]
    return float(np.log((np.mean(on_it) + FLOOR) / (np.mean(edges) + FLOOR)))
