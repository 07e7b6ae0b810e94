"""mAP of a set as large as A2D-Sentences test: pycocotools, faster-coco-eval where installed, and rvosbench.

    python benchmarks/average_precision.py [--images 3800] [--detections 50] [--runs 3]

Detections are made up: outlines of A2D's size, most of them near the one ground truth of their image. All
start from the same list of COCO results and end with the twelve figures, which must be equal. The runs of the
competitors alternate; the table shows medians.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import gc
import importlib
import io
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rvosbench.masks import rle
from rvosbench.metrics.average_precision import ImageDetections, average_precision
from rvosbench.metrics.mask_overlaps import overlaps

Figures = tuple[float, ...]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

HEIGHT = 320
WIDTHS = (320, 426, 568)
PEERS = (
    ("pycocotools", "pycocotools.coco", "COCO", "pycocotools.cocoeval", "COCOeval"),
    ("faster-coco-eval", "faster_coco_eval", "COCO", "faster_coco_eval", "COCOeval_faster"),
)


@dataclass(frozen=True)
class Release:
    """Ground truth and results as COCO has them, `counts` as text."""

    truth: dict[str, Any]
    results: list[dict[str, Any]]


@dataclass
class Timings:
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    figures: Figures = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=3800)
    parser.add_argument("--detections", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    release = make(options.images, options.detections)
    size = statistics.mean(len(one["segmentation"]["counts"]) for one in release.results)
    print(f"Python {platform.python_version()}, {platform.machine()}, numpy {np.__version__}")
    print(f"{options.images} images, {len(release.results)} detections, {size:.0f} bytes of counts each\n")
    scorers = {name: scorer for name, *parts in PEERS if (scorer := peer(release, *parts)) is not None}
    show(measured({**scorers, "rvosbench": ours}, release, options.runs))


def measured(
    scorers: dict[str, Callable[[Release], Figures]], release: Release, runs: int
) -> dict[str, Timings]:
    timings = {name: Timings() for name in scorers}
    for _ in range(runs):
        for name, score in scorers.items():
            given = Release(release.truth, copy.deepcopy(release.results))  # peers write into what they get
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            timings[name].figures = score(given)
            timings[name].wall.append(time.perf_counter() - wall)
            timings[name].cpu.append(time.process_time() - cpu)
    return timings


def show(timings: dict[str, Timings]) -> None:
    own = timings["rvosbench"]
    print("| | wall | CPU | rvosbench is faster by (wall, CPU) | figures |\n|---|---|---|---|---|")
    for name, one in timings.items():
        wall, cpu = statistics.median(one.wall), statistics.median(one.cpu)
        ratios = wall / statistics.median(own.wall), cpu / statistics.median(own.cpu)
        same = "all equal" if one.figures == own.figures else "DIFFERENT"
        print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {ratios[0]:.1f}x, {ratios[1]:.1f}x | {same} |")


def ours(release: Release) -> Figures:
    detections: dict[str, list[dict[str, Any]]] = {image["id"]: [] for image in release.truth["images"]}
    for one in release.results:
        detections[one["image_id"]].append(one)
    truths = {one["image_id"]: one["segmentation"] for one in release.truth["annotations"]}
    images = [
        ImageDetections(
            image,
            np.array([one["score"] for one in found]),
            overlaps(
                [truths[image]["counts"].encode()],
                [one["segmentation"]["counts"].encode() for one in found],
                *truths[image]["size"],
            ),
        )
        for image, found in detections.items()
    ]
    return average_precision(images).as_coco()


def peer(
    release: Release, dataset_module: str, dataset: str, evaluation_module: str, evaluation: str
) -> Callable[[Release], Figures] | None:
    """A scorer with the interface of pycocotools; its ground truth is loaded beforehand, outside the time."""
    try:
        coco = getattr(importlib.import_module(dataset_module), dataset)
        evaluate = getattr(importlib.import_module(evaluation_module), evaluation)
    except ImportError:
        return None
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco()
        truth.dataset = copy.deepcopy(release.truth)
        truth.createIndex()

    def score(given: Release) -> Figures:
        with contextlib.redirect_stdout(io.StringIO()):
            run = evaluate(truth, truth.loadRes(given.results), "segm")
            run.params.useCats = 0
            run.evaluate()
            run.accumulate()
            run.summarize()
        return tuple(float(figure) for figure in run.stats[:12])

    return score


def make(images: int, detections: int) -> Release:
    generator = np.random.default_rng(2024)
    truth: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "categories": [{"id": 1}]}
    results: list[dict[str, Any]] = []
    for number in range(images):
        width = int(generator.choice(WIDTHS))
        name = f"v_{number}_f_{number % 97}_i_1"
        centre = generator.uniform((0.2, 0.25), (0.8, 0.75)) * (width, HEIGHT)
        radii = np.exp(generator.uniform(np.log(8), np.log(110), 2))
        counts = outline(generator, width, centre, radii)
        size = [HEIGHT, width]
        area = float(rle.measure(counts, *size)[0])
        truth["images"].append({"id": name, "height": HEIGHT, "width": width})
        truth["annotations"].append(
            {
                "id": number + 1,
                "image_id": name,
                "category_id": 1,
                "segmentation": {"size": size, "counts": counts.decode()},
                "area": area,
                "iscrowd": 0,
            }
        )
        for _ in range(detections):
            error = float(generator.choice((0.04, 0.2, 1.0)))
            moved = centre + error * radii * generator.normal(size=2)
            scaled = np.maximum(3, radii * np.exp(0.4 * error * generator.normal(size=2)))
            text = outline(generator, width, moved, scaled).decode()
            score = float(np.round(np.clip(1 - error + 0.3 * generator.normal(), 0, 1), 3))
            results.append(
                {
                    "image_id": name,
                    "category_id": 1,
                    "segmentation": {"size": size, "counts": text},
                    "score": score,
                }
            )
    return Release(truth, results)


def outline(generator: np.random.Generator, width: int, centre: Floats, radii: Floats) -> bytes:
    """Counts of an ellipse with a wavy and slightly rough edge, made straight as runs of its columns."""
    across = (np.arange(width) - centre[0]) / radii[0]
    half = radii[1] * np.sqrt(np.maximum(1 - across**2, 0))
    wave = 1 + 0.15 * np.sin(5 * across + generator.uniform(0, 6)) + 0.03 * generator.normal(size=(2, width))
    top = np.clip(centre[1] - half * wave[0], 0, HEIGHT).astype(np.int64)
    bottom = np.clip(centre[1] + half * wave[1], 0, HEIGHT).astype(np.int64)
    columns = np.flatnonzero(bottom > top)
    edges = np.stack((columns * HEIGHT + top[columns], columns * HEIGHT + bottom[columns]), axis=1).ravel()
    lengths = np.diff(edges, prepend=0, append=HEIGHT * width)
    return rle.compress(lengths)


if __name__ == "__main__":
    main()
