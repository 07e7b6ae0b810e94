"""One process per device, as torchrun starts them; one process alone needs nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Place:
    """Which of how many processes this is, and its device."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """The one that writes and speaks."""
        return self.rank == 0


@contextmanager
def joined(device: str) -> Iterator[Place]:
    """The place that torchrun's environment gives this process, in a group with the others."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    own = torch.device(device)
    if own.type == "cuda":
        own = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(own)
    if world == 1:
        yield Place(rank, world, own)
        return
    torch.distributed.init_process_group("nccl" if own.type == "cuda" else "gloo")
    try:
        yield Place(rank, world, own)
    finally:
        torch.distributed.destroy_process_group()


def mean_over_processes(figures: Mapping[str, float], place: Place) -> dict[str, float]:
    """Of figures that every process has under the same names."""
    if place.world == 1:
        return dict(figures)
    parts: list[Mapping[str, float]] = [{} for _ in range(place.world)]
    torch.distributed.all_gather_object(parts, figures)
    return {name: sum(part[name] for part in parts) / place.world for name in figures}
