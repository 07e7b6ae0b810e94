"""Attention in shifted windows is dense attention in which only some pairs count."""

from __future__ import annotations

import pytest
import torch
from rvosbench_baselines.layers.chunks import AtOnce, in_chunks
from rvosbench_baselines.soc import video_swin
from rvosbench_baselines.soc.config import SwinSize
from rvosbench_baselines.soc.video_swin import Block, VideoSwin
from torch import Tensor

WINDOW = (4, 3, 3)
SHIFT = (2, 1, 1)
WIDTH, HEADS = 4, 2


def coordinates(extent: list[int]) -> Tensor:
    return torch.cartesian_prod(*(torch.arange(length) for length in extent))


def dense(block: Block, x: Tensor, window: list[int], shift: list[int], padded: list[int]) -> Tensor:
    """What the attention of `block` adds to `x` [T, h, w, C], from all pairs of places at once."""
    extent = list(x.shape[:3])
    room = torch.zeros(*padded, WIDTH, dtype=x.dtype)
    room[: extent[0], : extent[1], : extent[2]] = block.norm1(x)
    place = coordinates(padded)
    length, side, step = torch.tensor(padded), torch.tensor(window), torch.tensor(shift)
    rolled = (place - step) % length
    wrapped = place < step  # went around the edge
    together = ((rolled // side)[:, None] == (rolled // side)[None]).all(-1)
    together &= (wrapped[:, None] == wrapped[None]).all(-1)

    tokens = room.flatten(0, 2)
    qkv = block.attn.qkv(tokens).view(len(tokens), 3, HEADS, WIDTH // HEADS)
    query, key, value = qkv.unbind(1)
    inside = rolled % side
    # In a small window places are numbered within it, and read as numbers of places of a whole one.
    number = (inside * torch.tensor([window[1] * window[2], window[2], 1])).sum(-1)
    whole = coordinates(list(WINDOW))[number]
    steps = whole[:, None] - whole[None] + torch.tensor(WINDOW) - 1
    spans = [2 * side - 1 for side in WINDOW]
    row = (steps[..., 0] * spans[1] + steps[..., 1]) * spans[2] + steps[..., 2]
    bias = block.attn.relative_position_bias_table[row]
    scores = torch.einsum("qhc,khc->qkh", query, key) / (WIDTH // HEADS) ** 0.5 + bias
    scores = scores.masked_fill(~together[..., None], float("-inf"))
    attended = torch.einsum("qkh,khc->qhc", scores.softmax(1), value).flatten(1)
    result: Tensor = block.attn.proj(attended).view(*padded, WIDTH)
    return result[: extent[0], : extent[1], : extent[2]]


@pytest.mark.parametrize("shift", [(0, 0, 0), SHIFT], ids=["plain", "shifted"])
@pytest.mark.parametrize(
    ("extent", "window", "padded"),
    [
        ([8, 6, 3], [4, 3, 3], [8, 6, 3]),
        ([9, 7, 5], [4, 3, 3], [12, 9, 6]),
        ([1, 4, 7], [1, 3, 3], [1, 6, 9]),
        ([5, 2, 3], [4, 2, 3], [8, 2, 3]),
        ([3, 2, 1], [3, 2, 1], [3, 2, 1]),
    ],
    ids=["whole windows", "padded in all directions", "one frame", "small map, long clip", "one window"],
)
def test_a_block_attends_within_windows_and_not_across_the_edges(
    extent: list[int], window: list[int], padded: list[int], shift: tuple[int, int, int]
) -> None:
    torch.manual_seed(0)
    block = Block(WIDTH, HEADS, WINDOW, shift, 4, 0.0).double()
    for weight in block.parameters():
        torch.nn.init.normal_(weight, std=0.7)
    x = torch.randn(*extent, WIDTH, dtype=torch.float64)
    # An axis that one window covers is not shifted.
    steps = [0 if length <= side else step for length, side, step in zip(extent, WINDOW, shift, strict=True)]
    expected = x + dense(block, x, window, steps, padded)
    expected = expected + block.mlp(block.norm2(expected))
    assert torch.allclose(block(x[None])[0], expected, atol=1e-10)


@pytest.fixture
def swin() -> VideoSwin:
    torch.manual_seed(3)
    return VideoSwin(SwinSize(8, (2, 2), (1, 2), window=WINDOW)).eval()


def test_windows_in_parts_give_what_all_at_once_give(
    swin: VideoSwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = torch.randn(1, 3, 9, 30, 22)
    with torch.inference_mode():
        whole = swin(frames)
        monkeypatch.setattr(video_swin, "PATCHES_AT_ONCE", AtOnce(64, 64))
        parts = swin(frames)
    for one, other in zip(whole, parts, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_clips_of_a_batch_do_not_mix_and_frames_keep_their_features(swin: VideoSwin) -> None:
    frames = torch.randn(2, 3, 6, 17, 25)
    with torch.inference_mode():
        both = swin(frames)
        alone = [swin(frames[index : index + 1]) for index in range(2)]
    assert [tuple(one.shape) for one in both] == [(12, 8, 5, 7), (12, 16, 3, 4)]
    for stage, maps in enumerate(both):
        assert torch.allclose(maps, torch.cat([one[stage] for one in alone]), atol=1e-5)


def test_in_training_whole_samples_skip_a_branch() -> None:
    torch.manual_seed(0)
    block = Block(WIDTH, HEADS, WINDOW, (0, 0, 0), 4, 0.5).train()
    x = torch.randn(64, 1, 3, 3, WIDTH)
    untouched = (block(x) == x).flatten(1).all(1)
    assert 5 < int(untouched.sum()) < 30  # a quarter skips both
    block.eval()
    assert not (block(x) == x).flatten(1).all(1).any()


def test_chunks_are_cut_along_the_rows_of_all_tensors() -> None:
    one, other = torch.arange(7.0), torch.arange(7.0) * 10
    lengths: list[int] = []

    def added(a: Tensor, b: Tensor) -> Tensor:
        lengths.append(len(a))
        return a + b

    assert torch.equal(in_chunks(added, 3, one, other), one + other)
    assert lengths == [3, 3, 1]
