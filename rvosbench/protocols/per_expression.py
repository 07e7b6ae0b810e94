"""J and F per expression, without merging, matching or void: what papers on multimodal language models report
for Ref-DAVIS17. Not comparable with the protocol of that name, in which a swap of two objects costs nothing.
"""

from __future__ import annotations

from rvosbench.protocols.base import ProtocolInfo
from rvosbench.protocols.expressions import ExpressionProtocol


class PerExpression(ExpressionProtocol):
    info = ProtocolInfo(
        name="per-expression",
        title="J and F of every expression on its own",
        datasets=frozenset(),
        also=frozenset({"ref-davis17"}),
        any_dataset=True,
        citation="as Yan et al., VISA: Reasoning Video Object Segmentation via Large Language Models, "
        "ECCV 2024, report Ref-DAVIS17",
    )


PER_EXPRESSION = PerExpression()
