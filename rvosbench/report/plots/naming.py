"""Names beside points, so that none hides another one or a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.transforms import Bbox

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = 7  # points
PER_CHARACTER = 0.62 * SIZE  # a little more than letters take on the average
GAP = 7.0  # from a point to its name
PLACES = tuple((dx, dy) for dy in (0.0, 9.0, -9.0) for dx in (GAP, -GAP))


def name_points(
    figure: Figure, axes: Axes, names: Sequence[str], x: Sequence[float], y: Sequence[float]
) -> None:
    """Each name goes to the first place beside its point where it meets nothing and stays within the axes;
    if there is none, to the first of all. Call it when the axes have their limits and the figure its
    layout."""
    scale = 72 / figure.dpi
    places = axes.transData.transform(list(zip(x, y, strict=True))) * scale
    within = Bbox(axes.get_window_extent().get_points() * scale)
    taken = [Bbox.from_bounds(left - 4, low - 4, 8, 8) for left, low in places]
    for number, name in enumerate(names):
        others = taken[:number] + taken[number + 1 :]
        at, height = (float(one) for one in places[number])
        boxes = [_box(name, at + dx, height + dy, to_the_left=dx < 0) for dx, dy in PLACES]
        free = [
            place
            for place, box in enumerate(boxes)
            if not box.count_overlaps(others) and box.x0 >= within.x0 and box.x1 <= within.x1
        ]
        chosen = free[0] if free else 0
        taken.append(boxes[chosen])
        axes.annotate(
            name,
            (x[number], y[number]),
            xytext=PLACES[chosen],
            textcoords="offset points",
            ha="left" if PLACES[chosen][0] > 0 else "right",
            va="center",
            fontsize=SIZE,
        )


def _box(name: str, x: float, y: float, *, to_the_left: bool) -> Bbox:
    length = PER_CHARACTER * len(name)
    return Bbox.from_bounds(x - (length if to_the_left else 0), y - SIZE / 2, length, SIZE)
