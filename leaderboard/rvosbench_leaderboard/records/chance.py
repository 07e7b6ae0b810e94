"""Whether two records differ by more than chance, as far as the scores of single videos tell."""

from __future__ import annotations

import numpy as np

from rvosbench.statistics.bootstrap import bootstrap
from rvosbench.statistics.ratios import LinearFigures
from rvosbench_leaderboard.records.model import Record

ALLOWED = 0.05


def p_value(one: Record, other: Record) -> float | None:
    """Of no difference in the headline metric, over videos, paired. None where either keeps no scores of
    videos, or they are scores of other videos."""
    mine, theirs = one.videos or {}, other.videos or {}
    if set(mine) != set(theirs) or not mine:
        return None
    names = sorted(mine)
    weights = one.weights if one.weights and one.weights == other.weights else dict.fromkeys(names, 1)
    differences = np.array([mine[name] - theirs[name] for name in names], np.float64)
    if not differences.any():
        return 1.0
    units = np.array([weights[name] for name in names], np.float64)
    term = (1.0, differences * units, units)
    found = bootstrap(LinearFigures({"difference": [term]}, np.arange(len(names)), len(names)))
    return found["difference"].p_value()


def differs(one: Record, other: Record) -> bool:
    """Of records that cannot be compared video by video nothing but a difference can be said."""
    p = p_value(one, other)
    return p is None or p < ALLOWED
