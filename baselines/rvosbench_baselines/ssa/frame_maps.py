"""Maps of all frames of a video, which the model needs again when it has seen the last one: in memory as far
as there is room, beyond that in a temporary file."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from math import prod
from types import TracebackType
from typing import IO, Self

import torch
from torch import Tensor

FLOAT_BYTES = 4


class FrameMaps:
    """A context manager: the file has no name and is gone when it is left, or when the process is killed."""

    def __init__(self, room: int, device: torch.device) -> None:
        """`room` in bytes; `device` is where maps are kept that find room."""
        self._room, self._device = room, device
        self._kept: list[Tensor | int] = []
        self._shape: tuple[int, ...] = ()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kept.clear()
        if self._file is not None:
            self._file.close()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def in_file(self) -> int:
        """How many maps are not in memory."""
        return sum(isinstance(one, int) for one in self._kept)

    def add(self, maps: Tensor) -> None:
        """[t, C, h, w] of the next frames; all frames have maps of one shape."""
        self._shape = tuple(maps.shape[1:])
        for one in maps:
            if self._size <= self._room:
                self._room -= self._size
                self._kept.append(one.to(self._device, torch.float32, copy=True))
            else:
                self._kept.append(self._written(one))

    def take(self, places: Sequence[int], device: torch.device) -> Tensor:
        """[len(places), C, h, w]"""
        found = (self._kept[place] for place in places)
        return torch.stack([self._read(one) if isinstance(one, int) else one for one in found]).to(device)

    @property
    def _size(self) -> int:
        return FLOAT_BYTES * prod(self._shape)

    def _written(self, one: Tensor) -> int:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="rvosbench-")  # noqa: SIM115 - see __exit__
        start = self._file.seek(0, 2)
        self._file.write(one.to("cpu", torch.float32).contiguous().numpy().data)
        return start

    def _read(self, start: int) -> Tensor:
        buffer = bytearray(self._size)
        if self._file is not None:
            self._file.seek(start)
            self._file.readinto(buffer)  # type: ignore[attr-defined]
        return torch.frombuffer(buffer, dtype=torch.float32).view(self._shape)
