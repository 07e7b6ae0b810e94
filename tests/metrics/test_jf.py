"""J and F straight from arrays."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from golden_scores import EMPTY, GOLDEN, TRUTH, Pixels, rectangle
from hypothesis import given
from hypothesis import strategies as st

from rvosbench.metrics import JF
from rvosbench.metrics.boundary import adaptive_radii
from rvosbench.metrics.jf import frame_scores, jf
from rvosbench.metrics.region import region_similarity


def random_clip(seed: int) -> tuple[Pixels, Pixels]:
    generator = np.random.default_rng(seed)
    shape = (int(generator.integers(1, 4)), *(int(side) for side in generator.integers(1, 30, 2)))
    density = generator.random(2)
    return generator.random(shape) < density[0], generator.random(shape) < density[1]


def scored(seeds: list[int]) -> JF:
    """In a process of its own, as one worker of a training run would."""
    scores = JF()
    for seed in seeds:
        scores.update(*random_clip(seed))
    return scores


@pytest.mark.parametrize(("truth", "predicted", "j", "f"), GOLDEN)
def test_a_single_mask(truth: Pixels, predicted: Pixels, j: float, f: float) -> None:
    assert jf(truth, predicted) == pytest.approx((j, f), rel=1e-14)


def test_a_clip_is_the_mean_of_its_frames() -> None:
    truths, predictions = (np.stack([one[place] for one in GOLDEN]) for place in (0, 1))
    j, f = frame_scores(truths, predictions)
    assert j.tolist() == pytest.approx([one[2] for one in GOLDEN], rel=1e-14)
    assert f.tolist() == pytest.approx([one[3] for one in GOLDEN], rel=1e-14)
    assert jf(truths, predictions) == (float(np.mean(j)), float(np.mean(f)))


@given(st.integers(0, 2**32 - 1))
def test_j_is_that_of_the_pixel_counts_and_both_stay_in_range(seed: int) -> None:
    truth, predicted = random_clip(seed)
    j, f = frame_scores(truth, predicted)
    counts = ((truth & predicted).sum(axis=(1, 2)), (truth | predicted).sum(axis=(1, 2)))
    assert j.tolist() == region_similarity(*counts).tolist()
    assert ((f >= 0) & (f <= 1)).all()
    assert frame_scores(predicted, truth)[1].tolist() == f.tolist()


def test_pixels_of_void_count_for_neither_mask() -> None:
    truth = rectangle((100, 149), (100, 149), side=200)
    predicted = rectangle((50, 149), (100, 149), side=200)
    void = rectangle((50, 99), (0, 199), side=200)
    assert jf(truth, predicted, void) == (1.0, 1.0)
    assert jf(truth, predicted).j == 0.5
    twice = jf(np.stack([truth] * 2), np.stack([predicted] * 2), void)
    assert twice == (1.0, 1.0)
    first_only = np.stack([void, np.zeros_like(void)])
    assert frame_scores(np.stack([truth] * 2), np.stack([predicted] * 2), first_only)[0].tolist() == [
        1.0,
        0.5,
    ]


def test_another_radius_changes_f_alone() -> None:
    moved = rectangle((40, 59), (33, 62))
    assert jf(TRUTH, moved).f == pytest.approx(0.64)
    assert jf(TRUTH, moved, radius=3) == (jf(TRUTH, moved).j, 1.0)
    assert jf(TRUTH, moved, radius=1).f < 0.64


def test_the_radius_of_mosev2_gives_its_stricter_f() -> None:
    large = np.zeros((480, 854), np.bool_)
    large[100:120, 100:120] = True
    moved = np.roll(large, 4, axis=1)
    radii = adaptive_radii(480, 854, int(large.sum()))
    assert radii == (2.0, 8.0)
    assert jf(large, moved, radius=radii.adaptive).f < jf(large, moved, radius=radii.classical).f == 1.0


@pytest.mark.parametrize("convert", [np.uint8, np.int64, lambda mask: mask * np.uint8(255)])
def test_whatever_is_not_zero_is_foreground(convert: type[np.uint8]) -> None:
    moved = rectangle((40, 59), (33, 62))
    assert jf(convert(TRUTH), convert(moved)) == jf(TRUTH, moved)


def test_tensors_on_the_processor_are_taken_as_they_are() -> None:
    import torch

    moved = rectangle((40, 59), (33, 62))
    assert jf(torch.from_numpy(TRUTH), torch.from_numpy(moved)) == jf(TRUTH, moved)


def test_arrays_of_any_memory_layout_score_the_same() -> None:
    moved = rectangle((43, 62), (33, 62))
    assert jf(np.asfortranarray(TRUTH), moved[::-1][::-1]) == jf(TRUTH, moved)


def test_each_update_is_one_unit_whatever_its_length() -> None:
    scores = JF()
    scores.update(np.stack([TRUTH] * 9), np.stack([TRUTH] * 9))
    scores.update(TRUTH, EMPTY)
    assert len(scores) == 2
    assert scores.compute() == (0.5, 0.5)
    assert scores.compute().mean == 0.5


def test_after_a_reset_it_is_as_new() -> None:
    scores = JF()
    scores.update(TRUTH, EMPTY)
    scores.reset()
    with pytest.raises(ValueError, match="no unit was added"):
        scores.compute()
    scores.update(TRUTH, TRUTH)
    assert scores.compute() == (1.0, 1.0)


def test_processes_merge_to_the_same_bits_in_any_order() -> None:
    seeds = list(range(40))
    parts = [seeds[:7], seeds[7:30], seeds[30:]]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        workers = list(pool.map(scored, parts))
    for order in (workers, workers[::-1]):
        merged = JF()
        for worker in order:
            merged.merge(worker)
        assert merged.compute() == scored(seeds).compute()


def test_it_survives_pickling_with_its_radius() -> None:
    scores = JF(radius=3)
    scores.update(TRUTH, rectangle((40, 59), (33, 62)))
    copy = pickle.loads(pickle.dumps(scores))
    copy.update(TRUTH, rectangle((40, 59), (33, 62)))
    assert copy.compute() == scores.compute()
    with pytest.raises(ValueError, match="radius 3 cannot be merged into None"):
        JF().merge(copy)


@pytest.mark.parametrize(
    ("truth", "predicted", "void", "message"),
    [
        (TRUTH, TRUTH[:50], None, "truth is 1x100x100, predicted is 1x50x100"),
        (TRUTH, np.stack([TRUTH] * 2), None, "predicted is 2x100x100"),
        (TRUTH, TRUTH.astype(np.float32), None, "predicted is of float32, .*threshold it first"),
        (TRUTH[0], TRUTH[0], None, r"truth is 100, not \[height, width\]"),
        (TRUTH[:0], TRUTH[:0], None, "nothing to score: 1x0x100"),
        (TRUTH, TRUTH, TRUTH[:50], "void is 1x50x100"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_words(
    truth: Pixels, predicted: Pixels, void: Pixels | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        jf(truth, predicted, void)
