"""Paints the frames of a world: shaded bodies with an outline, a shadow and a face, on a backdrop.

Floating point is welcome here: pictures may differ by a shade between machines. What belongs to whom was
decided in `world`, in integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from rvosbench.sample.backdrop import backdrop
from rvosbench.sample.face import gaze, paint_face
from rvosbench.sample.motion import TURN, Pose
from rvosbench.sample.raster import FULL, UNIT, Silhouette, Values
from rvosbench.sample.scene import Actor
from rvosbench.sample.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAINTS: dict[str, tuple[int, int, int]] = {
    "red": (226, 54, 54),
    "orange": (248, 142, 36),
    "yellow": (250, 214, 52),
    "green": (62, 168, 74),
    "blue": (52, 112, 226),
    "purple": (132, 70, 184),
    "pink": (250, 142, 190),
    "white": (246, 246, 244),
}
_SHADOW = np.array((18, 16, 40), np.float32)


def paint(world: World) -> Iterator[NDArray[np.uint8]]:
    """One picture [height, width, 3] per frame."""
    scene = world.scene
    behind = backdrop(scene.width, scene.height, scene.backdrop)
    for frame in range(scene.frames):
        canvas = behind.copy()
        for index in scene.depth:
            _paint_actor(canvas, world, index, frame)
        yield np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def _paint_actor(canvas: Values, world: World, index: int, frame: int) -> None:
    actor, shape = world.scene.cast[index], world.silhouettes[frame][index]
    if not shape.coverage.size:
        return
    pose, radius = actor.track[frame], actor.radius / UNIT
    cover = shape.coverage.astype(np.float32) / FULL
    _paint_shadow(canvas, shape, cover, radius)
    rows, columns = shape.window
    x = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - pose.x / UNIT)[None] / radius
    y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - pose.y / UNIT)[:, None] / radius
    body = _body(actor, pose, x, y)
    rim = _rim(cover, radius)[..., None]
    body = body * (1 - rim) + np.array(PAINTS[actor.look.colour], np.float32) * 0.36 * rim
    paint_face(body, actor, pose, x, y, gaze(world.scene, index, frame), frame + 7 * index + 4)
    under = canvas[shape.window]
    under += (body - under) * cover[..., None]


def _body(actor: Actor, pose: Pose, x: Values, y: Values) -> Values:
    """Lit from the top left, with its pattern, which turns with it."""
    colour = np.array(PAINTS[actor.look.colour], np.float32)
    fall = np.sqrt((x + 0.38) ** 2 + (y + 0.48) ** 2)
    light = np.clip(1.14 - 0.26 * fall, 0.62, 1.14)
    if actor.look.pattern != "plain":
        light = light * (1 - 0.26 * _pattern(actor.look.pattern, pose, x, y))
    gloss = np.clip(1 - fall / 0.42, 0, 1) ** 2
    body: Values = np.clip(colour * light[..., None] + 70 * gloss[..., None], 0, 255)
    return body


def _pattern(pattern: str, pose: Pose, x: Values, y: Values) -> Values:
    """1 where the pattern is dark, 0 where it is not."""
    angle = 2 * np.pi * pose.turn / TURN
    u = x * np.cos(angle) + y * np.sin(angle)
    v = y * np.cos(angle) - x * np.sin(angle)
    if pattern == "striped":
        stripes: Values = np.clip(0.5 + 3 * np.sin((u + 0.5 * v) * 10), 0, 1)
        return stripes
    step = 0.44
    row = np.floor(v / step)
    across = (u + (row % 2) * step / 2) % step - step / 2
    distance = np.sqrt(across**2 + (v - (row + 0.5) * step) ** 2)
    dots: Values = np.clip((0.15 - distance) / 0.05, 0, 1)
    return dots


def _rim(cover: Values, radius: float) -> Values:
    """1 along the edge, 0 inside: how much of the neighbourhood lies outside the shape."""
    pad = 3
    # Padded with what is at the edge: a shape that the frame cuts gets no outline along the cut.
    blurred = _blurred(np.pad(cover, pad, mode="edge"), max(0.7, 0.075 * radius))
    rim: Values = np.clip((0.97 - blurred[pad:-pad, pad:-pad]) / 0.3, 0, 1)
    return rim


def _blurred(cover: Values, radius: float) -> Values:
    image = Image.fromarray((cover * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius))).astype(np.float32) / 255


def _paint_shadow(canvas: Values, shape: Silhouette, cover: Values, radius: float) -> None:
    soft = max(1.0, 0.2 * radius)
    pad = int(3 * soft) + 1
    shadow = _blurred(np.pad(cover, pad), soft) * 0.42
    top, left = shape.top - pad + round(0.26 * radius), shape.left - pad + round(0.12 * radius)
    height, width = shadow.shape
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(canvas.shape[0], top + height), min(canvas.shape[1], left + width)
    if y0 < y1 and x0 < x1:
        under = canvas[y0:y1, x0:x1]
        under += (_SHADOW - under) * shadow[y0 - top : y1 - top, x0 - left : x1 - left, None]
