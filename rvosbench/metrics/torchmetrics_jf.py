"""`TorchJF` as a metric of torchmetrics, for those who have it: it moves with the model, is synchronised over
processes, and can be one of a `MetricCollection`.

    scores = JFMetric()
    scores.update(logits > 0, target)
    scores.compute()["J&F"]
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from rvosbench.metrics import torch_jf
from rvosbench.metrics.jf import JAndF


class JFMetric(Metric):
    is_differentiable = False
    higher_is_better = True
    full_state_update = False

    j: list[Tensor]
    f: list[Tensor]

    def __init__(self, radius: float | None = None, **kwargs: Any) -> None:
        """`radius` is that of the rule of DAVIS unless another one is given; the rest is torchmetrics'."""
        super().__init__(**kwargs)
        self.radius = radius
        for name in ("j", "f"):
            self.add_state(name, default=[], dist_reduce_fx="cat")

    def update(self, preds: Tensor, target: Tensor, void: Tensor | None = None) -> None:
        """One more unit, or as many as there are clips in a batch."""
        units = torch_jf.units(preds, target, void, self.radius)
        self.j.append(torch.tensor([unit.j for unit in units], dtype=torch.float64, device=self.device))
        self.f.append(torch.tensor([unit.f for unit in units], dtype=torch.float64, device=self.device))

    def compute(self) -> dict[str, Tensor]:
        """`J&F`, `J` and `F`."""
        j, f = _numbers(self.j), _numbers(self.f)
        found = torch_jf.mean([JAndF(*unit) for unit in zip(j, f, strict=True)])
        figures = {"J&F": found.mean, "J": found.j, "F": found.f}
        return {name: torch.tensor(value, dtype=torch.float64) for name, value in figures.items()}


def _numbers(parts: list[Tensor] | Tensor) -> list[float]:
    """Between processes torchmetrics joins a list to one tensor."""
    return [value for part in (parts if isinstance(parts, list) else [parts]) for value in part.tolist()]
