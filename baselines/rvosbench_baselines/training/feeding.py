"""In which order samples come: a function of seed and epoch alone, so that a run that goes on needs no memory
of it, and processes and workers need not talk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

Read = Callable[[Any, np.random.Generator], Any]
"""From one of the samples, and dice that are its own in this epoch, to what batches are made of."""


@dataclass(frozen=True, slots=True)
class Order:
    """Of `count` samples, in batches, for one of `world` processes. What does not fill a batch in every
    process is left out of the epoch; another permutation leaves out others."""

    count: int
    batch: int
    seed: int
    rank: int = 0
    world: int = 1

    @property
    def batches(self) -> int:
        """Of an epoch, in each process."""
        return max(1, self.count // (self.batch * self.world))

    def of_epoch(self, epoch: int, start: int = 0) -> Iterator[list[tuple[int, int]]]:
        """Batches of (epoch, sample), from the batch `start` on."""
        random = np.random.default_rng([self.seed, epoch])
        # Fewer samples than a batch of all processes: they repeat.
        order = np.concatenate([random.permutation(self.count) for _ in range(self._rounds)])
        for number in range(start, self.batches):
            first = (number * self.world + self.rank) * self.batch
            yield [(epoch, int(one)) for one in order[first : first + self.batch]]

    @property
    def _rounds(self) -> int:
        return -(-self.batches * self.batch * self.world // self.count)


class Feed(Dataset[Any]):
    """Samples, read in the workers of a `DataLoader`."""

    def __init__(self, samples: Sequence[Any], read: Read, seed: int) -> None:
        self._samples, self._read, self._seed = samples, read, seed

    def __getitem__(self, key: tuple[int, int]) -> Any:
        epoch, place = key
        return self._read(self._samples[place], np.random.default_rng([self._seed, epoch, place]))


def batches(
    feed: Feed, order: Order, epoch: int, start: int, collate: Callable[[list[Any]], Any], workers: int
) -> Iterator[Any]:
    """The rest of an epoch. The loader draws from a generator of its own, not from those of the model."""
    loader: DataLoader[Any] = DataLoader(
        feed,
        batch_sampler=list(order.of_epoch(epoch, start)),
        collate_fn=collate,
        num_workers=workers,
        generator=torch.Generator().manual_seed(0),
        pin_memory=torch.cuda.is_available(),
    )
    yield from loader
