"""Results with units that no evaluation made: as many videos as a comparison needs to tell something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rvosbench.analysis.opened import Opened
from rvosbench.protocols.catalogue import find
from rvosbench.protocols.units import Unit


def as_result(name: str, units: tuple[Unit, ...], like: Opened) -> Opened:
    """A result with other units, as if it had been evaluated."""
    figures = find(like.result.protocol).figures(units)
    made = Opened(name, replace(like.result, metrics=figures.metrics), like.folder)
    made.__dict__["units"] = units
    return made


def many(like: Opened, name: str, gain: float, videos: int = 40, seed: int = 0) -> Opened:
    """Forty videos of four expressions, which are easy or hard; one method is better by about `gain`."""
    noise = np.random.default_rng(seed)
    units = []
    for video in range(videos):
        easy = np.random.default_rng(video).uniform(0.2, 0.7)
        for unit in like.units[:4]:
            score = float(np.clip(easy + gain + noise.normal(0, 0.03), 0, 1))
            values = {"J": score, "F": min(1.0, score + 0.02)}
            units.append(replace(unit, video=f"v{video:02d}", unit=f"{unit.unit}", values=values))
    return as_result(name, tuple(units), like)
