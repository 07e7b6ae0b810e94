"""J and F of tensors, worked out on their device: the numbers of `rvosbench.metrics.jf`, to the last bit.

    scores = TorchJF()
    scores.update(logits > 0, target)  # [frames, height, width], or [clips, frames, height, width]
    j, f = scores.compute()

Pixels are counted on the device, exactly; only six counts of each frame leave it, and the divisions are those
of the other implementations. Needs torch, which the core does not ask for.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import pad

from rvosbench._kernels.disk import boundary_radius, spans
from rvosbench.metrics import jf as arrays
from rvosbench.metrics.base import mean_over_frames, mean_over_units
from rvosbench.metrics.boundary import boundary_accuracy
from rvosbench.metrics.jf import JAndF
from rvosbench.metrics.region import region_similarity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AT_ONCE = 2**23
"""Pixels that are looked at together; more only takes memory."""


class TorchJF:
    """J and F over units that come in batches. Under `torch.distributed`, `compute` is called in every
    process and gives each of them the figures of all."""

    def __init__(self, radius: float | None = None) -> None:
        self._radius = radius
        self._units: list[JAndF] = []

    def update(self, preds: Tensor, target: Tensor, void: Tensor | None = None) -> None:
        """One more unit, or as many as there are clips in a batch."""
        self._units += units(preds, target, void, self._radius)

    def compute(self) -> JAndF:
        """The means over all units, to the bit the same however they were spread over processes."""
        return mean(self._gathered())

    def reset(self) -> None:
        self._units = []

    def __len__(self) -> int:
        """The units of this process."""
        return len(self._units)

    def _gathered(self) -> list[JAndF]:
        if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
            return self._units
        parts: list[list[JAndF]] = [[] for _ in range(torch.distributed.get_world_size())]
        torch.distributed.all_gather_object(parts, self._units)
        return [unit for part in parts for unit in part]


def mean(of: list[JAndF]) -> JAndF:
    j, f = mean_over_units(unit.j for unit in of), mean_over_units(unit.f for unit in of)
    if j is None or f is None:
        raise ValueError("nothing to compute: no unit was added yet")
    return JAndF(j, f)


def units(
    preds: Tensor, target: Tensor, void: Tensor | None = None, radius: float | None = None
) -> list[JAndF]:
    """The means over the frames of each clip; a mask [height, width] is a clip of one frame."""
    while preds.ndim < 4 and target.ndim < 4:
        preds, target = preds[None], target[None]
    j, f = frame_scores(preds, target, void, radius)
    return [JAndF(mean_over_frames(one), mean_over_frames(other)) for one, other in zip(j, f, strict=True)]


def frame_scores(
    preds: Tensor, target: Tensor, void: Tensor | None = None, radius: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """J and F [...] of masks [..., height, width]. `void` marks pixels that count for neither; `radius` is
    that of the rule of DAVIS unless another one is given."""
    found, wanted = _foreground("preds", preds), _foreground("target", target)
    if found.shape != wanted.shape:
        raise ValueError(f"target is {_shape(wanted)}, preds is {_shape(found)}")
    if found.ndim < 2 or not found.numel():
        raise ValueError(f"nothing to score: {_shape(found)}")
    void = None if void is None else _foreground("void", void).expand(found.shape)
    if found.device.type != "cpu":
        return counted(found, wanted, void, radius)
    left_out = None if void is None else _flat(void)
    j, f = arrays.frame_scores(_flat(wanted), _flat(found), left_out, radius)
    return j.reshape(found.shape[:-2]), f.reshape(found.shape[:-2])


def counted(
    found: Tensor, wanted: Tensor, void: Tensor | None = None, radius: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same of booleans on any device. On a processor the compiled kernel is faster by far, so there this
    serves tests alone."""
    if void is not None:
        found, wanted = found & ~void, wanted & ~void
    *shape, height, width = found.shape
    disk = spans(boundary_radius(height, width) if radius is None else radius)
    found, wanted = found.reshape(-1, height, width), wanted.reshape(-1, height, width)
    step = max(1, AT_ONCE // (height * width))
    parts = [
        _counts(found[start : start + step], wanted[start : start + step], disk)
        for start in range(0, len(found), step)
    ]
    common, either, *outlines = torch.cat(parts, 1).cpu().numpy().reshape(6, *shape)
    return region_similarity(common, either), boundary_accuracy(*outlines)


def boundary(masks: Tensor) -> Tensor:
    """Pixels that differ from their right, lower or lower right neighbour; beyond its border the image goes
    on as it ends."""
    below = torch.cat([masks[..., 1:, :], masks[..., -1:, :]], -2)
    differs = masks ^ below
    for one in (masks, below):
        differs |= masks ^ torch.cat([one[..., 1:], one[..., -1:]], -1)
    return differs


def dilated(masks: Tensor, disk: bytes) -> Tensor:
    """Every pixel of boolean masks [n, height, width] grown to a disk, which is given by its spans: narrow
    rows first, so that each is made from the one before."""
    rows = list(struct.iter_unpack("=3i", disk))
    grown = torch.zeros_like(masks)
    if not rows:
        return grown
    height, width = masks.shape[-2:]
    margin = 2 * max(abs(offset) for row in rows for offset in row) + 1  # nothing may get lost aside
    left = right = rows[0][1]
    seen = pad(masks, (margin - left, margin + left))
    for row, first, last in rows:
        while left > first or right < last:
            most = right - left + 1
            more_left, more_right = min(left - first, most), min(last - right, most)
            seen = _widened(seen, more_left, more_right)
            left, right = left - more_left, right + more_right
        start, stop = max(0, -row), min(height, height - row)
        if start < stop:
            grown[:, start:stop] |= seen[:, start + row : stop + row, margin : margin + width]
    return grown


def _widened(seen: Tensor, left: int, right: int) -> Tensor:
    wider = seen.clone()
    if left:
        wider[..., left:] |= seen[..., :-left]
    if right:
        wider[..., :-right] |= seen[..., right:]
    return wider


def _counts(found: Tensor, wanted: Tensor, disk: bytes) -> Tensor:
    """[6, n]: pixels of both masks and of either, of the outlines of `found` and `wanted`, and of these such
    as are near the other one."""
    outline, true = boundary(found), boundary(wanted)
    counted = (
        found & wanted,
        found | wanted,
        outline,
        true,
        outline & dilated(true, disk),
        true & dilated(outline, disk),
    )
    return torch.stack([one.sum((1, 2), dtype=torch.int64) for one in counted])


def _foreground(name: str, masks: Tensor) -> Tensor:
    """Whatever is not zero, as everywhere."""
    if masks.is_floating_point() or masks.is_complex():
        raise ValueError(f"{name} is of {masks.dtype}, not of booleans or whole numbers: threshold it first")
    return masks if masks.dtype == torch.bool else masks != 0


def _flat(masks: Tensor) -> NDArray[np.bool_]:
    return masks.reshape(-1, *masks.shape[-2:]).numpy()


def _shape(masks: Tensor) -> str:
    return "x".join(map(str, masks.shape))
