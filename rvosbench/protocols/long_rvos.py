"""Long-RVOS: J and F per expression over all frames, and how well prediction and target agree in time.

The figures are means over all expressions whatever their type; those of each type stand beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rvosbench.metrics.span import T_IOU, V_IOU
from rvosbench.metrics.summary import UnitValues, unit_figures
from rvosbench.protocols.base import ProtocolInfo
from rvosbench.protocols.expressions import ExpressionProtocol
from rvosbench.protocols.units import Figures, Unit


class LongRvos(ExpressionProtocol):
    info = ProtocolInfo(
        name="long-rvos",
        title="Long-RVOS: per expression over all frames, with tIoU and vIoU; also for each type of sentence",
        datasets=frozenset({"long-rvos"}),
        citation="Liang et al., Long-RVOS: A Comprehensive Benchmark for Long-term Referring Video Object "
        "Segmentation, arXiv:2505.12702",
        headline=("J&F", "J", "F", "tIoU", "vIoU"),
    )
    more_metrics = (T_IOU, V_IOU)

    def figures(self, units: Sequence[Unit]) -> Figures:
        of_kind: dict[str, list[UnitValues]] = {}
        for unit in units:
            if unit.kind is not None:
                of_kind.setdefault(unit.kind, []).append(unit.values)
        return Figures(
            unit_figures([unit.values for unit in units]),
            kinds={kind: unit_figures(of_kind[kind]) for kind in sorted(of_kind)},
        )


LONG_RVOS = LongRvos()
