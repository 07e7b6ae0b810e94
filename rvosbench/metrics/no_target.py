"""Sentences that mean nothing in the video: are they told from those that do?

A sentence without a target is one whose list of objects is empty. It is answered rightly by an empty mask in
every frame, and a sentence with a target by a mask in any frame at all.
"""

from __future__ import annotations

from rvosbench.metrics.base import Direction, MetricInfo, Number, UnitMetric, UnitScores

_GRES = "Liu, Ding, Jiang, GRES: Generalized Referring Expression Segmentation, CVPR 2023"
_MEVIS_V2 = "MeViSv2, arXiv:2512.10945"


def no_target_hit(unit: UnitScores) -> float | None:
    """Of a sentence without target: 1 if every frame is there and empty. A missing frame is a miss."""
    if unit.targeted:
        return None
    return float(unit.complete and not unit.predicted.any())


def target_hit(unit: UnitScores) -> float | None:
    """Of a sentence with a target: 1 if any frame holds a mask. Missing frames hold none."""
    return float(unit.predicted.any()) if unit.targeted else None


def final_score(j_and_f: Number, n_acc: Number, t_acc: Number) -> Number:
    """The figure by which MeViS v2 ranks."""
    return (j_and_f + n_acc + t_acc) / 3


N_ACC = UnitMetric(
    MetricInfo(
        key="N-acc",
        name="sentences without target that are answered by nothing",
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty="what it counts: every frame of the prediction must be empty",
        citation=f"{_GRES}; for videos as in {_MEVIS_V2}",
    ),
    no_target_hit,
)
T_ACC = UnitMetric(
    MetricInfo(
        key="T-acc",
        name="sentences with a target that are answered by something",
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty="what it counts: a prediction that is empty in every frame is a miss, even if the target is "
        "never in sight",
        citation=f"{_GRES}; for videos as in {_MEVIS_V2}",
    ),
    target_hit,
)
FINAL = MetricInfo(
    key="final",
    name="mean of J&F, N-acc and T-acc",
    direction=Direction.UP,
    range=(0.0, 1.0),
    unit="fraction",
    empty="follows its three parts",
    citation=_MEVIS_V2,
)
JF_TARGETED = MetricInfo(
    key="J&F_targeted",
    name="J&F over the sentences with a target",
    direction=Direction.UP,
    range=(0.0, 1.0),
    unit="fraction",
    empty="as J and F; sentences without target are left out",
    citation="rvosbench's definition, beside J&F over all sentences, which ranks",
)
