"""SOC: frames are read by Video-Swin and words by RoBERTa, and fused both ways; the queries of frames are
clustered over the whole clip into objects.

Luo, Xiao, Liu, Li, Wang, Tang, Li, Yang: SOC: Semantic-Assisted Object Cluster for Referring Video Object
Segmentation (NeurIPS 2023). Written from the paper and from facts about the authors' code, under whose names
the weights are kept, so that their released files load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench_baselines.soc.model import Soc


def build(variant: str = "soc-t", *, num_classes: int = 1, frozen_text: bool = True) -> Soc:
    """The model with its initial weights. `num_classes` is 65 in the weights that were trained on
    Ref-YouTube-VOS from scratch, and 1 in all others; `frozen_text` keeps RoBERTa from being trained."""
    from rvosbench_baselines.soc.config import configuration
    from rvosbench_baselines.soc.model import Soc

    return Soc(configuration(variant, num_classes=num_classes), frozen_text=frozen_text)
