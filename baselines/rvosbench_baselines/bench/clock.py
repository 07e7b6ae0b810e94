"""Seconds: after warming up, in the precision that is asked for, and with the device waited for."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

HALF = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    seconds: float
    """The median."""
    compiling: float
    """What the first of all calls took longer."""
    result: Any
    """Of the last call."""


@dataclass(frozen=True, slots=True)
class Clock:
    device: torch.device
    warm_up: int
    repeats: int

    def time(self, work: Callable[[], Any], precision: str, *, compiles: bool = False) -> Timed:
        """`compiles`: the first call does, so that it is one more."""
        with self._autocast(precision):
            first = self._call(work)[0] if compiles else None
            for _ in range(self.warm_up):
                self._call(work)
            calls = [self._call(work) for _ in range(self.repeats)]
        seconds = statistics.median(taken for taken, _ in calls)
        return Timed(seconds, 0.0 if first is None else max(0.0, first - seconds), calls[-1][1])

    def _call(self, work: Callable[[], Any]) -> tuple[float, Any]:
        self._wait()
        start = time.perf_counter()
        result = work()
        self._wait()
        return time.perf_counter() - start, result

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def _autocast(self, precision: str) -> AbstractContextManager[Any]:
        kind = HALF.get(precision)
        return nullcontext() if kind is None else torch.autocast(self.device.type, kind)
