"""SSA: a frozen CLIP that a sentence adapts stage by stage, queries that are aligned along time by Hungarian
matching, and a decoder of the whole video.

Pan, Fang, Li, Xu, Li, Benini, Lu: Semantic and Sequential Alignment for Referring Video Object
Segmentation (CVPR 2025). Written from the paper and from facts about the authors' code, under whose names the
weights are kept, so that their released files load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench_baselines.ssa.model import Ssa


def build(variant: str = "ssa") -> Ssa:
    """The model with its initial weights."""
    from rvosbench_baselines.ssa.config import configuration
    from rvosbench_baselines.ssa.model import Ssa

    return Ssa(configuration(variant))
