"""After RefSAM: SAM prompted by words, one frame at a time, with a token that carries the object along.

Li, Zhang, Teng, Lan, Liu: RefSAM: Efficiently Adapting Segmenting Anything Model for Referring Video Object
Segmentation (arXiv 2307.00997). No weights were released and the published tree does not run, so this is
written after the paper; what can be checked is checked against SAM. See `card.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench_baselines.refsam.model import RefSam


def build(variant: str = "refsam-b", *, text: str | None = None) -> RefSam:
    """The model with its initial weights. `text` names the text encoder whose words it will read
    (`config.TEXT_WIDTHS`); each variant has a default."""
    from rvosbench_baselines.refsam.config import configuration
    from rvosbench_baselines.refsam.model import RefSam

    return RefSam(configuration(variant, text=text))
