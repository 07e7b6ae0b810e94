"""J and F of tensors are those of arrays, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import random_masks
import torch
from golden_scores import GOLDEN, Pixels
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import MetricCollection

from rvosbench._kernels.disk import spans
from rvosbench.masks.planes import Plane
from rvosbench.metrics import jf as arrays
from rvosbench.metrics import torch_jf
from rvosbench.metrics.torch_jf import TorchJF
from rvosbench.metrics.torchmetrics_jf import JFMetric

SHAPES = st.tuples(st.integers(1, 70), st.integers(1, 140))
SEEDS = st.integers(0, 2**32 - 1)


def tensors(*masks: Pixels) -> list[Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(mask)) for mask in masks]


def same(scores: tuple[NDArray[np.float64], NDArray[np.float64]]) -> list[list[float]]:
    return [one.tolist() for one in scores]


def clip(seed: int, shape: tuple[int, int] = (20, 33), frames: int = 3) -> tuple[Pixels, Pixels]:
    random = np.random.default_rng(seed)
    pairs = [random_masks.pair(random, shape) for _ in range(frames)]
    return np.stack([one for one, _ in pairs]), np.stack([other for _, other in pairs])


@settings(deadline=None)
@given(SEEDS, SHAPES)
def test_masks_of_all_kinds_and_sizes_have_the_same_scores(seed: int, shape: tuple[int, int]) -> None:
    truth, predicted = clip(seed, shape, frames=4)
    preds, target = tensors(predicted, truth)
    expected = same(arrays.frame_scores(truth, predicted))
    assert same(torch_jf.counted(preds, target)) == expected
    assert same(torch_jf.frame_scores(preds, target)) == expected


@settings(deadline=None)
@given(SEEDS, SHAPES, st.sampled_from([0.0, 0.3, 1.0, 1.2, 2.5, 3.0, 7.3, 8.0, 12.0, 40.0]))
def test_so_have_those_with_a_void_and_another_radius(
    seed: int, shape: tuple[int, int], radius: float
) -> None:
    truth, predicted = clip(seed, shape)
    void = random_masks.mask(np.random.default_rng(seed + 1), shape)
    preds, target, left_out = tensors(predicted, truth, void)
    expected = same(arrays.frame_scores(truth, predicted, void, radius))
    assert same(torch_jf.counted(preds, target, left_out, radius)) == expected
    assert same(torch_jf.frame_scores(preds, target, left_out, radius)) == expected


@settings(deadline=None)
@given(SEEDS, SHAPES, st.sampled_from([0.0, 0.6, 1.0, 1.2, 2.5, 6.0, 18.0, 90.0]))
def test_outlines_and_their_surroundings_are_those_of_bit_planes(
    seed: int, shape: tuple[int, int], radius: float
) -> None:
    mask = random_masks.mask(np.random.default_rng(seed), shape)
    plane = Plane.from_array(mask)
    (tensor,) = tensors(mask)
    assert (torch_jf.boundary(tensor).numpy() == plane.boundary().to_array()).all()
    grown = torch_jf.dilated(tensor[None], spans(radius))[0].numpy()
    assert (grown == plane.dilated(radius).to_array()).all()


@pytest.mark.parametrize(("truth", "predicted", "j", "f"), GOLDEN)
def test_the_golden_vectors_hold(truth: Pixels, predicted: Pixels, j: float, f: float) -> None:
    preds, target = tensors(predicted[None], truth[None])
    (found_j,), (found_f,) = torch_jf.counted(preds, target)
    assert (found_j, found_f) == arrays.jf(truth, predicted)
    assert (found_j, found_f) == pytest.approx((j, f), rel=1e-14)


def test_more_pixels_than_are_looked_at_together_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, predicted = tensors(*clip(0, frames=7))
    whole = torch_jf.counted(predicted, truth)
    monkeypatch.setattr(torch_jf, "AT_ONCE", 3 * truth[0].numel())
    assert same(torch_jf.counted(predicted, truth)) == same(whole)


def test_each_clip_of_a_batch_is_a_unit() -> None:
    clips = [clip(seed) for seed in range(5)]
    expected = arrays.JF()
    for truth, predicted in clips:
        expected.update(truth, predicted)
    one_by_one, batched = TorchJF(), TorchJF()
    for truth, predicted in clips:
        one_by_one.update(*tensors(predicted, truth))
    batched.update(*tensors(np.stack([one for _, one in clips]), np.stack([one for one, _ in clips])))
    assert len(one_by_one) == len(batched) == 5
    assert one_by_one.compute() == batched.compute() == expected.compute()


def test_a_mask_without_frames_is_a_unit_of_one_frame() -> None:
    truth, predicted = clip(3, frames=1)
    scores = TorchJF()
    scores.update(*tensors(predicted[0], truth[0]))
    assert scores.compute() == arrays.jf(truth, predicted)
    scores.reset()
    with pytest.raises(ValueError, match="no unit was added"):
        scores.compute()


def test_it_is_a_metric_of_torchmetrics() -> None:
    expected = arrays.JF()
    scores = MetricCollection([JFMetric()])
    for seed in range(4):
        truth, predicted = clip(seed)
        expected.update(truth, predicted)
        step = scores(*tensors(predicted, truth))  # the value of this batch alone
        assert step["J"].item() == arrays.jf(truth, predicted).j
    figures = {name: value.item() for name, value in scores.compute().items()}
    of_all = expected.compute()
    assert figures == {"J&F": of_all.mean, "J": of_all.j, "F": of_all.f}
    scores.reset()
    with pytest.raises(ValueError, match="no unit was added"), pytest.warns(UserWarning, match="before"):
        scores.compute()


def test_torchmetrics_synchronises_it_over_processes() -> None:
    """The other process is played: it had the same clips, and one more."""
    more = [clip(seed) for seed in (0, 1, 2)]

    def gathered(own: Tensor, group: object) -> list[Tensor]:
        unit = arrays.jf(*more[2])
        of_other = torch.cat([own, own.new_tensor([unit.j if own[0] == arrays.jf(*more[0]).j else unit.f])])
        return [own, of_other]

    scores = JFMetric(dist_sync_fn=gathered, distributed_available_fn=lambda: True)
    for truth, predicted in more[:2]:
        scores.update(*tensors(predicted, truth))
    expected = arrays.JF()
    for truth, predicted in [*more[:2], *more]:
        expected.update(truth, predicted)
    assert scores.compute()["J"].item() == expected.compute().j


@pytest.mark.parametrize(
    ("preds", "target", "void", "message"),
    [
        (torch.zeros(4, 4), torch.zeros(4, 4).bool(), None, "preds is of torch.float32, .*threshold it"),
        (
            torch.zeros(2, 4, 4).bool(),
            torch.zeros(2, 4, 5).bool(),
            None,
            "target is 1x2x4x5, preds is 1x2x4x4",
        ),
        (torch.zeros(2, 0, 4).bool(), torch.zeros(2, 0, 4).bool(), None, "nothing to score: 1x2x0x4"),
        (torch.zeros(4, 4).bool(), torch.zeros(4, 4).bool(), torch.ones(4, 4), "void is of torch.float32"),
    ],
)
def test_tensors_that_do_not_fit_are_refused_in_words(
    preds: Tensor, target: Tensor, void: Tensor | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TorchJF().update(preds, target, void)
