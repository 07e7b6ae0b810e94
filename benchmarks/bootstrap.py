"""How long comparing takes at the size of MeViS valid: intervals, differences and p-values of every figure.

    python benchmarks/bootstrap.py [--methods 2 4 8] [--videos 140] [--expressions 2236]

Prints a Markdown table: the sum over all figures, with 10,000 resamples of videos, and the peak of memory
that this adds.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence

import numpy as np

from rvosbench.analysis.resampling import Resampled
from rvosbench.evaluate.intervals import intervals_of
from rvosbench.progress import Silent
from rvosbench.protocols.expressions import VIDEO_METRICS
from rvosbench.protocols.mevis import MEVIS
from rvosbench.protocols.units import Unit

KEYS = tuple(metric.info.key for metric in VIDEO_METRICS)
RESAMPLES = 10_000


def units(videos: int, expressions: int, seed: int) -> list[Unit]:
    noise = np.random.default_rng(seed)
    easy = np.random.default_rng(0).random(videos)
    found = []
    for number in range(expressions):
        video = number % videos
        targeted = number % 12 > 0
        score = noise.random(len(KEYS)) * easy[video]
        values: dict[str, float | None] = dict(zip(KEYS, score.tolist(), strict=True))
        hit = float(noise.random() < 0.8)
        values |= {"N-acc": None if targeted else hit, "T-acc": hit if targeted else None}
        found.append(
            Unit(
                "mevis",
                f"v{video:03d}",
                str(number),
                80,
                0,
                values,
                expression=str(number),
                targeted=targeted,
            )
        )
    return found


def seconds(methods: int, videos: int, expressions: int) -> tuple[float, int, int]:
    """Of processor time; and the number of figures and of differences."""
    every = [units(videos, expressions, seed) for seed in range(1, methods + 1)]
    pairs = [(one, other) for one in range(methods) for other in range(one + 1, methods)]
    start = time.process_time()
    found = Resampled(MEVIS, every, pairs, RESAMPLES, 0, Silent())
    for key in found.scores:
        for known in (*found.scores[key], *found.differences[key].values()):
            known.interval()
            known.p_value()
    took = time.process_time() - start
    return took, sum(map(len, found.scores.values())), sum(map(len, found.differences.values()))


def of_eval(videos: int, expressions: int) -> float:
    every: Sequence[Unit] = units(videos, expressions, 1)
    figures = MEVIS.figures(every).metrics
    start = time.process_time()
    intervals_of(MEVIS, every, figures)
    return time.process_time() - start


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", type=int, nargs="+", default=[2, 4, 8])
    parser.add_argument("--videos", type=int, default=140)
    parser.add_argument("--expressions", type=int, default=2236)
    options = parser.parse_args()
    print("| | figures | differences | CPU s | peak MB more |\n|---|---:|---:|---:|---:|")
    before = peak()
    took = of_eval(options.videos, options.expressions)
    print(f"| intervals of `eval` | 16 | 0 | {took:.2f} | {peak() - before:.0f} |")
    for methods in options.methods:
        before = peak()
        took, figures, differences = seconds(methods, options.videos, options.expressions)
        more = peak() - before
        print(f"| `compare`, {methods} methods | {figures} | {differences} | {took:.2f} | {more:.0f} |")


if __name__ == "__main__":
    main()
