"""How often an interval holds the truth: several kinds of bootstrap on made-up results whose truth is known.

    python benchmarks/coverage.py [--repeats 1000] [--videos 30 50 140 202] [--worlds normal ...]

Each world draws videos of very different numbers of expressions, with scores that agree within a video. The
interval should hold the true mean in 95 of 100 repeats. Prints a Markdown table: coverage, and the width of
the chosen interval as a multiple of Student's.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rvosbench.statistics.bootstrap import Uncertainty
from rvosbench.statistics.draws import resample_counts
from rvosbench.statistics.intervals import expanded_percentile, quantile
from rvosbench.statistics.ratios import LinearFigures
from rvosbench.statistics.student import two_sided_quantile

Floats = NDArray[np.float64]
Noise = np.random.Generator
DRAWS = 2_000
SAME_DRAWS = 20  # repeats that share their draws, which costs nothing and saves most of the time
NORMAL = NormalDist()


class World(NamedTuple):
    """`scores` gives those of one video with so many expressions."""

    about: str
    scores: Callable[[Noise, int], Floats]
    truth: float


def sizes(noise: Noise, videos: int) -> NDArray[np.int64]:
    """Two expressions at least, 16 on average, some of 50 and more."""
    return 2 + noise.negative_binomial(1.6, 1.6 / 15.6, videos)


def normal(noise: Noise, count: int) -> Floats:
    return noise.normal(noise.normal(0.5, 0.2), 0.2, count)


def hit_or_miss(noise: Noise, count: int) -> Floats:
    """Most expressions are missed, some found, and some videos are easier than others."""
    found = noise.random(count) < noise.beta(0.6, 2.4)
    return np.where(found, noise.beta(8, 2, count), noise.beta(1, 20, count))


def crowded(noise: Noise, count: int) -> Floats:
    """Videos with more expressions score higher."""
    return 0.35 + 0.3 * min(count, 60) / 60 + noise.normal(0, 0.15) + noise.normal(0, 0.2, count)


def paired(noise: Noise, count: int) -> Floats:
    """The difference of two methods that find about the same: it is nothing for most expressions."""
    easy = noise.beta(1.2, 1.2)
    common = noise.random(count) < 0.7
    one = noise.random(count) < easy
    other = np.where(common, one, noise.random(count) < easy)
    return (one.astype(float) - other) * noise.beta(8, 2, count) + noise.normal(0, 0.03, count)


def few_gains(noise: Noise, count: int) -> Floats:
    """A difference that comes from one video in four, which gains a lot or loses a little."""
    moved = noise.exponential(0.2) - 0.2 if noise.random() < 0.25 else 0.0
    return moved + noise.normal(0, 0.03, count)


def _crowded_truth() -> float:
    count = sizes(np.random.default_rng(0), 4_000_000).astype(float)
    return float(np.sum(count * (0.35 + 0.3 * np.minimum(count, 60) / 60)) / np.sum(count))


WORLDS = {
    "normal": World("normal scores", normal, 0.5),
    "hit-or-miss": World("hit or miss, skewed", hit_or_miss, 0.2 * 0.8 + 0.8 / 21),
    "crowded": World("longer videos score higher", crowded, _crowded_truth()),
    "paired": World("difference of two similar methods", paired, 0.0),
    "few-gains": World("difference, from few videos", few_gains, 0.0),
}
METHODS = (
    "percentile",
    "basic",
    "BCa",
    "expanded percentile",
    "Student",
    "studentised, equal tails",
    "studentised, symmetric",
    "ours",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--videos", type=int, nargs="+", default=[10, 30, 50, 140, 202])
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS), choices=list(WORLDS))
    options = parser.parse_args()
    print(f"| world | videos | {' | '.join(METHODS)} | width |")
    print(f"|---|---:{'|---:' * (len(METHODS) + 1)}|")
    for name in options.worlds:
        for videos in options.videos:
            held, width = coverage(WORLDS[name], videos, options.repeats)
            cells = " | ".join(f"{100 * share:.1f}" for share in held)
            print(f"| {WORLDS[name].about} | {videos} | {cells} | {width:.2f} |", flush=True)
    print(f"\n{options.repeats:,} repeats of {DRAWS:,} draws: a coverage of 95.0 is known to ", end="")
    print(f"{196 * math.sqrt(0.05 * 0.95 / options.repeats):.1f} points.")


def coverage(world: World, videos: int, repeats: int) -> tuple[list[float], float]:
    noise = np.random.default_rng(videos)
    held, width = np.zeros(len(METHODS)), 0.0
    for repeat in range(repeats):
        if repeat % SAME_DRAWS == 0:
            counts = resample_counts(videos, DRAWS, repeat)
        scores = [world.scores(noise, int(count)) for count in sizes(noise, videos)]
        ends = intervals(scores, counts)
        held += [low <= world.truth <= high for low, high in ends]
        width += (ends[-1][1] - ends[-1][0]) / (ends[4][1] - ends[4][0])
    return (held / repeats).tolist(), width / repeats


def intervals(scores: Sequence[Floats], counts: NDArray[np.int64]) -> list[tuple[float, float]]:
    """In the order of METHODS."""
    videos = len(scores)
    values = np.concatenate(scores)
    places = np.repeat(np.arange(videos), [len(one) for one in scores])
    figures = LinearFigures({"mean": [(1.0, values, np.ones_like(values))]}, places, videos)
    drawn = figures.drawn(counts)
    mean, error = float(figures.estimates[0]), float(figures.errors[0])
    draws, ratios = mean + drawn.deviations[0], drawn.deviations[0] / drawn.errors[0]
    low, high = quantile(draws, 0.025), quantile(draws, 0.975)
    student = two_sided_quantile(0.95, videos - 1) * error
    reach = quantile(np.abs(ratios), 0.95) * error
    ours = Uncertainty(mean, error, videos, np.abs(ratios)).noise()
    expanded = expanded_percentile(draws, videos)
    return [
        (low, high),
        (2 * mean - high, 2 * mean - low),
        bias_corrected(figures, draws),
        (expanded.low, expanded.high),
        (mean - student, mean + student),
        (mean - error * quantile(ratios, 0.975), mean - error * quantile(ratios, 0.025)),
        (mean - reach, mean + reach),
        (mean - ours, mean + ours),
    ]


def bias_corrected(figures: LinearFigures[str], draws: Floats) -> tuple[float, float]:
    """BCa, as in Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 14."""
    videos, mean = figures.clusters, float(figures.estimates[0])
    without = np.ones((videos, videos), np.int64) - np.eye(videos, dtype=np.int64)
    left_out = figures.drawn(without).deviations[0]
    spread = left_out.mean() - left_out
    acceleration = float(np.sum(spread**3) / (6 * np.sum(spread**2) ** 1.5))
    share = float(np.clip(np.mean(draws < mean), 1 / len(draws), 1 - 1 / len(draws)))
    bias = NORMAL.inv_cdf(share)

    def end(tail: float) -> float:
        z = bias + NORMAL.inv_cdf(tail)
        return quantile(draws, NORMAL.cdf(bias + z / (1 - acceleration * z)))

    return end(0.025), end(0.975)


if __name__ == "__main__":
    main()
