"""What happened: text for people, JSON lines for programs, and TensorBoard's files where it is installed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rvosbench.progress import Progress

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LINES = "log.jsonl"
BOARD = "tensorboard"
SAID_EVERY = 50  # steps; the other logs have all of them


class Journal:
    """Of the run in a folder. What a killed run wrote after its last checkpoint is taken out, for it will
    happen again."""

    def __init__(self, folder: Path, step: int, progress: Progress) -> None:
        self._path = folder / LINES
        self._progress = progress
        kept = [line for line in read_lines(folder) if line["step"] <= step]
        self._path.write_text("".join(map(_line, kept)), encoding="utf-8")
        self._board = _board(folder / BOARD, step)

    def write(self, event: str, step: int, figures: Mapping[str, float]) -> None:
        """`event` is `train` or `validate`. A figure that is no number is left out: null is not zero."""
        finite = {name: value for name, value in figures.items() if math.isfinite(value)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line({"event": event, "step": step, **finite}))
        if event != "train" or step % SAID_EVERY == 0:
            said = ", ".join(f"{name} {value:.4g}" for name, value in finite.items() if "/" not in name)
            self._progress.say(f"step {step}, {event}: {said}")
        if self._board is not None:
            for name, value in finite.items():
                self._board.add_scalar(f"{event}/{name}", value, step)

    def close(self) -> None:
        if self._board is not None:
            self._board.close()


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """All lines; the last one may have been cut by a kill."""
    path = folder / LINES
    found: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, allow_nan=False) + "\n"


def _board(folder: Path, step: int) -> SummaryWriter | None:
    if find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
