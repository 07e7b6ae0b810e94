"""What SAM 2's backbone makes of the frames of a video: computed once, and kept as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvosbench_baselines.tracks.sam2_model import Sam2

ROOM = 2 * 2**30  # bytes: about 120 frames at 1024 x 1024

Features = tuple[Tensor, dict[str, list[Tensor]]]


class FrameFeatures:
    """Takes the place of the video predictor's cache of the last frame. Every batch of tracks goes through
    the whole video, and without this the backbone would run over it again for each."""

    def __init__(self, sam2: Sam2, read: Callable[[int], NDArray[np.uint8]], room: int = ROOM) -> None:
        self._sam2, self._read, self._room = sam2, read, room
        self._kept: OrderedDict[int, Features] = OrderedDict()
        self._places: list[Tensor] | None = None
        self.computed = 0

    def get(self, frame: int, _default: object = None) -> Features:
        """The predictor asks here as it would ask a dict, and never finds a frame missing."""
        if frame in self._kept:
            self._kept.move_to_end(frame)
            return self._kept[frame]
        found = self._compute(frame)
        self._kept[frame] = found
        size = sum(map(_bytes, found[1]["backbone_fpn"]))
        while len(self._kept) > 1 and size * len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return found

    def _compute(self, frame: int) -> Features:
        self.computed += 1
        out: dict[str, Any] = self._sam2.predictor.forward_image(self._sam2.video_picture(self._read(frame)))
        if self._places is None:
            self._places = list(out["vision_pos_enc"])  # the same for every frame
        no_picture = torch.empty((1, 3, 0, 0), device=self._sam2.device)  # nothing looks at it again
        return no_picture, {"backbone_fpn": list(out["backbone_fpn"]), "vision_pos_enc": self._places}


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
