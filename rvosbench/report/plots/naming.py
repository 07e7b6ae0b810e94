"""Names beside points, so that none hides another one or a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from rvosbench.report.plots.letters import cut, wide

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = 7.0  # points
HEIGHT = 1.3 * SIZE  # of a line with its descenders
GAP = 7.0  # from a point to its name
ROWS = (0.0, 9.0, -9.0, 18.0, -18.0)  # heights, from that of the point
POINT, STEP = 8.0, 3.0  # the side of a marker; between the places where a line is asked for
MARGIN = 2.0  # from the edges of the axes


def name_points(
    figure: Figure,
    axes: Axes,
    names: Sequence[str],
    x: Sequence[float],
    y: Sequence[float],
    line: Sequence[tuple[float, float]] = (),
) -> None:
    """Each name goes to the place near its point where it hides the least: other names and points first,
    then `line`. All of it is within the axes; what is too long for them is cut in the middle. Call it when
    the axes have their limits and the figure its layout."""
    scale = 72 / figure.dpi
    within = Bbox(axes.get_window_extent().get_points() * scale).padded(-MARGIN)
    points = axes.transData.transform(list(zip(x, y, strict=True))) * scale
    taken = [Bbox.from_bounds(left - POINT / 2, low - POINT / 2, POINT, POINT) for left, low in points]
    struck = list(_along(axes.transData.transform(line) * scale)) if len(line) else []
    for number, name in enumerate(names):
        text = cut(name, within.width, SIZE)
        at, height = (float(one) for one in points[number])
        boxes = list(_boxes(wide(text, SIZE), at, height, within))
        hidden = [(box.count_overlaps(taken), box.count_overlaps(struck)) for box in boxes]
        box = boxes[hidden.index(min(hidden))]
        taken.append(box)
        axes.annotate(
            text,
            (x[number], y[number]),
            xytext=(box.x0 - at, (box.y0 + box.y1) / 2 - height),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=SIZE,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        ).set_in_layout(False)


def _boxes(length: float, x: float, y: float, within: Bbox) -> Iterator[Bbox]:
    """The best place first: to the right, to the left, then above and below; always within."""
    places = [(x + GAP, dy) for dy in ROWS[:3]] + [(x - GAP - length, dy) for dy in ROWS[:3]]
    places.sort(key=lambda place: ROWS.index(place[1]))
    found = [
        Bbox.from_bounds(left, y + dy - HEIGHT / 2, length, HEIGHT)
        for left, dy in places
        if left >= within.x0 and left + length <= within.x1
    ]
    centred = min(max(x - length / 2, within.x0), within.x1 - length)
    found += [
        Bbox.from_bounds(centred, y + dy - HEIGHT / 2, length, HEIGHT) for dy in (*ROWS[1:], 27.0, -27.0)
    ]
    inside = [box for box in found if box.y0 >= within.y0 and box.y1 <= within.y1]
    yield from inside or found


def _along(corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Iterator[Bbox]:
    """Small boxes that a line goes through."""
    for (left, low), (right, high) in pairwise(corners):
        count = max(2, int(np.hypot(right - left, high - low) / STEP))
        for share in np.linspace(0, 1, count):
            at, height = left + share * (right - left), low + share * (high - low)
            yield Bbox.from_bounds(at - 1, height - 1, 2, 2)
