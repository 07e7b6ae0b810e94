"""All that a run needs to go on as if nothing had been, in files that are there whole or not at all."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError

LAST, BEST = "last.pth", "best.pth"


@dataclass(slots=True)
class Position:
    """How far a run is. `loss` and `bad` are what falling rates by patience remember; `best` is the highest
    J&F so far."""

    step: int = 0
    factor: float = 1.0
    loss: float = float("inf")
    bad: int = 0
    best: float = -1.0


def save(path: Path, model: nn.Module, **more: Any) -> None:
    """The weights stand under `model_state_dict`, so `rvosbench baseline run --weights` takes the file."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        with fresh.open("wb") as file:
            torch.save({"model_state_dict": model.state_dict(), **more}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except (OSError, RuntimeError) as error:  # torch hides what the system said
        fresh.unlink(missing_ok=True)
        raise RvosbenchError(_not_written(path, error)) from error


def load(path: Path, device: torch.device) -> Mapping[str, Any]:
    try:
        # Optimisers keep numbers and tensors, random states arrays: nothing that runs code.
        content = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError:
        raise UsageError(_no_checkpoint(path, "no such file")) from None
    except Exception as error:  # pickle, zipfile and torch have no common one for bad files
        raise UsageError(_no_checkpoint(path, str(error).strip().split("\n", 1)[0])) from error
    if not isinstance(content, Mapping) or "position" not in content:
        raise UsageError(_no_checkpoint(path, "something else"))
    return content


def random_states() -> dict[str, Any]:
    """Of everything that a model or its losses may draw from."""
    kind, keys, place, has, cached = np.random.get_state()
    return {
        "python": _as_lists(random.getstate()),
        "numpy": [kind, torch.from_numpy(np.array(keys, np.int64)), place, has, cached],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random(states: Mapping[str, Any]) -> None:
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    kind, keys, place, has, cached = states["numpy"]
    np.random.set_state((kind, keys.cpu().numpy().astype(np.uint32), place, has, cached))
    torch.set_rng_state(states["torch"].cpu())
    if states["cuda"] and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([one.cpu() for one in states["cuda"]])


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _not_written(path: Path, error: Exception) -> Problem:
    return Problem(
        Code.CANNOT_WRITE,
        str(path),
        expected="room for a checkpoint, in a folder that can be written",
        found=str(getattr(error, "strerror", None) or "writing failed before its end"),
        fix="free some space, then go on with --resume from the checkpoint before this one",
    )


def _as_lists(state: tuple[Any, ...]) -> list[Any]:
    version, numbers, gauss = state
    return [version, list(numbers), gauss]


def _no_checkpoint(path: Path, found: str) -> Problem:
    return Problem(
        Code.NOT_A_CHECKPOINT,
        str(path),
        expected="a checkpoint that `rvosbench baseline train` wrote",
        found=found,
        fix="begin anew without --resume, in another folder",
    )
