"""Ref-YouTube-VOS: J and F per expression over the annotated frames, every fifth one; their mean.

The program of the server was never published: that it averages first over frames, then over expressions, is
how everyone reads its figures.
"""

from __future__ import annotations

from rvosbench.protocols.base import ProtocolInfo
from rvosbench.protocols.expressions import ExpressionProtocol


class RefYoutubeVos(ExpressionProtocol):
    info = ProtocolInfo(
        name="ref-youtube-vos",
        title="Ref-YouTube-VOS: per expression over the annotated frames",
        datasets=frozenset({"ref-youtube-vos"}),
        citation="Seo et al., URVOS: Unified Referring Video Object Segmentation Network with a Large-Scale "
        "Benchmark, ECCV 2020",
    )


REF_YOUTUBE_VOS = RefYoutubeVos()
