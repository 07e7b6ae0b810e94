"""Where the points went: what a result lacks to 1, by kind of error, from ordered counterfactual repair."""

from rvosbench.analysis.anatomy.dissect import dissect
from rvosbench.analysis.anatomy.kinds import KINDS, Kind
from rvosbench.analysis.anatomy.outcome import Anatomy

__all__ = ["KINDS", "Anatomy", "Kind", "dissect"]
