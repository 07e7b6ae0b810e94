"""Queries follow each other through time by the assignment that is best of all."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rvosbench_baselines.ssa.alignment import aligned_order, put_in_order
from rvosbench_baselines.ssa.temporal import TemporalEnsemble
from torch import Tensor


def cosines(one: Tensor, other: Tensor) -> Tensor:
    return torch.nn.functional.cosine_similarity(one[:, None], other[None], dim=-1)


def by_trying_all(queries: Tensor) -> Tensor:
    """[T, q, C], put in order in place, frame after frame: of all permutations the one that is most alike."""
    queries = queries.clone()
    for frame in range(1, len(queries)):
        alike = cosines(queries[frame - 1], queries[frame])
        best = max(
            permutations(range(queries.shape[1])),
            key=lambda order: float(sum(alike[place, taken] for place, taken in enumerate(order))),
        )
        queries[frame] = queries[frame, list(best)]
    return queries


@settings(max_examples=40)
@given(seed=st.integers(0, 2**16), frames=st.integers(1, 5), count=st.integers(1, 4), clips=st.integers(1, 3))
def test_the_order_is_the_best_of_all(seed: int, frames: int, count: int, clips: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    queries = torch.randn(frames, count, clips, 6, generator=generator, dtype=torch.float64).float()
    order = aligned_order(queries)
    assert (order.sort(1).values == torch.arange(count)[None, :, None]).all()
    ordered = put_in_order(queries, order)
    for clip in range(clips):
        assert torch.equal(ordered[:, :, clip], by_trying_all(queries[:, :, clip]))


def test_shuffled_queries_are_found_again_whatever_their_length() -> None:
    generator = torch.Generator().manual_seed(4)
    first = torch.randn(20, 32, generator=generator)
    frames = [first]
    for frame in range(1, 12):
        shuffled = first[torch.randperm(20, generator=generator)]
        frames.append(shuffled * (frame + 0.5) + 0.01 * torch.randn(20, 32, generator=generator))
    queries = torch.stack(frames)[:, :, None]
    lines = torch.nn.functional.normalize(put_in_order(queries, aligned_order(queries))[:, :, 0], dim=-1)
    assert (lines[1:] @ lines[0].T).diagonal(dim1=1, dim2=2).min() > 0.95


def test_gradients_go_through_the_order() -> None:
    queries = torch.randn(3, 4, 1, 5, requires_grad=True)
    (put_in_order(queries, aligned_order(queries)) * 2).sum().backward()  # type: ignore[no-untyped-call]
    assert queries.grad is not None
    assert torch.equal(queries.grad, torch.full_like(queries, 2))


@pytest.mark.parametrize("frames", [1, 2, 3, 9])
def test_lines_of_any_length_are_enhanced_and_a_mean_is_between_its_frames(frames: int) -> None:
    torch.manual_seed(0)
    ensemble = TemporalEnsemble(width=16, heads=2).eval()
    lines = torch.randn(frames, 3, 2, 16)
    with torch.no_grad():
        enhanced, mean = ensemble.enhanced(lines), ensemble.mean(lines)
    assert enhanced.shape == lines.shape
    assert (mean >= lines.amin(0) - 1e-6).all()
    assert (mean <= lines.amax(0) + 1e-6).all()


def test_a_line_is_not_changed_by_another_line() -> None:
    torch.manual_seed(0)
    ensemble = TemporalEnsemble(width=16, heads=2).eval()
    lines = torch.randn(4, 3, 1, 16)
    changed = lines.clone()
    changed[:, 1] += 5
    with torch.no_grad():
        one, other = ensemble.enhanced(lines), ensemble.enhanced(changed)
    torch.testing.assert_close(one[:, [0, 2]], other[:, [0, 2]])
    assert (one[:, 1] - other[:, 1]).abs().max() > 0.1


def test_at_the_ends_of_a_video_its_frames_are_repeated() -> None:
    """A line that does not change is not changed at its ends by the convolutions."""
    torch.manual_seed(0)
    ensemble = TemporalEnsemble(width=16, heads=2).eval()
    line = torch.randn(1, 16, 1).expand(-1, -1, 7)
    with torch.no_grad():
        found = ensemble.short_temporal(line)
    torch.testing.assert_close(found, found[:, :, 3:4].expand_as(found))
