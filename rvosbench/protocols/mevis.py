"""MeViS, versions 1 and 2: J and F per expression over all frames, the mean over expressions.

As in the authors' script for splits whose masks are public; the program of the server was not published. A
sentence without target is scored like any other: right is an empty mask in every frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rvosbench.metrics.base import UnitMetric
from rvosbench.metrics.no_target import N_ACC, T_ACC
from rvosbench.protocols.base import ProtocolInfo
from rvosbench.protocols.expressions import ExpressionProtocol

if TYPE_CHECKING:
    from rvosbench.splits.split import Split


class Mevis(ExpressionProtocol):
    info = ProtocolInfo(
        name="mevis",
        title="MeViS: per expression over all frames; with sentences without target also N-acc and T-acc",
        datasets=frozenset({"mevis-v1", "mevis-v2", "sample"}),
        citation="Ding et al., MeViS: A Large-scale Benchmark for Video Segmentation with Motion "
        "Expressions, ICCV 2023; version 2: arXiv:2512.10945",
        headline=("J&F", "J", "F", "N-acc", "T-acc", "final"),
    )

    def metrics(self, split: Split) -> tuple[UnitMetric, ...]:
        """Whether nothing is meant can only be told where some sentence means nothing."""
        every = super().metrics(split)
        return (*every, N_ACC, T_ACC) if split.manifest.counts.get("no_target") else every


MEVIS = Mevis()
