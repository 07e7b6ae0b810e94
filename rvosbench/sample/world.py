"""A scene played: which pixel belongs to whom in every frame, and how much of each actor can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.sample.raster import Silhouette, silhouette
from rvosbench.sample.scene import Scene, corners

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class World:
    """`silhouettes[frame][actor]` know nothing of occlusion; `labels` [frame, height, width] hold what is
    seen: 0 for the background, actor + 1 for the actor in front."""

    scene: Scene
    silhouettes: tuple[tuple[Silhouette, ...], ...]
    labels: NDArray[np.uint8]

    def mask(self, actor: int, frame: int) -> NDArray[np.bool_]:
        visible: NDArray[np.bool_] = self.labels[frame] == actor + 1
        return visible

    @cached_property
    def visible(self) -> NDArray[np.int64]:
        """[frame, actor]: pixels of the actor that are seen."""
        count = len(self.scene.cast) + 1
        return np.stack([np.bincount(frame.ravel(), minlength=count)[1:] for frame in self.labels])

    @cached_property
    def in_frame(self) -> NDArray[np.int64]:
        """[frame, actor]: pixels of the actor within the frame, hidden or not."""
        return np.array([[int(one.mask.sum()) for one in frame] for frame in self.silhouettes])


def play(scene: Scene) -> World:
    silhouettes = tuple(
        tuple(
            silhouette(np.array(corners(actor, frame), np.int64), scene.width, scene.height)
            for actor in scene.cast
        )
        for frame in range(scene.frames)
    )
    labels = np.zeros((scene.frames, scene.height, scene.width), np.uint8)
    for frame, shapes in enumerate(silhouettes):
        for actor in scene.depth:
            labels[frame][shapes[actor].window][shapes[actor].mask] = actor + 1
    return World(scene, silhouettes, labels)
