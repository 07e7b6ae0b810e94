"""Removing predictions under `--missing zero` never raises a score. Thousands of random removals, in
memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scoring import blobs, make_split, png, video

from rvosbench.evaluate.plan import VideoTask
from rvosbench.evaluate.video import Job
from rvosbench.predictions.base import Kind, Picture, Png, VideoPredictions
from rvosbench.predictions.writer import label_png
from rvosbench.protocols.base import Protocol
from rvosbench.protocols.mevis import MEVIS
from rvosbench.protocols.ref_davis17 import REF_DAVIS17
from rvosbench.protocols.stretch import Reading
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

FRAMES, SIZE = 5, (12, 14)
Key = tuple[str, str]  # expression or annotator, and stem


@dataclass
class InMemory(VideoPredictions):
    files: Mapping[Key, bytes]

    def pictures(self, expression: str, stems: Sequence[str]) -> list[Picture | None]:
        return [self._png(expression, stem) for stem in stems]

    def labels(self, annotator: int, stems: Sequence[str]) -> list[Png | None]:
        return [self._png(str(annotator), stem) for stem in stems]

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        return [stem for stem in stems if (expression, stem) not in self.files]

    def _png(self, name: str, stem: str) -> Png | None:
        content = self.files.get((name, stem))
        return None if content is None else Png(content)


@cache
def job(protocol: Protocol, split: Split, kind: Kind) -> Job:
    return Job(split.folder, (protocol,), Reading(kind, zero_missing=True), None, split)


def figures(protocol: Protocol, split: Split, kind: Kind, files: Mapping[Key, bytes]) -> Mapping[str, float]:
    (name,) = split.videos
    task = VideoTask(name, 0, tuple(range(FRAMES)), 0, 0, ())
    outcome = job(protocol, split, kind).score(task, InMemory(files))
    assert not [problem for problem in outcome.problems if problem.severity == "error"]
    return protocol.figures(outcome.units).metrics


def stems() -> list[str]:
    return [f"{frame:05d}" for frame in range(FRAMES)]


@cache
def mevis() -> Split:
    noise = np.random.default_rng(1)
    objects = {"1": blobs(noise, FRAMES, *SIZE, empty=0.4), "2": blobs(noise, FRAMES, *SIZE, empty=0.4)}
    targets: list[tuple[str, ...]] = [("1",), ("1", "2"), (), (), ("2",)]
    expressions = [ExpressionRecord(str(at), "x", names) for at, names in enumerate(targets)]
    return make_split(Path(mkdtemp()), "mevis-v2", "valid_u", [video("bear", objects, expressions)])


@cache
def davis() -> Split:
    noise = np.random.default_rng(2)
    objects = {"1": blobs(noise, FRAMES, *SIZE), "2": blobs(noise, FRAMES, *SIZE)}
    objects["2"] &= ~objects["1"]
    objects["2"][0, 0, 0], objects["1"][0, 0, 0] = True, False
    expressions = [ExpressionRecord(str(at), "x", (str(at // 4 + 1),), annotator=at % 4) for at in range(8)]
    return make_split(Path(mkdtemp()), "ref-davis17", "val", [video("bear", objects, expressions)])


@st.composite
def two_removals(draw: st.DrawFn, names: int) -> tuple[int, set[Key], set[Key]]:
    """A seed for predictions, what is missing of them, and what is missing beside."""
    keys = [(str(name), stem) for name in range(names) for stem in stems()]
    first = draw(st.sets(st.sampled_from(keys)))
    return draw(st.integers(0, 7)), first, first | draw(st.sets(st.sampled_from(keys), min_size=1))


@cache
def masks(seed: int, names: int) -> dict[Key, bytes]:
    """Of every third seed all empty, so that sentences about no one are answered rightly."""
    noise = np.random.default_rng(seed)
    found: dict[Key, bytes] = {}
    for name in range(names):
        drawn = blobs(noise, FRAMES, *SIZE, empty=1.0 if (seed + name) % 3 == 0 else 0.4)
        found |= {(str(name), stem): png(mask) for stem, mask in zip(stems(), drawn, strict=True)}
    return found


def without(files: Mapping[Key, bytes], missing: set[Key]) -> dict[Key, bytes]:
    return {key: content for key, content in files.items() if key not in missing}


@given(two_removals(names=5))
@settings(max_examples=1000)
def test_of_expressions(case: tuple[int, set[Key], set[Key]]) -> None:
    seed, first, second = case
    before, after = (
        figures(MEVIS, mevis(), "masks", without(masks(seed, 5), missing)) for missing in (first, second)
    )
    held = {"J&F", "J", "F", "J_recall", "F_recall", "J&F_targeted", "N-acc", "T-acc", "final"}
    assert held <= before.keys()
    assert {key for key in held if after[key] > before[key]} == set()


@cache
def label_maps(seed: int) -> dict[Key, bytes]:
    noise = np.random.default_rng(100 + seed)
    found = {}
    for annotator in range(4):
        labels: NDArray[np.uint8] = np.zeros((FRAMES, *SIZE), np.uint8)
        for label in (1, 2, 3):
            labels[blobs(noise, FRAMES, *SIZE, empty=0.3)] = label
        for stem, one in zip(stems(), labels, strict=True):
            found[str(annotator), stem] = label_png(one)
    return found


@given(two_removals(names=4))
@settings(max_examples=400)
def test_of_matched_objects_j_and_f_together(case: tuple[int, set[Key], set[Key]]) -> None:
    """Not of J or F alone: see below. The margin is that of the last bits of sums."""
    seed, first, second = case
    before, after = (
        figures(REF_DAVIS17, davis(), "labels", without(label_maps(seed), missing))
        for missing in (first, second)
    )
    assert after["J&F"] <= before["J&F"] + 1e-12


@given(two_removals(names=8))
@settings(max_examples=200)
def test_of_merged_masks_j_and_f_together(case: tuple[int, set[Key], set[Key]]) -> None:
    seed, first, second = case
    before, after = (
        figures(REF_DAVIS17, davis(), "masks", without(masks(seed, 8), missing))
        for missing in (first, second)
    )
    assert after["J&F"] <= before["J&F"] + 1e-12


def test_of_matched_objects_j_alone_can_rise_when_another_match_becomes_the_best() -> None:
    """Matching goes by (J + F) / 2. Without a frame another assignment can be the best one, with less F and
    more J; both together are never more."""
    raised = set()
    for seed in range(8):
        whole = figures(REF_DAVIS17, davis(), "labels", label_maps(seed))
        for stem in stems():
            missing = {(str(annotator), stem) for annotator in range(4)}
            left = figures(REF_DAVIS17, davis(), "labels", without(label_maps(seed), missing))
            raised |= {key for key in ("J", "F") if left[key] > whole[key]}
            assert left["J&F"] <= whole["J&F"] + 1e-12
    assert raised == {"J"}
