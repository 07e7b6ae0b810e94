"""The official numbers: pure functions on per-frame numbers and on runs, and what each metric declares."""

from rvosbench.metrics.jf import JF

__all__ = ["JF"]
