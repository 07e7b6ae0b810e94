"""Goldens of a model, and how far our outputs are from them, in units of their tolerance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from inputs import digest
from numpy.typing import ArrayLike, NDArray

FOLDER = Path(__file__).parents[1] / "golden"


class Golden:
    """One case of one variant: `case.arrays["r0/out/score_map"]`, and what `meta` says of it."""

    def __init__(self, model: str, variant: str, case: str = "a") -> None:
        self.folder, self.variant = FOLDER / model, variant
        with np.load(self.folder / f"{variant}_{case}.npz") as stored:
            self.arrays: dict[str, NDArray[Any]] = {
                name: stored[name] for name in stored.files if name != "meta"
            }
            self.meta: dict[str, Any] = json.loads(str(stored["meta"]))

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every key of the authors' state dict."""
        keys = json.loads((self.folder / f"{self.variant}_keys.json").read_text(encoding="utf-8"))
        return {key: tuple(shape) for key, shape in keys.items()}

    def of_run(self, run: int) -> set[str]:
        return {name for name in self.arrays if name.startswith(f"r{run}/")}

    def check(self, run: int, ours: Mapping[str, ArrayLike]) -> None:
        """Every stored array of the run has its counterpart, and none is further off than it may be. Prints a
        line for each: `pytest -s` shows the table."""
        assert {f"r{run}/{name}" for name in ours} == self.of_run(run)
        rows = [self._distance(f"r{run}/{name}", np.asarray(value)) for name, value in ours.items()]
        for name, difference, allowed in rows:
            share = f"{difference / allowed:.3f}" if allowed else "exact"
            print(f"{self.variant}  {name:70}  {difference:9.2e}  {allowed:7.0e}  {share}")
        assert [row for row in rows if not row[1] <= row[2]] == []

    def _distance(self, name: str, ours: NDArray[Any]) -> tuple[str, float, float]:
        """Largest difference, and the one that is allowed; of bit arrays the share of pixels."""
        stored, kind = self.arrays[name], name.split("/")[1]
        if kind == "int":
            return name, float((ours != stored).sum()) if ours.shape == stored.shape else np.inf, 0.0
        if kind == "bits":
            shape = tuple(self.meta["shape"][name])
            bits = np.unpackbits(stored, count=int(np.prod(shape))).reshape(shape)
            return name, float((bits != ours).mean()) if ours.shape == shape else np.inf, 0.001
        value = digest(ours) if kind == "dig" else ours
        far = float(np.abs(value - stored).max()) if value.shape == stored.shape else np.inf
        return name, far, float(self.meta["tol"][name])
