"""A2D-Sentences: a sample is an annotated frame in which the instance of the sentence is present; frames
without it are ignored, not scored as empty. Figures as in the evaluation that MTTR introduced and others
took over. RefCOCO and its kin are scored in the same way: each of their images is one such frame."""

from __future__ import annotations

from rvosbench.protocols.base import ProtocolInfo
from rvosbench.protocols.samples import SampleProtocol

HEADLINE = ("mAP", "oIoU", "mIoU", "P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9")


class A2d(SampleProtocol):
    info = ProtocolInfo(
        name="a2d",
        title="A2D-Sentences, RefCOCO: P@K, IoU and mAP over annotated frames",
        datasets=frozenset({"a2d-sentences", "refcoco", "refcoco-plus", "refcocog"}),
        kinds=frozenset({"queries", "masks"}),
        missing_allowed=False,
        headline=HEADLINE,
        citation="Gavrilyuk et al., Actor and Action Video Segmentation from a Sentence, CVPR 2018; as in "
        "Botach et al., End-to-End Referring Video Object Segmentation with Multimodal Transformers, "
        "CVPR 2022",
    )


A2D = A2d()
