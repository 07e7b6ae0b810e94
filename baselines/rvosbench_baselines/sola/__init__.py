"""SOLA: picks the tracks that a sentence means, from SAM 2's object tokens.

Kim, Jin, Lim, Yoon, Choi, Kim: Referring Video Object Segmentation via Language-aligned Track Selection
(arXiv 2412.01136). The tracks are made beforehand (`rvosbench baseline tracks`); this is the part that reads
language, and the only one that is trained. Written from the facts of the public code, with the names of its
weights. See `card.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench_baselines.sola.model import Sola


def build(variant: str = "sola") -> Sola:
    """The selection module with its initial weights."""
    from rvosbench_baselines.sola.config import configuration
    from rvosbench_baselines.sola.model import Sola

    return Sola(configuration(variant))
