"""Eyes that look where the shape goes, or at whoever moves nearest; they blink now and then."""

from __future__ import annotations

import numpy as np

from rvosbench.sample.motion import Pose
from rvosbench.sample.raster import Values
from rvosbench.sample.scene import Actor, Scene

_LOW = {"triangle": 0.10, "heart": -0.18, "star": 0.02}  # where the eyes sit, down from the centre of mass
_DARK = np.array((34, 28, 44), np.float32)
_WHITE = np.array((255, 255, 255), np.float32)
_BLUSH = np.array((255, 120, 130), np.float32)
_BLINK_EVERY = 19  # frames


def gaze(scene: Scene, index: int, frame: int) -> tuple[float, float]:
    """A direction of length 1 at most."""
    own = _velocity(scene.cast[index], frame)
    if own == (0, 0):
        here = scene.cast[index].track[frame]
        movers = [
            (one.track[frame].x - here.x, one.track[frame].y - here.y)
            for one in scene.cast
            if _velocity(one, frame) != (0, 0)
        ]
        own = min(movers, key=lambda way: way[0] ** 2 + way[1] ** 2, default=(0, 0))
    length = (own[0] ** 2 + own[1] ** 2) ** 0.5
    return (own[0] / length, own[1] / length) if length else (0.0, 0.0)


def _velocity(actor: Actor, frame: int) -> tuple[int, int]:
    last = len(actor.track) - 1
    before, after = actor.track[max(0, frame - 1)], actor.track[min(last, frame + 1)]
    return after.x - before.x, after.y - before.y


def paint_face(
    body: Values,
    actor: Actor,
    pose: Pose,
    x: Values,
    y: Values,
    look: tuple[float, float],
    moment: int,
) -> None:
    """`x` and `y` are distances from the centre of the body, in radii; the face stays upright."""
    pixel = float(abs(x[0, 1] - x[0, 0])) if x.shape[1] > 1 else 0.1
    low = _LOW.get(actor.look.shape, -0.06) + (0.22 if pose.height < 240 else 0.0)
    shut = moment % _BLINK_EVERY == 0 and pixel < 0.08
    for side in (-1, 1):
        _disc(body, x, y, (side * 0.46, low + 0.3), (0.13, 0.085), _BLUSH, 0.45, pixel)
        centre = (side * 0.26 + 0.05 * look[0], low + 0.03 * look[1])
        if shut:
            _disc(body, x, y, centre, (0.17, 0.045), _DARK, 1.0, pixel)
            continue
        _disc(body, x, y, centre, (0.205, 0.255), _DARK, 0.75, pixel)
        _disc(body, x, y, centre, (0.175, 0.225), _WHITE, 1.0, pixel)
        pupil = (centre[0] + 0.075 * look[0], centre[1] + 0.10 * look[1])
        _disc(body, x, y, pupil, (0.105, 0.13), _DARK, 1.0, pixel)
        _disc(body, x, y, (pupil[0] - 0.035, pupil[1] - 0.05), (0.038, 0.038), _WHITE, 1.0, pixel)
    _smile(body, x, y, low + 0.33, pixel)


def _disc(
    body: Values,
    x: Values,
    y: Values,
    centre: tuple[float, float],
    size: tuple[float, float],
    colour: Values,
    strength: float,
    pixel: float,
) -> None:
    """An ellipse with a soft edge of one pixel."""
    rows, columns = _around(y[:, 0], centre[1], size[1] + pixel), _around(x[0], centre[0], size[0] + pixel)
    x, y, part = x[:, columns], y[rows], body[rows, columns]
    distance = np.sqrt(((x - centre[0]) / size[0]) ** 2 + ((y - centre[1]) / size[1]) ** 2)
    cover = np.clip((1 - distance) * min(size) / pixel + 0.5, 0, 1) * strength
    part += (colour - part) * cover[..., None]


def _around(axis: Values, centre: float, reach: float) -> slice:
    return slice(int(np.searchsorted(axis, centre - reach)), int(np.searchsorted(axis, centre + reach)))


def _smile(body: Values, x: Values, y: Values, low: float, pixel: float) -> None:
    curve = low + 0.09 - 3.2 * x * x * 0.9
    thick = max(0.035, 0.6 * pixel)
    cover = np.clip((thick - np.abs(y - curve)) / pixel + 0.5, 0, 1) * np.clip(
        (0.17 - np.abs(x)) / pixel, 0, 1
    )
    body += (_DARK - body) * (cover * 0.85)[..., None]
